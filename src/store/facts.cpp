#include "store/facts.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

namespace klinekeep::store {
namespace {

using nlohmann::json;

constexpr int kFactsFormat = 2;

/// What the two ends of a NoCandles are called.
struct Ends {
  const char* begin;
  const char* end;
};
constexpr Ends kFirstCandle{.begin = "from", .end = "open"};
constexpr Ends kLastCandle{.begin = "before", .end = "until"};

/// Whose facts they are: a file that was copied must not speak of another series.
json json_of(const Series& series) {
  return {{"upstream", series.upstream.name()},
          {"kind", name(series.kind)},
          {"market", name(series.market)},
          {"symbol", series.symbol.text()},
          {"interval", series.interval.archive_name()}};
}

json json_of(const NoCandles& none, const Ends& ends) {
  return {{ends.begin, to_ms(none.range.begin)},
          {ends.end, to_ms(none.range.end)},
          {"asked", to_ms(none.asked_at)},
          {"weak", none.weak}};
}

json json_of(const ListedFiles& files) {
  json value{{"first", to_ms(files.first)}, {"asked", to_ms(files.asked_at)}};
  if (files.last) value["last"] = to_ms(*files.last);
  return value;
}

/// The members of `value` one after the other; `good` until one is not as it should be.
class Reader {
 public:
  explicit Reader(const json& value) : value_(value) {}

  [[nodiscard]] bool good() const { return good_; }

  std::optional<NoCandles> no_candles(const char* name, const Ends& ends) {
    const json* const member = object(name);
    if (member == nullptr) return std::nullopt;
    const NoCandles none{.range = {time(*member, ends.begin), time(*member, ends.end)},
                         .asked_at = time(*member, "asked"),
                         .weak = boolean(*member, "weak")};
    good_ = good_ && none.range.begin <= none.range.end;
    return none;
  }

  std::optional<ListedFiles> files(const char* name) {
    const json* const member = object(name);
    if (member == nullptr) return std::nullopt;
    ListedFiles files{.first = time(*member, "first"), .last = std::nullopt, .asked_at = time(*member, "asked")};
    if (member->contains("last")) files.last = time(*member, "last");
    good_ = good_ && (!files.last || files.first <= *files.last);
    return files;
  }

 private:
  /// Null where it is missing, or none.
  const json* object(const char* name) {
    const auto found = value_.find(name);
    if (found == value_.end()) return nullptr;
    good_ = good_ && found->is_object();
    return good_ ? &*found : nullptr;
  }

  Timestamp time(const json& object, const char* name) {
    const auto found = object.find(name);
    const std::optional<std::int64_t> ms = found == object.end() ? std::nullopt : integer(*found);
    const bool fits = ms && *ms >= to_ms(kBeginOfTime) && *ms <= to_ms(kEndOfTime);
    good_ = good_ && fits;
    return fits ? from_ms(*ms) : Timestamp{};
  }

  static std::optional<std::int64_t> integer(const json& value) {
    if (!value.is_number_integer()) return std::nullopt;
    const auto is_more = [](std::uint64_t number) { return number > std::numeric_limits<std::int64_t>::max(); };
    if (value.is_number_unsigned() && is_more(value.get<std::uint64_t>())) return std::nullopt;
    return value.get<std::int64_t>();
  }

  bool boolean(const json& object, const char* name) {
    const auto found = object.find(name);
    const bool fits = found != object.end() && found->is_boolean();
    good_ = good_ && fits;
    return fits && found->get<bool>();
  }

  const json& value_;
  bool good_ = true;
};

}  // namespace

std::string to_json(const SeriesFacts& facts, const Series& series) {
  json value = json_of(series);
  value["format"] = kFactsFormat;
  if (facts.before_first) value["first_candle"] = json_of(*facts.before_first, kFirstCandle);
  if (facts.after_last) value["last_candle"] = json_of(*facts.after_last, kLastCandle);
  if (facts.daily_files) value["daily_files"] = json_of(*facts.daily_files);
  if (facts.monthly_files) value["monthly_files"] = json_of(*facts.monthly_files);
  return value.dump() + '\n';
}

std::optional<SeriesFacts> parse_facts(std::string_view text, const Series& series) {
  const json value = json::parse(text, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  const auto format = value.find("format");
  if (format == value.end() || *format != kFactsFormat) return std::nullopt;
  const json whose = json_of(series);
  const bool is_about_it = std::ranges::all_of(whose.items(), [&](const auto& member) {
    const auto found = value.find(member.key());
    return found != value.end() && *found == member.value();
  });
  if (!is_about_it) return std::nullopt;
  Reader reader{value};
  SeriesFacts facts;
  facts.before_first = reader.no_candles("first_candle", kFirstCandle);
  facts.after_last = reader.no_candles("last_candle", kLastCandle);
  facts.daily_files = reader.files("daily_files");
  facts.monthly_files = reader.files("monthly_files");
  if (!reader.good()) return std::nullopt;
  return facts;
}

bool is_newer_facts(std::string_view text) {
  const json value = json::parse(text, nullptr, false);
  const auto format = value.is_object() ? value.find("format") : value.end();
  return format != value.end() && format->is_number_unsigned() && *format > kFactsFormat;
}

}  // namespace klinekeep::store
