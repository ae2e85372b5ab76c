#include "planner/step_json.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "core/last_open.hpp"

namespace klinekeep::planner {
namespace {

using Json = nlohmann::ordered_json;

Json range_json(const TimeRange& range, Interval interval) {
  return {{"from", format_iso(range.begin)}, {"to", format_iso(last_open(range, interval))}};
}

struct Write {
  Json& json;
  Interval interval;

  void operator()(const ArchiveFile& file) const {
    json["granularity"] = name(file.granularity);
    json["period"] = period_name(file.granularity, file.period);
    json["accept_unverified"] = file.accept_unverified;
  }
  void operator()(const RestPage& page) const {
    json["window"] = range_json(page.window, interval);
    json["limit"] = page.limit;
    json["candles"] = page.candles;
    json["again"] = page.again;
  }
  void operator()(const FirstCandle& /*action*/) const {}
  void operator()(const NextCandle& next) const { json["window"] = range_json(next.window, interval); }
  void operator()(const List& list) const {
    json["granularity"] = name(list.granularity);
    json["after"] = nullptr;
    if (list.after) json["after"] = period_name(list.granularity, *list.after);
  }
};

constexpr std::array<std::string_view, std::variant_size_v<Action>> kKinds{"archive_file", "rest_page", "first_candle",
                                                                           "next_candle", "list"};

}  // namespace

std::string to_json(const Series& series, const Step& step) {
  Json json{{"kind", kKinds[step.action.index()]}, {"upstream", series.upstream.name()},
            {"market", name(series.market)},       {"series_kind", name(series.kind)},
            {"symbol", series.symbol.text()},      {"interval", series.interval.name()}};
  std::visit(Write{json, series.interval}, step.action);
  if (std::holds_alternative<ArchiveFile>(step.action)) {
    json["listed_as_of"] = nullptr;
    if (step.listed_as_of) json["listed_as_of"] = format_iso(*step.listed_as_of);
  }
  json["range"] = range_json(step.range, series.interval);
  json["requests"] = step.requests;
  json["bytes"] = step.bytes;
  json["reason"] = step.reason;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace klinekeep::planner
