// What holds for the fetch loop at either source.
#include "manager/one_source.hpp"

#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "core/times.hpp"
#include "frame/table.hpp"
#include "sources/fake_sources.hpp"

namespace klinekeep::sources {
namespace {

using planner::Granularity;
using testing::IsEmpty;

constexpr std::array kSources{DataSource::REST, DataSource::VISION};
const Timestamp kNow = at("2026-01-01");

Series series(Interval interval = Interval::HOUR_1, MarketType market = MarketType::SPOT) {
  return {market, Symbol{"BTCUSDT"}, interval};
}

FetchResult fetched(FakeRunner& runner, DataSource source, const TimeRange& range, const GetOptions& options = {},
                    Interval interval = Interval::HOUR_1, int parallel = 2) {
  return manager::fetch_from_one(series(interval), range, source, borrowed(runner), runner.clock, parallel, options);
}

StepResult never(const planner::Step& step) { throw std::logic_error("asked for " + text_of(step.action)); }

TEST(Fetch, AsksNothingForAnEmptyWindow) {
  for (const DataSource source : kSources) {
    for (const Interval interval : kIntervals) {
      FakeRunner runner{kNow, never};
      for (const TimeRange& window : {range("2024-03-04", "2024-03-04"), range("2024-03-06", "2024-03-01"),
                                      range("2024-03-05T00:00:00.000001", "2024-03-05T00:00:00.000009"),
                                      range("2024-03-05T12:00:00.000001", "2024-03-05T12:00:00.9"),
                                      TimeRange{Timestamp::max(), Timestamp::min()}}) {
        const FetchResult result = fetched(runner, source, window, {}, interval);
        EXPECT_EQ(result.table->num_rows(), 0);
        EXPECT_TRUE(result.table->schema()->Equals(*frame::arrow_schema()));
        EXPECT_THAT(result.report.gaps, IsEmpty());
      }
      EXPECT_THAT(runner.asked(), IsEmpty()) << interval.name();
    }
  }
}

TEST(Fetch, AsksNothingForAnIntervalThatTheMarketLacks) {
  FakeRunner runner{kNow, never};
  EXPECT_THROW(
      (void)manager::fetch_from_one(series(Interval::SECOND_1, MarketType::FUTURES_USDT),
                                    range("2024-03-15", "2024-03-16"), DataSource::REST, borrowed(runner), kNow, 1, {}),
      InvalidRequest);
}

TEST(Fetch, AsksNothingForATimeThatHasNotCome) {
  for (const DataSource source : kSources) {
    FakeRunner runner{at("2024-03-15"), never};
    const FetchResult result = fetched(runner, source, range("2024-03-16", "2024-03-17"));
    EXPECT_EQ(result.table->num_rows(), 0);
    EXPECT_THAT(result.report.gaps, IsEmpty());
    EXPECT_THAT(result.report.missing, IsEmpty());
  }
}

TEST(Fetch, RefusesToAskAnotherSourceThanItsOwn) {
  for (const DataSource source : kSources) {
    FakeRunner runner{at("2024-03-15"), never};
    const auto rows = [&](DataSource asked) {
      return fetched(runner, source, range("2024-03-16", "2024-03-17"), {.enforce_source = asked}).table->num_rows();
    };
    EXPECT_EQ(rows(DataSource::AUTO), 0);
    EXPECT_EQ(rows(source), 0);
    const DataSource other = source == DataSource::REST ? DataSource::VISION : DataSource::REST;
    for (const DataSource asked : {other, DataSource::CACHE}) EXPECT_THROW((void)rows(asked), InvalidRequest);
  }
}

TEST(Fetch, HasTheColumnsThatAreWantedAndFillsWhatIsToBeFilled) {
  FakeArchive archive{Interval::HOUR_1, kNow};
  archive.put(Granularity::daily, "2024-03-15", 1, {range("2024-03-15T05:00:00", "2024-03-15T07:00:00")});
  const FetchResult result = fetched(archive, DataSource::VISION, range("2024-03-15", "2024-03-16"),
                                     {.columns = {"close", "open_time"}, .fill = Fill::ffill});
  EXPECT_EQ(result.table->num_rows(), 24);
  EXPECT_EQ(result.report.filled, 2);
  EXPECT_EQ(result.table->schema()->field_names(), (std::vector<std::string>{"close", "open_time"}));
}

TEST(Fetch, CountsItsProgress) {
  FakeArchive archive{Interval::HOUR_1, kNow};
  archive.put(Granularity::monthly, "2024-03").proven = false;
  archive.put_days("2024-03-01", "2024-04-01");
  std::vector<Progress> seen;
  GetOptions options;
  options.progress = [&](const Progress& progress) { seen.push_back(progress); };  // one call at a time, so no lock
  (void)fetched(archive, DataSource::VISION, range("2024-03-01", "2024-04-01"), options);
  ASSERT_EQ(seen.size(), archive.asked().size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].steps_done, i + 1);
    EXPECT_LE(seen[i].steps_done, seen[i].steps_expected);
  }
  EXPECT_EQ(seen.back().steps_done, seen.back().steps_expected);
  EXPECT_EQ(seen.back().bytes, archive.bytes());
}

