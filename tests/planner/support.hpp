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
[[nodiscard]] Request request(MarketType market, Interval interval, std::string_view begin, std::string_view end);

/// `monthly 2024-03`, `daily 2024-03-15`, `page 2024-03-15T00:00 +60 limit 60`, `first`, `list daily after 2024-03-14`.
[[nodiscard]] std::string text(const Step& step);
[[nodiscard]] std::vector<std::string> texts(const std::vector<Step>& steps);

/// The first `at_once` steps.
[[nodiscard]] std::vector<std::string> now_texts(const Plan& plan);

/// A file or page in which every slot of `have` has a candle.
[[nodiscard]] Rows rows(const RangeSet& have, Interval interval);

inline const Policy kRest{.source = DataSource::REST};
inline const Policy kVision{.source = DataSource::VISION};
inline const Timestamp kLongAfter = at("2026-09-24");

}  // namespace klinekeep::planner
