// Short ways to write requests, steps and answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/learn.hpp"
#include "planner/plan.hpp"

namespace klinekeep::planner {

/// `2024-03-15` or `2024-03-15T12:34`, UTC.
[[nodiscard]] Timestamp at(std::string_view text);
[[nodiscard]] TimeRange range(std::string_view begin, std::string_view end);

/// A BTCUSDT request; COIN-M: BTCUSD_PERP.
[[nodiscard]] Wanted wanted(MarketType market, Interval interval, std::string_view begin, std::string_view end);

/// `monthly 2024-03`, `daily 2024-03-15`, `page 2024-03-15T00:00 to 2024-03-15T01:00 limit 60 again`, `first`, `next
/// 2024-03-15T00:00 to 2024-03-16T00:00`, `list daily after 2024-03-14`.
[[nodiscard]] std::string text(const Step& step);
/// What came, for people who read what a law failed on.
[[nodiscard]] std::string text(const Answer& answer);
[[nodiscard]] std::string text(const RangeSet& set);
[[nodiscard]] std::string text(const Ledger& seed);
[[nodiscard]] std::vector<std::string> texts(const std::vector<Step>& steps);

/// The first `at_once` steps.
[[nodiscard]] std::vector<std::string> now_texts(const Plan& plan);

inline const Timestamp kLongAfter = at("2026-09-24");

/// Asked, heard and made at `t`.
[[nodiscard]] AnswerTimes told_at(Timestamp t);
/// A file or page in which every slot of `have` has a candle.
[[nodiscard]] Rows rows(const RangeSet& have, Interval interval, Timestamp as_of = kLongAfter);
/// Another host's word, both.
[[nodiscard]] Found found(std::optional<Timestamp> open_time, Timestamp as_of = kLongAfter);
[[nodiscard]] Unknown unknown(Timestamp as_of = kLongAfter);
/// All the files that there are, without ETag and Last-Modified.
[[nodiscard]] Listed listed_files(std::initializer_list<std::string_view> periods);

/// The ledger after a listing from the first file on that told of all periods of [from, to).
[[nodiscard]] Ledger listed(Granularity g, std::string_view from, std::string_view to, Ledger ledger = {});
/// BTCUSDT's files, of each day and month.
[[nodiscard]] Ledger everything_listed();

inline const Policy kRest{.source = DataSource::REST};
inline const Policy kVision{.source = DataSource::VISION};
inline const Policy kAuto{.source = DataSource::AUTO};
inline const Policy kCache{.source = DataSource::CACHE};

}  // namespace klinekeep::planner
