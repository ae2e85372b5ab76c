#include "manager/desk.hpp"

#include <arrow/record_batch.h>

#include "frame/table.hpp"

namespace klinekeep::manager {

sources::StepResult FakeBoth::run(const planner::Step& step, std::stop_token stop, sources::MemoryShare& memory) {
  const bool of_archive =
      std::holds_alternative<planner::ArchiveFile>(step.action) || std::holds_alternative<planner::List>(step.action);
  return of_archive ? archive_.run(step, std::move(stop), memory) : rest_.run(step, std::move(stop), memory);
}

Desk::Desk(Interval interval, const std::string& at_now)
    : series{MarketType::SPOT, Symbol{"BTCUSDT"}, interval},
      now(at(at_now)),
      archive(std::make_unique<sources::FakeArchive>(interval, now)),
      rest(std::make_unique<sources::FakeRest>(interval, now, Candles{})),
      cache(std::make_unique<store::Store>(root())) {}

void Desk::rest_has(Candles candles) {
  rest = std::make_unique<sources::FakeRest>(series.interval, now, std::move(candles));
  seen_of_rest_ = 0;
}

Got Desk::get(const TimeRange& range, DataSource source, const std::function<void(Request&)>& change) {
  return get_with(cache.get(), range, source, change);
}

Got Desk::get_without_cache(const TimeRange& range, DataSource source) { return get_with(nullptr, range, source, {}); }

/// A test may let them go on while a request is answered.
void Desk::set_clocks() {
  for (sources::FakeRunner* const source :
       {static_cast<sources::FakeRunner*>(archive.get()), static_cast<sources::FakeRunner*>(rest.get())}) {
    if (source->clock != now) source->clock = now;
  }
}

Got Desk::get_with(const store::Store* cache_or_none, const TimeRange& range, DataSource source,
                   const std::function<void(Request&)>& change) {
  Request request = request_for(range, source);
  if (change) change(request);
  set_clocks();
  const Sources sources = counted_sources();
  Retrieved retrieved = Retrieval{request, cache_or_none, sources}.run();
  Got got{{}, std::move(retrieved.report), retrieved.asked_a_source, retrieved.errors};
  for (const MonthBatch& batch : retrieved.batches) {
    const Candles part = frame::to_candles(*batch.batch);
    got.rows.append(part, 0, part.size());
  }
  return got;
}

planner::Plan Desk::plan(const TimeRange& range, DataSource source) {
  Request request = request_for(range, source);
  request.options.columns = {"open_time"};
  const Sources sources{.make_runner = [this] { return std::make_shared<FakeBoth>(*archive, *rest); }};
  return Retrieval{request, cache.get(), sources}.outlook().plan;
}

Request Desk::request_for(const TimeRange& range, DataSource source) const {
  return {.window = {series, range}, .policy = {.source = source}, .now = now};
}

Sources Desk::counted_sources() {
  return {.make_runner =
              [this] {
                ++runners_made_;
                return std::make_shared<FakeBoth>(*archive, *rest);
              },
          .parallel = 2};
}

std::vector<std::string> Desk::asked() {
  std::vector<std::string> texts;
  const auto add_new = [&](const std::vector<std::string>& all, std::size_t& seen) {
    texts.insert(texts.end(), all.begin() + static_cast<std::ptrdiff_t>(seen), all.end());
    seen = all.size();
  };
  add_new(archive->asked(), seen_of_archive_);
  add_new(rest->asked(), seen_of_rest_);
  return texts;
}

std::filesystem::path Desk::partition(const std::string& month) const {
  return root() / "spot" / "data" / series.symbol.text() / std::string{series.interval.archive_name()} /
         (month + ".arrow");
}

store::Coverage Desk::coverage(const std::string& month) const {
  const store::Month m = store::month_of(at(month.substr(0, 4) + "-" + month.substr(4)));
  return cache->snapshot(series, store::range_of(m)).coverage(m);
}

std::vector<std::string> missing_of(const Got& got) {
  std::vector<std::string> texts;
  for (const MissingRange& m : got.report.missing) {
    texts.push_back(text_of(m.range) + ' ' + std::string{name(m.cause)} + ": " + m.detail);
  }
  return texts;
}

std::vector<std::string> gaps_of(const Got& got) {
  std::vector<std::string> texts;
  for (const Gap& gap : got.report.gaps) texts.push_back(text_of(gap.range) + ' ' + std::string{gap.reason});
  return texts;
}

}  // namespace klinekeep::manager
