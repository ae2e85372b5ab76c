#include "store/facts.hpp"

#include <nlohmann/json.hpp>

namespace klinekeep::store {
namespace {

using nlohmann::json;

constexpr int kFactsFormat = 1;

/// Calls f(name, field) for every time in `facts`.
template <class Facts, class F>
void each_time(Facts& facts, F f) {
  f("first_candle", facts.first_candle);
  f("first_daily_file", facts.first_daily_file);
  f("first_monthly_file", facts.first_monthly_file);
  f("last_daily_file", facts.last_daily_file);
  f("last_monthly_file", facts.last_monthly_file);
  f("learnt_at", facts.learnt_at);
}

}  // namespace

std::string to_json(const SeriesFacts& facts) {
  json value{{"format", kFactsFormat}, {"first_candle_stated", facts.first_candle_stated}};
  each_time(facts, [&](const char* name, const std::optional<Timestamp>& time) {
    if (time) value[name] = to_ms(*time);
  });
  return value.dump() + '\n';
}

std::optional<SeriesFacts> parse_facts(std::string_view text) {
  const json value = json::parse(text, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  const auto format = value.find("format");
  if (format == value.end() || *format != kFactsFormat) return std::nullopt;
  SeriesFacts facts;
  bool good = true;
  if (const auto stated = value.find("first_candle_stated"); stated != value.end()) {
    good = stated->is_boolean();
    if (good) facts.first_candle_stated = stated->get<bool>();
  }
  each_time(facts, [&](const char* name, std::optional<Timestamp>& time) {
    const auto found = value.find(name);
    if (found == value.end()) return;
    const bool fits = found->is_number_integer() && *found >= to_ms(kBeginOfTime) && *found <= to_ms(kEndOfTime);
    good = good && fits;
    if (fits) time = from_ms(found->get<std::int64_t>());
  });
  if (!good) return std::nullopt;
  return facts;
}

bool is_newer_facts(std::string_view text) {
  const json value = json::parse(text, nullptr, false);
  const auto format = value.is_object() ? value.find("format") : value.end();
  return format != value.end() && format->is_number_unsigned() && *format > kFactsFormat;
}

SeriesFacts join(SeriesFacts known, const SeriesFacts& news) {
  if (news.first_candle) {
    known.first_candle = news.first_candle;
    known.first_candle_stated = news.first_candle_stated;
  }
  if (news.first_daily_file) known.first_daily_file = news.first_daily_file;
  if (news.first_monthly_file) known.first_monthly_file = news.first_monthly_file;
  if (news.last_daily_file) known.last_daily_file = news.last_daily_file;
  if (news.last_monthly_file) known.last_monthly_file = news.last_monthly_file;
  if (news.learnt_at) known.learnt_at = news.learnt_at;
  return known;
}

}  // namespace klinekeep::store
