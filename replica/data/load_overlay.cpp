#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "archive/key.hpp"
#include "archive/zip_reader.hpp"
#include "data/generator.hpp"
#include "data/overlay.hpp"

namespace replica {
namespace {

enum Rank { kMonthlyFile, kCandles, kEarlyRest, kRest, kComputed, kDailyFile };

/// Bodies whose last row was recorded while the candle was still open.
constexpr std::array<std::string_view, 4> kEndInOpenCandle{
    "spot/klines_BTCUSDT_5m_latest_24.json", "spot/klines_BTCUSDT_1m_unaligned_start.json",
    "cm/klines_BTCUSD_PERP_1M_latest_5.json", "cm/continuousKlines_BTCUSD_CURRENT_QUARTER_1M.json"};

/// Daily files and REST have this row, the month's file of BTCUSDT 1h has another one: low and volume are Binance's.
constexpr std::string_view kRevisedHour =
    "1610352000000,34372.25000000,35919.86000000,34101.01000000,35430.00000000,8456.96000000,1610355599999,"
    "299872410.31420570,168683,4145.51000000,147018354.70291428,0";

class Loader {
 public:
  Loader(const Fixtures& fixtures, const Catalogue& catalogue) : fixtures_(fixtures), catalogue_(catalogue) {}

  Overlay load() {
    load_archive();
    load_rest();
    load_anomalies();
    load_candles();
    overlay_.settle();
    return std::move(overlay_);
  }

 private:
  std::optional<Series> find(Market market, std::string_view symbol, std::string_view interval) const {
    const Symbol* found = catalogue_.find(market, symbol);
    if (found == nullptr) return std::nullopt;
    return Series{found, find_interval_of_rest(interval)};
  }

  void add(const Series& series, std::vector<Row> rows, int rank) {
    if (rows.empty()) return;
    // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): the analyzer loses what a list puts into a vector
    const Span span{rows.front().open_time, next_open(*series.interval, rows.back().open_time)};
    overlay_.add(series, std::make_shared<Recording>(span, rank, [rows = std::move(rows)] { return rows; }));
  }

  void load_archive() {
    for (const auto& path : fixtures_.files_under("archive")) {
      const auto file = parse_key(catalogue_, path.substr(std::string_view{"archive/"}.size()));
      if (!file) continue;
      const auto read = [fixtures = fixtures_, path] {
        return parse_archive_csv(read_zip(*fixtures.read(path))->content);
      };
      overlay_.add(file->series,
                   std::make_shared<Recording>(file->period, file->daily ? kDailyFile : kMonthlyFile, read));
    }
    if (fixtures_.has("archive/data/spot/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2021-01.zip")) {
      add(*find(Market::kSpot, "BTCUSDT", "1h"), {parse_csv(kRevisedHour).value()}, kComputed);
    }
  }

  void load_rest() {
    for (const auto& record : fixtures_.read_csv("rest/queries.csv")) {
      const std::string& file = record.at(0);
      const auto text = fixtures_.read("rest/" + file);
      if (text && record.at(1).ends_with("lines")) load_body(file, record.at(2), *text);  // klines, continuousKlines
    }
  }

  void load_body(const std::string& file, const std::string& query, const std::string& text) {
    const auto body = nlohmann::json::parse(text);
    const auto series = series_of(file.substr(0, file.find('/')), query);
    if (!series || !body.is_array()) return;
    std::vector<Row> rows;
    std::ranges::transform(body, std::back_inserter(rows), row_of_json);
    if (std::ranges::find(kEndInOpenCandle, file) != kEndInOpenCandle.end()) {
      overlay_.add_forming(*series, rows.back());
      rows.pop_back();
    }
    add(*series, std::move(rows), file.ends_with("_early.json") ? kEarlyRest : kRest);
  }

  std::optional<Series> series_of(const std::string& market_name, const std::string& query) const {
    std::map<std::string_view, std::string_view> fields;
    for (const auto pair : split(query, '&')) {
      const auto parts = split(pair, '=');
      fields[parts.front()] = parts.back();
    }
    const Market market = find_market(market_name)->id;
    const Symbol* symbol = fields.contains("pair")
                               ? catalogue_.find_continuous(market, fields["pair"], fields["contractType"])
                               : catalogue_.find(market, fields["symbol"]);
    if (symbol == nullptr) return std::nullopt;
    return Series{symbol, find_interval_of_rest(fields["interval"])};
  }

  static Row row_of_json(const nlohmann::json& element) {
    const auto text = [&](std::size_t i) { return Text{element.at(i).get_ref<const std::string&>()}; };
    const auto time = [&](std::size_t i) { return Instant{Millis{element.at(i).get<std::int64_t>()}}; };
    return {time(0), time(6), text(1), text(2), text(3), text(4), text(5), text(7), Text{element.at(8).dump()},
            text(9), text(10)};
  }

