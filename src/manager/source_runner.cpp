#include "manager/source_runner.hpp"

#include <algorithm>

#include "sources/client_access.hpp"

namespace klinekeep::manager {
namespace {

template <class Options>
Options with_clock(Options options, const std::optional<Clock>& clock) {
  if (clock) options.clock = clock;
  return options;
}

}  // namespace

SourceRunner::SourceRunner(const Series& series, DataSource source, bool include_open,
                           const std::optional<Clock>& clock, const EnhancedRetriever& rest,
                           const VisionDataClient& vision)
    : source_(source),
      rest_options_(with_clock(sources::ClientAccess::options(rest), clock)),
      vision_options_(with_clock(sources::ClientAccess::options(vision), clock)),
      rest_(series, rest_options_, include_open, sources::ClientAccess::parts(rest)),
      archive_(series, vision_options_, sources::ClientAccess::parts(vision)) {}

sources::StepResult SourceRunner::run(const planner::Step& step, std::stop_token stop, sources::MemoryShare& memory) {
  const bool of_rest = std::holds_alternative<planner::RestPage>(step.action) ||
                       std::holds_alternative<planner::FirstCandle>(step.action);
  return of_rest ? rest_.run(step, std::move(stop), memory) : archive_.run(step, std::move(stop), memory);
}

Timestamp SourceRunner::now() const { return source_ == DataSource::VISION ? archive_.now() : rest_.now(); }

int SourceRunner::parallel(DataSource source, const EnhancedRetriever& rest, const VisionDataClient& vision) {
  const int of_rest = sources::ClientAccess::options(rest).parallel;
  const int of_archive = sources::ClientAccess::options(vision).parallel;
  switch (source) {
    case DataSource::REST:
      return of_rest;
    case DataSource::VISION:
      return of_archive;
    case DataSource::AUTO:
    case DataSource::CACHE:
      break;
  }
  return std::max(of_rest, of_archive);
}

}  // namespace klinekeep::manager
