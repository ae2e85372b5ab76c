// Every file name of the cache, made and parsed in one place. Pure. docs/cache-format.md has the layout.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/series.hpp"
#include "store/month.hpp"

namespace klinekeep::store {

enum class Part : std::uint8_t { base, tail };

/// What has a folder, a catalogue and locks of its own.
struct Market {
  Upstream upstream;
  MarketType type;

  friend auto operator<=>(const Market&, const Market&) = default;
};

[[nodiscard]] inline Market market_of(const Series& series) { return {series.upstream, series.market}; }

/// A partition's file.
struct PartitionKey {
  Series series;
  Month month;
  Part part = Part::base;

  friend bool operator==(const PartitionKey&, const PartitionKey&) = default;
};

/// `202403`.
[[nodiscard]] std::string month_text(Month month);
[[nodiscard]] std::optional<Month> parse_month(std::string_view text);

/// `202403.arrow` or `202403.tail.arrow`.
[[nodiscard]] std::string partition_name(Month month, Part part);
struct MonthPart {
  Month month;
  Part part;
  friend bool operator==(const MonthPart&, const MonthPart&) = default;
};
/// The reverse; none for any other name.
[[nodiscard]] std::optional<MonthPart> parse_partition_name(std::string_view name);

/// `.202403.arrow.PID-N.tmp`: where a partition is written before it is renamed.
[[nodiscard]] std::string temporary_name(Month month, Part part, std::int64_t process, std::uint64_t number);
[[nodiscard]] std::optional<MonthPart> parse_temporary_name(std::string_view name);

/// `BTCUSDT/1m`, and `markPriceKlines/BTCUSDT/1m` of a kind that is not klines: where no folder stands for klines.
[[nodiscard]] std::string kind_and_series(const Series& series);

/// `@us`: the folder of an upstream that is not Binance, and the reverse; none for any other name.
[[nodiscard]] std::string upstream_folder(const Upstream& upstream);
[[nodiscard]] std::optional<Upstream> parse_upstream_folder(std::string_view name);

/// `202403.arrow.20240401T083000Z-1`, from `when` and a number that makes it unique.
[[nodiscard]] std::string quarantine_name(Month month, Part part, Timestamp when, int number);

/// The paths below one root.
class Layout {
 public:
  explicit Layout(std::filesystem::path root) : root_(std::move(root)), prefix_((root_ / "").native()) {}

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  /// Of all series of one kind.
  [[nodiscard]] std::filesystem::path data(const Market& market, Kind kind) const;
  [[nodiscard]] std::filesystem::path series_folder(const Series& series) const;
  [[nodiscard]] std::filesystem::path partition(const PartitionKey& key) const;
  [[nodiscard]] std::filesystem::path lock(const Series& series) const;
  /// Of the market, so that asking for a symbol that there is not leaves no folder behind.
  [[nodiscard]] std::filesystem::path lease_lock(const Market& market) const;
  [[nodiscard]] std::filesystem::path facts(const Series& series) const;
  [[nodiscard]] std::filesystem::path quarantine_folder(const Series& series) const;
  [[nodiscard]] std::filesystem::path catalogue(const Market& market) const;
  [[nodiscard]] std::filesystem::path catalogue_lock(const Market& market) const;
  /// Of all upstreams and markets: what the keeping of limits remembers.
  [[nodiscard]] std::filesystem::path usage() const;
  [[nodiscard]] std::filesystem::path usage_lock() const;

 private:
  [[nodiscard]] std::string folder_of(const Upstream& upstream, MarketType market) const;
  [[nodiscard]] std::string text_of_series_folder(const Series& series) const;

  std::filesystem::path root_;
  std::string prefix_;  // with the separator: a path is made of one text, as each `/` of paths copies all before it
};

/// The series of a folder below `Layout::data`: none unless `symbol` and `interval` are spelt exactly as we would.
[[nodiscard]] std::optional<Series> parse_series(const Market& market, Kind kind, const std::string& symbol,
                                                 const std::string& interval);

/// The byte of a series' lock file that stands for the right to commit to a month.
[[nodiscard]] std::int64_t commit_byte(Month month);
/// The byte of a market's lease file that stands for the right to fetch a month of a series. Should two series share
/// it, which one in 10^12 pairs does, they wait for each other.
[[nodiscard]] std::int64_t fetch_byte(const Series& series, Month month);
/// Where in the lease file the holder of such a byte shows that it is at work. Those that share one are waited for as
/// long as either works.
[[nodiscard]] std::int64_t beat_slot(std::int64_t fetch_byte);
/// The byte of a series' lock file that stands for the right to write series.json.
inline constexpr std::int64_t kFactsByte = 1 << 21;

}  // namespace klinekeep::store