  /// Daily files of BTCUSDT 1m, and trades and volume of the rows that a halt cut short.
  void load_anomalies() {
    const auto series = find(Market::kSpot, "BTCUSDT", "1m");
    if (!series) return;
    constexpr std::string_view kPrefix = "anomalies/BTCUSDT-1m-";
    for (const auto& path : fixtures_.files_under("anomalies")) {
      if (!path.starts_with(kPrefix)) continue;
      const auto day = parse_day(std::string_view{path}.substr(kPrefix.size(), 10));
      if (!day) continue;
      const auto read = [fixtures = fixtures_, path] { return parse_archive_csv(*fixtures.read(path)); };
      overlay_.add(*series, std::make_shared<Recording>(*day, kDailyFile, read));
    }
    Generator generator{*series};
    for (const auto& fields : fixtures_.read_csv("anomalies/truncated_close_times.csv")) {
      Row row = generator.row(*parse_instant(fields.at(0)));
      row.close_time = *parse_instant(fields.at(1));
      set_volume(row, Text{fields.at(3)}, Text{fields.at(4)});
      add(*series, {row}, kComputed);
    }
  }

  static void set_volume(Row& row, const Text& volume, const Text& count) {
    row.volume = volume;
    row.count = count;
    row.taker_buy_volume = row.taker_buy_quote_volume = print_decimal(0, 0, 8);
    const double quote = volume.number() * row.close.number();
    row.quote_volume = print_decimal(static_cast<Units>(quote * 1e8), 8, 8);
    if (quote <= 0) row.high = row.low = row.close = row.open;
  }

  /// Lines of the archive, or tables with a header row, ISO times and the shortest decimals.
  void load_candles() {
    add_candles(Market::kSpot, "ADABTC", "1m", "adabtc_spot_1m_2021-11-27_first_10_rows");
    add_candles(Market::kSpot, "BTCUSDT", "1s", "btcusdt_spot_1s_2024-01-01T00_first_half_hour");
    add_candles(Market::kSpot, "BTCUSDT", "1h", "btcusdt_spot_1h_2024-01-01_to_03");
    add_candles(Market::kUsdM, "BTCUSDT", "1h", "btcusdt_futures_usdt_1h_2024-01-01_to_03");
    add_candles(Market::kCoinM, "BTCUSD_PERP", "1h", "btcusd_perp_coin_1h_2024-01-01_to_03");
  }

  void add_candles(Market market, std::string_view symbol, std::string_view interval, std::string_view name) {
    const auto series = find(market, symbol, interval);
    const auto text = fixtures_.read(fmt::format("candles/{}.csv", name));
    if (!series || !text) return;
    std::vector<Row> rows = parse_archive_csv(*text);
    if (rows.empty()) {
      auto lines = split(*text, '\n');
      for (const auto line : std::span{lines}.subspan(1)) {
        if (!line.empty()) rows.push_back(row_of_table(split(line, ','), market));
      }
    }
    if (market == Market::kSpot) std::ranges::for_each(rows, pad_to_spot);
    add(*series, std::move(rows), kCandles);
  }

  static Row row_of_table(const std::vector<std::string_view>& fields, Market market) {
    const auto text = [&](std::size_t i) { return Text{fields.at(i)}; };
    Row row{*parse_instant(fields.at(0)),
            *parse_instant(fields.at(6)),
            text(1),
            text(2),
            text(3),
            text(4),
            text(5),
            text(7),
            text(8),
            text(9),
            text(10)};
    if (market == Market::kCoinM) {
      for (Text Row::* const column : {&Row::open, &Row::high, &Row::low, &Row::close})
        row.*column = padded(row.*column, 1);
      for (Text Row::* const column : {&Row::quote_volume, &Row::taker_buy_quote_volume})
        row.*column = padded(row.*column, 8);
    }
    return row;
  }

  static void pad_to_spot(Row& row) {
    for (Text Row::* const column : {&Row::open, &Row::high, &Row::low, &Row::close, &Row::volume, &Row::quote_volume,
                                     &Row::taker_buy_volume, &Row::taker_buy_quote_volume}) {
      row.*column = padded(row.*column, 8);
    }
  }

  static Text padded(const Text& text, std::size_t decimals) {
    std::string result{text.view()};
    if (result.find('.') == std::string::npos) result += '.';
    while (result.size() - result.find('.') - 1 < decimals) result += '0';
    return Text{result};
  }

  const Fixtures& fixtures_;
  const Catalogue& catalogue_;
  Overlay overlay_;
};

}  // namespace

Overlay load_overlay(const Fixtures& fixtures, const Catalogue& catalogue) {
  return Loader{fixtures, catalogue}.load();
}

}  // namespace replica
