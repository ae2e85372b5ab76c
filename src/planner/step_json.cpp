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

constexpr int kLargest = std::numeric_limits<int>::max();

Json range_json(const TimeRange& range) { return {{"from", format_iso(range.begin)}, {"to", format_iso(range.end)}}; }

struct Write {
  Json& json;

  void operator()(const ArchiveFile& file) const {
    json["granularity"] = name(file.granularity);
    json["period"] = file_stamp(file.granularity, file.period);
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
    if (list.after) json["after"] = file_stamp(list.granularity, *list.after);
  }
};

constexpr std::array<std::string_view, std::variant_size_v<Action>> kKinds{"archive_file", "rest_page", "first_candle",
                                                                           "next_candle", "list"};

std::optional<unsigned> digits(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// `2024-03-15T12:34:56Z`, and whatever of its end may be left out: exactly what format_iso and file_stamp write.
std::optional<Timestamp> parse_time(std::string_view text) {
  using namespace std::chrono;  // NOLINT(google-build-using-namespace)
  const auto field = [&](std::size_t at, std::size_t size, unsigned otherwise) -> std::optional<unsigned> {
    return at >= text.size() ? otherwise : digits(text.substr(at, size));
  };
  const auto y = field(0, 4, 0);
  const auto mo = field(5, 2, 1);
  const auto d = field(8, 2, 1);
  const auto h = field(11, 2, 0);
  const auto mi = field(14, 2, 0);
  const auto s = field(17, 2, 0);
  if (!y || !mo || !d || !h || !mi || !s) return std::nullopt;
  const year_month_day date{year{static_cast<int>(*y)}, month{*mo}, day{*d}};
  if (!date.ok() || *h > 23 || *mi > 59 || *s > 59) return std::nullopt;
  Timestamp t = Timestamp{sys_days{date}} + hours{*h} + minutes{*mi} + seconds{*s};
  if (text.size() > 20) {
    std::string fraction{text.substr(20, text.size() - 21)};
    fraction.resize(6, '0');
    const auto micros = digits(fraction);
    if (!micros) return std::nullopt;
    t += Duration{*micros};
  }
  if (t < kBeginOfTime || t > kEndOfTime) return std::nullopt;
  return t;
}

std::optional<std::string> text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<std::int64_t> number_of(const Json& json, const char* key, std::int64_t least, std::int64_t most) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number_integer()) return std::nullopt;
  if (found->is_number_unsigned() && found->get<std::uint64_t>() > static_cast<std::uint64_t>(most))
    return std::nullopt;
  const auto value = found->get<std::int64_t>();
  return value < least || value > most ? std::nullopt : std::optional{value};
}

std::optional<bool> flag_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_boolean()) return std::nullopt;
  return found->get<bool>();
}

std::optional<Timestamp> time_of(const Json& json, const char* key) {
  const auto text = text_of(json, key);
  const auto time = text ? parse_time(*text) : std::nullopt;
  return time && format_iso(*time) == *text ? time : std::nullopt;
}

std::optional<TimeRange> range_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_object()) return std::nullopt;
  const auto from = time_of(*found, "from");
  const auto to = time_of(*found, "to");
  if (!from || !to || *to < *from) return std::nullopt;
  return TimeRange{*from, *to};
}

std::optional<Granularity> granularity_of(const Json& json) {
  const auto text = text_of(json, "granularity");
  for (const Granularity g : {Granularity::daily, Granularity::monthly}) {
    if (text == name(g)) return g;
  }
  return std::nullopt;
}

std::optional<Timestamp> period_of_json(const Json& json, const char* key, Granularity g) {
  const auto text = text_of(json, key);
  const auto time = text ? parse_time(*text) : std::nullopt;
  return time && file_stamp(g, *time) == *text ? time : std::nullopt;
}

std::optional<Action> archive_file(const Json& json, Interval interval) {
  const auto g = granularity_of(json);
  const auto period = g ? period_of_json(json, "period", *g) : std::nullopt;
  const auto accept = flag_of(json, "accept_unverified");
  if (!period || !accept || !has_files(*g, interval)) return std::nullopt;
  return ArchiveFile{*g, *period, *accept};
}

std::optional<Action> rest_page(const Json& json, Interval /*interval*/) {
  const auto window = range_of(json, "window");
  const auto limit = number_of(json, "limit", 1, kLargest);
  const auto candles = number_of(json, "candles", 0, kLargest);
  const auto again = flag_of(json, "again");
  if (!window || window->empty() || !limit || !candles || !again) return std::nullopt;
  return RestPage{*window, static_cast<int>(*limit), static_cast<int>(*candles), *again};
}

std::optional<Action> first_candle(const Json& /*json*/, Interval /*interval*/) { return FirstCandle{}; }

std::optional<Action> next_candle(const Json& json, Interval /*interval*/) {
  const auto window = range_of(json, "window");
  if (!window || window->empty()) return std::nullopt;
  return NextCandle{*window};
}

std::optional<Action> list(const Json& json, Interval interval) {
  const auto g = granularity_of(json);
  const auto after = json.find("after");
  if (!g || !has_files(*g, interval) || after == json.end()) return std::nullopt;
  if (after->is_null()) return List{*g, std::nullopt};
  const auto period = period_of_json(json, "after", *g);
  if (!period) return std::nullopt;
  return List{*g, period};
}

constexpr std::array<std::optional<Action> (*)(const Json&, Interval), kKinds.size()> kReaders{
    archive_file, rest_page, first_candle, next_candle, list};

std::optional<Action> action_of(const Json& json, Interval interval) {
  const auto kind = text_of(json, "kind");
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kind == kKinds[i]) return kReaders[i](json, interval);
  }
  return std::nullopt;
}

std::optional<Series> series_of(const Json& json) {
  const auto symbol = text_of(json, "symbol");
  const auto interval = Interval::parse(text_of(json, "interval").value_or(""));
  const auto kind = parse_kind(text_of(json, "series_kind").value_or(""));
  const auto upstream = text_of(json, "upstream");
  const std::string market_name = text_of(json, "market").value_or("");
  const auto* const market = std::ranges::find(kMarkets, market_name, [](MarketType m) { return name(m); });
  if (!symbol || !interval || !kind || !upstream || market == kMarkets.end() || !has_interval(*market, *interval))
    return std::nullopt;
  try {
    return Series{*market, Symbol{*symbol}, *interval, *kind, Upstream{*upstream}};
  } catch (const InvalidRequest&) {
    return std::nullopt;
  }
}

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

std::optional<SeriesStep> parse_step(std::string_view json) {
  const Json parsed = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return std::nullopt;
  const auto series = series_of(parsed);
  const auto action = series ? action_of(parsed, series->interval) : std::nullopt;
  const auto range = range_of(parsed, "range");
  const auto requests = number_of(parsed, "requests", 0, kLargest);
  const auto bytes = number_of(parsed, "bytes", 0, std::numeric_limits<std::int64_t>::max());
  auto reason = text_of(parsed, "reason");
  if (!action || !range || !requests || !bytes || !reason) return std::nullopt;
  SeriesStep read{*series, {*action, *range, static_cast<int>(*requests), *bytes, std::move(*reason)}};
  if (std::holds_alternative<ArchiveFile>(*action)) {
    const auto listed = parsed.find("listed_as_of");
    if (listed == parsed.end()) return std::nullopt;
    if (!listed->is_null()) {
      read.step.listed_as_of = time_of(parsed, "listed_as_of");
      if (!read.step.listed_as_of) return std::nullopt;
    }
  }
  return read;
}

}  // namespace klinekeep::planner
