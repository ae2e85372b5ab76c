#include "store/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <span>

#include "klinekeep/errors.hpp"
#include "store/hash.hpp"

namespace klinekeep::store {
namespace {

constexpr std::string_view kArrow = ".arrow";
constexpr std::string_view kTail = ".tail";
constexpr std::string_view kTemporary = ".tmp";
constexpr char kUpstreamMark = '@';

bool digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Takes `end` off the end of `text`, if it is there.
bool strip(std::string_view& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  return true;
}

/// No symbol is spelt like a kind, which begins with a lower-case letter.
std::string_view folder_of_kind(Kind kind) { return kind == Kind::klines ? "data" : name(kind); }

std::int64_t number_of(Month month) {
  return std::int64_t{static_cast<int>(month.year())} * 12 + static_cast<unsigned>(month.month()) - 1;
}

}  // namespace

std::string month_text(Month month) {
  return fmt::format("{:04}{:02}", static_cast<int>(month.year()), static_cast<unsigned>(month.month()));
}

std::optional<Month> parse_month(std::string_view text) {
  if (text.size() != 6 || !digits(text)) return std::nullopt;
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  const Month month{std::chrono::year{number / 100}, std::chrono::month{static_cast<unsigned>(number % 100)}};
  if (!month.ok() || number < 100) return std::nullopt;
  return month;
}

std::string partition_name(Month month, Part part) {
  return fmt::format("{}{}{}", month_text(month), part == Part::tail ? kTail : "", kArrow);
}

std::optional<MonthPart> parse_partition_name(std::string_view name) {
  if (!strip(name, kArrow)) return std::nullopt;
  const Part part = strip(name, kTail) ? Part::tail : Part::base;
  const auto month = parse_month(name);
  if (!month) return std::nullopt;
  return MonthPart{*month, part};
}

std::string temporary_name(Month month, Part part, std::int64_t process, std::uint64_t number) {
  return fmt::format(".{}.{}-{}{}", partition_name(month, part), process, number, kTemporary);
}

std::optional<MonthPart> parse_temporary_name(std::string_view name) {
  if (!name.starts_with('.') || !strip(name, kTemporary)) return std::nullopt;
  name.remove_prefix(1);
  const auto dash = name.rfind('-');
  const auto dot = name.rfind('.');
  if (dash == std::string_view::npos || dot == std::string_view::npos || dash < dot) return std::nullopt;
  if (!digits(name.substr(dash + 1)) || !digits(name.substr(dot + 1, dash - dot - 1))) return std::nullopt;
  return parse_partition_name(name.substr(0, dot));
}

std::string quarantine_name(Month month, Part part, Timestamp when, int number) {
  std::string stamp = format_iso(std::chrono::floor<std::chrono::seconds>(when));
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  return fmt::format("{}.{}-{}", partition_name(month, part), stamp, number);
}

std::string kind_and_series(const Series& series) {
  const std::string kind = series.kind == Kind::klines ? "" : fmt::format("{}/", name(series.kind));
  return fmt::format("{}{}/{}", kind, series.symbol.text(), series.interval.archive_name());
}

std::string upstream_folder(const Upstream& upstream) { return kUpstreamMark + upstream.name(); }

std::optional<Upstream> parse_upstream_folder(std::string_view name) {
  if (!name.starts_with(kUpstreamMark)) return std::nullopt;
  try {
    const Upstream upstream{name.substr(1)};
    return upstream.is_binance() ? std::nullopt : std::optional{upstream};  // Binance has no such folder
  } catch (const InvalidRequest&) {
    return std::nullopt;
  }
}

std::string Layout::folder_of(const Upstream& upstream, MarketType market) const {
  std::string text = prefix_;
  if (!upstream.is_binance()) text += upstream_folder(upstream) + '/';
  text += name(market);
  return text;
}

std::filesystem::path Layout::data(const Market& market, Kind kind) const {
  return fmt::format("{}/{}", folder_of(market.upstream, market.type), folder_of_kind(kind));
}

std::string Layout::text_of_series_folder(const Series& series) const {
  std::string text = folder_of(series.upstream, series.market);
  fmt::format_to(std::back_inserter(text), "/{}/{}/{}", folder_of_kind(series.kind), series.symbol.text(),
                 series.interval.archive_name());
  return text;
}

std::filesystem::path Layout::series_folder(const Series& series) const { return text_of_series_folder(series); }

std::filesystem::path Layout::partition(const PartitionKey& key) const {
  std::string text = text_of_series_folder(key.series);
  text += '/';
  text += partition_name(key.month, key.part);
  return text;
}

std::filesystem::path Layout::lock(const Series& series) const { return series_folder(series) / ".lock"; }

std::filesystem::path Layout::lease_lock(const Market& market) const {
  return folder_of(market.upstream, market.type) + "/metadata/.leases.lock";
}

std::filesystem::path Layout::facts(const Series& series) const { return series_folder(series) / "series.json"; }

std::filesystem::path Layout::quarantine_folder(const Series& series) const {
  return fmt::format("{}/quarantine/{}", folder_of(series.upstream, series.market), kind_and_series(series));
}

std::filesystem::path Layout::catalogue(const Market& market) const {
  return folder_of(market.upstream, market.type) + "/metadata/cache_index.json";
}

std::filesystem::path Layout::catalogue_lock(const Market& market) const {
  return folder_of(market.upstream, market.type) + "/metadata/.lock";
}

std::filesystem::path Layout::usage() const { return root_ / "metadata" / "usage.json"; }

std::filesystem::path Layout::usage_lock() const { return root_ / "metadata" / ".lock"; }

std::optional<Series> parse_series(const Market& market, Kind kind, const std::string& symbol,
                                   const std::string& interval) {
  const auto parsed = Interval::parse(interval);
  if (!parsed || parsed->archive_name() != interval || !has_interval(market.type, *parsed)) return std::nullopt;
  try {
    Symbol proven{symbol};
    if (proven.text() != symbol) return std::nullopt;
    return Series{market.type, std::move(proven), *parsed, kind, market.upstream};
  } catch (const InvalidRequest&) {
    return std::nullopt;
  }
}

std::int64_t commit_byte(Month month) { return number_of(month); }

std::int64_t fetch_byte(const Series& series, Month month) {
  const std::string text =
      fmt::format("{}/{}/{}", name(series.kind), series.symbol.text(), series.interval.archive_name());
  const std::string sum = xxh3(std::as_bytes(std::span{text}));
  constexpr int kHexDigits = 10;  // 40 bits, above 17 for the month
  return (std::stoll(sum.substr(0, kHexDigits), nullptr, 16) << 17) + number_of(month);
}

std::int64_t beat_slot(std::int64_t fetch_byte) {
  constexpr std::uint64_t kGolden = 0x9E37'79B9'7F4A'7C15;  // spreads neighbours over all 2^16 slots
  return static_cast<std::int64_t>((static_cast<std::uint64_t>(fetch_byte) * kGolden) >> 48);
}

}  // namespace klinekeep::store