TEST(Fetch, EndsSoonWhenItIsCancelled) {
  FakeArchive archive{Interval::HOUR_1, kNow};
  archive.put_days("2024-03-01", "2024-04-01");
  std::stop_source source;
  archive.on_step = [&](const planner::Step&) { source.request_stop(); };
  GetOptions options;
  options.stop = source.get_token();
  options.partial = true;
  EXPECT_THROW(fetched(archive, DataSource::VISION, range("2024-03-01", "2024-04-01"), options, Interval::HOUR_1, 1),
               Cancelled);
  EXPECT_EQ(archive.asked().size(), 1U);
}

TEST(Fetch, PassesOnWhatARunnerThrows) {
  FakeRunner runner{kNow, [](const planner::Step&) -> StepResult { throw Cancelled{}; }};
  EXPECT_THROW(fetched(runner, DataSource::REST, range("2024-03-15", "2024-03-16")), Cancelled);
}

TEST(Fetch, GathersTheNotesOfItsSteps) {
  FakeRunner runner{kNow, [](const planner::Step&) {
                      StepResult result = answered(planner::Distrusted{false, "rubbish", {}});
                      result.notes = {"one", "two"};
                      return result;
                    }};
  GetOptions options;
  options.partial = true;
  EXPECT_THAT(fetched(runner, DataSource::REST, range("2024-03-15", "2024-03-16"), options).report.notes,
              testing::ElementsAre("one", "two"));
}

planner::Answer any_answer(const TimeRange& about) {
  const auto near = [&] { return about.begin + std::chrono::hours{*rc::gen::inRange(-50, 50)}; };
  const auto times = [&] { return planner::AnswerTimes{near(), near(), near()}; };
  switch (*rc::gen::inRange(0, 8)) {
    case 0:
      return planner::Absent{};
    case 1:
      return planner::Distrusted{*rc::gen::arbitrary<bool>(), "rubbish", {}};
    case 2: {
      planner::Listed listed{.files = {}, .complete = *rc::gen::arbitrary<bool>(), .asked_at = near()};
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        listed.files.push_back({.period = Interval{Interval::DAY_1}.floor(near()), .etag = {}, .last_modified = {}});
      }
      std::ranges::sort(listed.files, {}, &planner::ListedFile::period);
      return listed;
    }
    case 3:
      return planner::Found{near(), times(), *rc::gen::arbitrary<bool>()};
    case 4:
      return planner::Found{std::nullopt, times(), *rc::gen::arbitrary<bool>()};
    case 5:
      if (*rc::gen::inRange(0, 4) != 0) return planner::Absent{};
      return planner::Unknown{times(), *rc::gen::arbitrary<bool>()};
    case 6:
      return planner::Failed{*rc::gen::element(Cause::unavailable, Cause::integrity, Cause::rate_limited), "down"};
    default: {
      planner::Rows rows{.have = {{near(), near()}},
                         .count = 0,
                         .span = {},
                         .off_grid = false,
                         .refused = {},
                         .trust = Trust::verified,
                         .times = times()};
      rows.count = *rc::gen::element<std::size_t>(0, 1, 24, 1000, 5000);
      if (*rc::gen::arbitrary<bool>()) rows.span = TimeRange{near(), near()};
      rows.off_grid = *rc::gen::arbitrary<bool>();
      return rows;
    }
  }
}

/// A runner whose answers have nothing to do with what was asked, and a request to it.
struct Nonsense {
  DataSource source = *rc::gen::elementOf(kSources);
  Interval interval = *rc::gen::element<Interval>(Interval::HOUR_1, Interval::MINUTE_5, Interval::DAY_1,
                                                  Interval::DAY_3, Interval::WEEK_1, Interval::MONTH_1);
  TimeRange window{at("2024-03-15"), at("2024-03-15") + std::chrono::hours{*rc::gen::inRange(1, 900)}};
  GetOptions options;
  FakeRunner runner{at("2024-04-15"), [](const planner::Step& step) {
                      StepResult result = answered(any_answer(step.range));
                      if (*rc::gen::arbitrary<bool>()) {
                        result.rows = Settled{};
                        push(result.rows->candles, step.range.begin, Interval::HOUR_1);
                      }
                      return result;
                    }};

