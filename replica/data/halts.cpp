#include "data/halts.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "core/hash.hpp"

namespace replica {
namespace {

/// From `from` on no candle of a minute opened for `minutes`; the one before closed `cut` ms before its end on BTCUSDT.
struct Halt {
  std::int64_t from;
  std::int64_t minutes;
  std::int64_t cut;

  Instant start() const { return Instant{Millis{from}}; }
  Instant end() const { return start() + std::chrono::minutes{minutes}; }
};

// The gaps of BTCUSDT spot 1m from 2017-08-17 to 2025-11-30 as found in Binance's files, and one row that was cut
// without a gap after it (2021-12-24). The last one is invented: it covers a whole UTC day, in all markets.
constexpr std::array<Halt, 37> kSpotHalts{{
    {1504713660000, 419, 59999},   // 2017-09-06 16:01
    {1512367260000, 48, 39201},    // 2017-12-04 06:01
    {1513591260000, 13, 17554},    // 2017-12-18 10:01
    {1513600200000, 64, 46580},    // 2017-12-18 12:30
    {1515034860000, 125, 45161},   // 2018-01-04 03:01
    {1518049740000, 2011, 45211},  // 2018-02-08 00:29
    {1518242400000, 15, 0},        // 2018-02-10 06:00
    {1518321660000, 34, 59000},    // 2018-02-11 04:01
    {1529978400000, 600, 0},       // 2018-06-26 02:00
    {1530104400000, 105, 0},       // 2018-06-27 13:00
    {1530663780000, 457, 34448},   // 2018-07-04 00:23
    {1539928800000, 210, 0},       // 2018-10-19 06:00
    {1542160800000, 420, 0},       // 2018-11-14 02:00
    {1552356000000, 360, 0},       // 2019-03-12 02:00
    {1557889200000, 600, 0},       // 2019-05-15 03:00
    {1559942040000, 61, 46475},    // 2019-06-07 21:14
    {1565834400000, 480, 0},       // 2019-08-15 02:00
    {1573610400000, 140, 0},       // 2019-11-13 02:00
    {1573623000000, 3, 0},         // 2019-11-13 05:30
    {1574647200000, 120, 0},       // 2019-11-25 02:00
    {1581213600000, 60, 0},        // 2020-02-09 02:00
    {1582112160000, 354, 27713},   // 2020-02-19 11:36
    {1583313720000, 128, 13305},   // 2020-03-04 09:22
    {1587780000000, 150, 0},       // 2020-04-25 02:00
    {1593309600000, 210, 0},       // 2020-06-28 02:00
    {1606716000000, 60, 0},        // 2020-11-30 06:00
    {1608558480000, 252, 39478},   // 2020-12-21 13:48
    {1608861600000, 60, 0},        // 2020-12-25 02:00
    {1613014860000, 79, 5226},     // 2021-02-11 03:41
    {1614996000000, 90, 0},        // 2021-03-06 02:00
    {1618884000000, 150, 0},       // 2021-04-20 02:00
    {1619323260000, 284, 1853},    // 2021-04-25 04:01
    {1628820000000, 270, 999},     // 2021-08-13 02:00
    {1632898800000, 120, 0},       // 2021-09-29 07:00
    {1640322000000, 0, 5637},      // 2021-12-24 05:00
    {1679661600000, 80, 18353},    // 2023-03-24 12:40
    {1766007000000, 1740, 21345},  // 2025-12-17 21:30 to 2025-12-19 02:30
}};

// Invented, but for their kind.
constexpr std::array<Halt, 4> kFuturesHalts{{
    {1584065400000, 25, 17200},    // 2020-03-13 02:10
    {1621429500000, 42, 0},        // 2021-05-19 13:05
    {1694430000000, 15, 3999},     // 2023-09-11 11:00
    {1766007000000, 1740, 40120},  // 2025-12-17 21:30 to 2025-12-19 02:30
}};

std::span<const Halt> halts_of(Market market) {
  if (market == Market::kSpot) return kSpotHalts;
  return kFuturesHalts;
}

/// The last halt that starts before t.
const Halt* halt_before(Market market, Instant t) {
  const auto halts = halts_of(market);
  const auto after = std::ranges::lower_bound(halts, t, {}, &Halt::start);
  return after == halts.begin() ? nullptr : &*std::prev(after);
}

}  // namespace

bool halted(Market market, Span span) {
  const Halt* halt = halt_before(market, span.from + Millis{1});
  return halt != nullptr && halt->end() >= span.to;
}

Instant close_time_of(const Symbol& symbol, Span span) {
  const Instant regular = span.to - Millis{1};
  const Halt* halt = halt_before(symbol.market, span.to + Millis{1});
  if (halt == nullptr || halt->start() <= span.from || halt->end() < span.to) return regular;
  if (halt->cut == 0) return halt->start() - Millis{1};
  const bool recorded = symbol.market == Market::kSpot && symbol.name == "BTCUSDT";
  const auto varied =
      static_cast<std::int64_t>(mix(hash_text(symbol.name), static_cast<std::uint64_t>(halt->from)) % 59'000);
  const Instant cut = halt->start() - Millis{1} - Millis{recorded ? halt->cut : varied};
  return cut < span.from ? regular : cut;
}

}  // namespace replica
