// A file of the archive, from its bytes to rows that are proven: the whole of the archive's integrity rules.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "codecs/digest.hpp"
#include "core/series.hpp"
#include "planner/step.hpp"
#include "sources/step_runner.hpp"
#include "transport/host_client.hpp"

namespace klinekeep::sources {

/// Fetches and proves one file; begun once. The zip and its CHECKSUM are asked for together.
///   1. its SHA-256 is that of the CHECKSUM: verified;
///   2. else the CHECKSUM is fetched again, as it may be the older one: verified;
///   3. else the zip's MD5 is the ETag that it came with, and every CRC-32 is right: the CHECKSUM is stale, trust
///   `etag`;
///   4. else both are fetched again, and 1 and 3 tried once more;
///   5. else it is distrusted; its bytes are used only where the step accepts unverified ones.
/// The zip is in memory until it is proven, and goes while it is unpacked, as the rows come.
/// A CHECKSUM that is absent or unreadable, or speaks of another file, counts as one that does not fit.
class ArchiveFileFetch : public std::enable_shared_from_this<ArchiveFileFetch> {
 public:
  /// `series` and `client` must outlive it.
  ArchiveFileFetch(const Series& series, const std::string& base_url, transport::HostClient& client,
                   std::shared_ptr<StepRun> run);
  ~ArchiveFileFetch();

  void start();

 private:
  enum class Proof { sha256, etag, none };
  struct Zip;
  class ZipSink;

  void ask_for_both();
  void ask_for_checksum();
  void one_came();
  // Where it may take its time.
  void go_on();
  [[nodiscard]] std::optional<StepResult> read_zip_answer();
  [[nodiscard]] std::optional<StepResult> read_checksum_answer();
  [[nodiscard]] Proof prove() const;
  [[nodiscard]] StepResult use(Proof proof);
  [[nodiscard]] codecs::Parsed<Settled> read() const;
  [[nodiscard]] StepResult distrust(bool readable, std::string_view why, RangeSet refused = {});

  const Series& series_;
  planner::ArchiveFile file_;
  TimeRange period_;
  std::string stem_;
  std::string url_;
  transport::HostClient& client_;
  std::shared_ptr<StepRun> run_;
  std::atomic<int> coming_ = 0;  // answers that are awaited
  std::unique_ptr<ZipSink> zip_sink_;
  std::unique_ptr<transport::StringSink> checksum_sink_;
  std::optional<transport::Answer> zip_answer_;
  std::optional<transport::Answer> checksum_answer_;
  int tries_ = 0;             // of both
  bool asked_again_ = false;  // for the CHECKSUM alone
  std::unique_ptr<Zip> zip_;
  std::optional<codecs::Sha256Sum> checksum_;
  std::string checksum_problem_;  // why there is no checksum, or why it does not fit
  std::vector<std::string> notes_;
};

}  // namespace klinekeep::sources