  Nonsense() {
    options.partial = *rc::gen::arbitrary<bool>();
    options.accept_unverified = *rc::gen::arbitrary<bool>();
  }
  void run() {
    try {
      (void)fetched(runner, source, window, options, interval, /*parallel=*/1);
    } catch (const UnknownSymbol&) {  // one of the two ways out, beside an answer
    } catch (const IncompleteData&) {
      RC_ASSERT(!options.partial);
    }
  }
};

RC_GTEST_PROP(Fetch, EndsWhateverARunnerAnswers, ()) {
  Nonsense nonsense;
  nonsense.run();
  RC_ASSERT(nonsense.runner.asked().size() < 2000U);
}

RC_GTEST_PROP(Fetch, NeverAsksOneStepTwice, ()) {
  Nonsense nonsense;
  nonsense.run();
  std::vector<std::string> asked = nonsense.runner.asked();
  std::ranges::sort(asked);
  RC_ASSERT(std::ranges::adjacent_find(asked) == asked.end());
}

RC_GTEST_PROP(Fetch, NeverLeavesTheSourceThatWasAskedFor, ()) {
  Nonsense nonsense;
  nonsense.run();
  for (const planner::Step& step : nonsense.runner.steps()) {
    const bool at_rest = std::holds_alternative<planner::RestPage>(step.action) ||
                         std::holds_alternative<planner::FirstCandle>(step.action) ||
                         std::holds_alternative<planner::NextCandle>(step.action);
    RC_ASSERT(at_rest == (nonsense.source == DataSource::REST));
  }
}

RC_GTEST_PROP(Fetch, NeverReturnsWhatWasNotAskedFor, ()) {
  // Sound rows, with holes, from either source: what comes back is exactly what there is, and the rest is told.
  const Interval interval = *rc::gen::element<Interval>(Interval::HOUR_1, Interval::HOUR_12, Interval::DAY_1);
  const Timestamp begin = at("2024-02-20") + std::chrono::hours{*rc::gen::inRange(0, 400)};
  const TimeRange window{begin,
                         begin + std::chrono::hours{*rc::gen::inRange(0, 1200)} + Duration{*rc::gen::inRange(-1, 2)}};
  const TimeRange hole{begin + std::chrono::hours{*rc::gen::inRange(-100, 500)},
                       begin + std::chrono::hours{*rc::gen::inRange(-100, 700)}};
  const auto is_there = [&](Timestamp t) { return !hole.contains(t); };
  Candles all;
  for (const Timestamp t : opens_of(candles_in(range("2024-01-01", "2024-06-01"), interval))) {
    if (is_there(t)) push(all, t, interval);
  }
  Candles expected;
  RangeSet absent;
  for (Timestamp t = interval.ceil(window.begin); t < window.end; t = interval.next(t)) {
    if (is_there(t)) {
      push(expected, t, interval);
    } else {
      absent.add({t, interval.next(t)});
    }
  }
  FetchResult result;
  if (*rc::gen::arbitrary<bool>()) {
    FakeRest rest{interval, kNow, all};
    result = fetched(rest, DataSource::REST, window, {}, interval);
  } else {
    FakeArchive archive{interval, kNow};
    for (const char* month : {"2024-02", "2024-03", "2024-04"}) archive.put(Granularity::monthly, month, 1, {hole});
    if (*rc::gen::arbitrary<bool>()) {
      for (Timestamp d = at("2024-02-01"); d < at("2024-05-01"); d += std::chrono::days{1}) {
        archive.put(Granularity::daily, format_iso(d).substr(0, 10), 1, {hole});
      }
    }
    result = fetched(archive, DataSource::VISION, window, {}, interval);
  }
  RC_ASSERT(same(frame::to_candles(*result.table), expected));
  RangeSet gaps;
  for (const Gap& gap : result.report.gaps) gaps.add(gap.range);
  RC_ASSERT(gaps == absent);
  RC_ASSERT(result.report.rows == static_cast<std::int64_t>(expected.size()));
}

}  // namespace
}  // namespace klinekeep::sources
