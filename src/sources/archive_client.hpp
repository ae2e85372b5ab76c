// What is asked of one archive: its options, and the connections that all its requests share.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "core/series.hpp"
#include "klinekeep/client_options.hpp"
#include "sources/archive_runner.hpp"
#include "transport/host_client.hpp"

namespace klinekeep::sources {

/// Thread-safe.
class ArchiveClient {
 public:
  /// Throws InvalidRequest as VisionDataClient does.
  explicit ArchiveClient(VisionOptions options);

  [[nodiscard]] const VisionOptions& options() const { return options_; }
  /// Whose candles these are.
  [[nodiscard]] const Upstream& upstream() const { return upstream_; }

  /// For one request about one series. `clock`, where there is one, is gone by in the place of the options'. Throws
  /// InvalidRequest where the upstream has no archive.
  [[nodiscard]] std::unique_ptr<ArchiveRunner> make_runner(const Series& series,
                                                           const std::optional<Clock>& clock) const;
  /// As VisionDataClient has it.
  [[nodiscard]] std::optional<Timestamp> first_file(const Series& series, const std::stop_token& stop) const;

 private:
  const VisionOptions options_;
  const Upstream upstream_;
  const transport::Services services_;
};

}  // namespace klinekeep::sources
