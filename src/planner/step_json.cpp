#include "planner/step_json.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "klinekeep/errors.hpp"
#include "planner/period.hpp"

namespace klinekeep::planner {
namespace {

using Json = nlohmann::ordered_json;

Json range_json(const TimeRange& range) { return {{"from", format_iso(range.begin)}, {"to", format_iso(range.end)}}; }

struct Write {
  Json& json;

  void operator()(const ArchiveFile& file) const {
    json["granularity"] = name(file.granularity);
    json["period"] = period_name(file.granularity, file.period);
    json["accept_unverified"] = file.accept_unverified;
  }
  void operator()(const RestPage& page) const {
    json["window"] = range_json(page.window);
    json["limit"] = page.limit;
    json["candles"] = page.candles;
    json["again"] = page.again;
  }
  void operator()(const FirstCandle& /*action*/) const {}
  void operator()(const NextCandle& next) const { json["window"] = range_json(next.window); }
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
  std::visit(Write{json}, step.action);
  if (std::holds_alternative<ArchiveFile>(step.action)) {
    json["listed_as_of"] = nullptr;
    if (step.listed_as_of) json["listed_as_of"] = format_iso(*step.listed_as_of);
  }
  json["range"] = range_json(step.range);
  json["requests"] = step.requests;
  json["bytes"] = step.bytes;
  json["reason"] = step.reason;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace klinekeep::planner
