#include "manager/source_runner.hpp"

#include <algorithm>
#include <utility>

#include "sources/client_access.hpp"

namespace klinekeep::manager {
namespace {

using sources::ClientAccess;

template <class Options>
Options with_clock(Options options, const std::optional<Clock>& clock) {
  if (clock) options.clock = clock;
  return options;
}

}  // namespace

struct SourceRunner::Rest {
  Rest(const Series& series, bool include_open, const std::optional<Clock>& clock, const EnhancedRetriever& client)
      : options(with_clock(ClientAccess::options(client), clock)),
        runner(series, options, include_open, ClientAccess::parts(client)) {}
  RestOptions options;
  sources::RestRunner runner;
};

struct SourceRunner::Archive {
  Archive(const Series& series, const std::optional<Clock>& clock, const VisionDataClient& client)
      : options(with_clock(ClientAccess::options(client), clock)),
        runner(series, options, ClientAccess::parts(client)) {}
  VisionOptions options;
  sources::ArchiveRunner runner;
};

SourceRunner::SourceRunner(Series series, bool include_open, std::optional<Clock> clock, Clients clients)
    : series_(std::move(series)), include_open_(include_open), clock_(std::move(clock)), clients_(std::move(clients)) {}

SourceRunner::~SourceRunner() = default;

sources::RestRunner& SourceRunner::rest() {
  const std::scoped_lock lock{mutex_};
  if (!rest_) rest_ = std::make_unique<Rest>(series_, include_open_, clock_, *clients_.rest());
  return rest_->runner;
}

sources::ArchiveRunner& SourceRunner::archive() {
  const std::scoped_lock lock{mutex_};
  if (!archive_) archive_ = std::make_unique<Archive>(series_, clock_, *clients_.vision());
  return archive_->runner;
}

void SourceRunner::start(std::shared_ptr<sources::StepRun> run) {
  const planner::Action& action = run->step().action;
  const bool of_archive =
      std::holds_alternative<planner::ArchiveFile>(action) || std::holds_alternative<planner::List>(action);
  if (of_archive) {
    archive().start(std::move(run));
  } else {
    rest().start(std::move(run));
  }
}

std::int64_t SourceRunner::requests() const {
  const std::scoped_lock lock{mutex_};
  return (rest_ ? rest_->runner.requests() : 0) + (archive_ ? archive_->runner.requests() : 0);
}

std::int64_t SourceRunner::bytes() const {
  const std::scoped_lock lock{mutex_};
  return (rest_ ? rest_->runner.bytes() : 0) + (archive_ ? archive_->runner.bytes() : 0);
}

int SourceRunner::parallel(DataSource source, const RestOptions& rest, const VisionOptions& vision) {
  switch (source) {
    case DataSource::REST:
      return rest.parallel;
    case DataSource::VISION:
      return vision.parallel;
    case DataSource::CACHE:
      return 1;
    case DataSource::AUTO:
      break;
  }
  return std::max(rest.parallel, vision.parallel);
}

}  // namespace klinekeep::manager
