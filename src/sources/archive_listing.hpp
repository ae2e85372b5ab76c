// A listing of the archive's bucket, page by page.
#pragma once

#include <memory>
#include <string>

#include "core/series.hpp"
#include "sources/step_runner.hpp"
#include "transport/host_client.hpp"

namespace klinekeep::sources {

/// Lists the zips after the one that the step names (none: from the first) until past its range; begun once.
class ArchiveListing : public std::enable_shared_from_this<ArchiveListing> {
 public:
  /// `series` and `client` must outlive it.
  ArchiveListing(const Series& series, std::string base_url, transport::HostClient& client,
                 std::shared_ptr<StepRun> run);

  void start() { ask_for_page(); }

 private:
  void ask_for_page();
  void read_page(const transport::Answer& response);
  void fail(std::string why);

  const Series& series_;
  planner::List action_;
  std::string base_url_;
  transport::HostClient& client_;
  std::shared_ptr<StepRun> run_;
  std::string marker_;  // exclusive
  std::string url_;     // of the page that is awaited
  int pages_ = 0;
  std::unique_ptr<transport::StringSink> sink_;
  planner::Listed listed_{.files = {}, .complete = false};
};

}  // namespace klinekeep::sources
