// A file of the archive, from its bytes to rows that are proven: the whole of the archive's integrity rules.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "codecs/digest.hpp"
#include "core/series.hpp"
#include "planner/step.hpp"
#include "sources/step_runner.hpp"
#include "transport/host_client.hpp"

namespace klinekeep::sources {

/// Fetches and proves one file; used once, on one thread.
///   1. its SHA-256 is that of the CHECKSUM: verified;
///   2. else the CHECKSUM is fetched again, as it may be the older one: verified;
///   3. else the zip's MD5 is the ETag that it came with, and every CRC-32 is right: the CHECKSUM is stale, trust
///   `etag`;
///   4. else the zip is fetched again, and 1 and 3 tried once more;
///   5. else it is distrusted; its bytes are used only where the step accepts unverified ones.
/// The zip is in memory until it is proven, and goes while it is unpacked, as the rows come.
/// A CHECKSUM that is absent or unreadable, or speaks of another file, counts as one that does not fit.
class ArchiveFileFetch {
 public:
  ArchiveFileFetch(const Series& series, const std::string& base_url, const planner::Step& step,
                   transport::HostClient& client, std::stop_token stop, MemoryShare& memory);

  [[nodiscard]] StepResult run();

 private:
  enum class Proof { sha256, etag, none };
  struct Zip;

  tl::expected<Zip, StepResult> fetch_zip();
  void fetch_checksum();
  [[nodiscard]] Proof prove(const Zip& zip) const;
  [[nodiscard]] StepResult use(Zip& zip, Proof proof);
  [[nodiscard]] codecs::Parsed<Settled> read(Zip& zip) const;
  [[nodiscard]] StepResult distrust(bool readable, std::string_view why, RangeSet refused = {});

  const Series& series_;
  planner::ArchiveFile file_;
  TimeRange period_;
  std::string stem_;
  std::string url_;
  std::optional<Timestamp> listed_as_of_;
  transport::HostClient& client_;
  std::stop_token stop_;
  MemoryShare& memory_;
  std::optional<codecs::Sha256Sum> checksum_;
  std::string checksum_problem_;  // why there is no checksum, or why it does not fit
  std::vector<std::string> notes_;
};

}  // namespace klinekeep::sources
