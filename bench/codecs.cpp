// What parsing costs: an archive file in memory to Arrow columns beside inflating and hashing it alone, each CSV
// kernel, and a body of REST beside bare simdjson with numbers eight digits at a time. Before anything is timed, all
// must agree.
//   klinekeep-bench-codecs [--benchmark_filter=REGEX]

#include <arrow/table.h>
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <array>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "archive_csv.hpp"
#include "codecs/csv.hpp"
#include "codecs/digest.hpp"
#include "codecs/klines_json.hpp"
#include "codecs/plain_number.hpp"
#include "codecs/reference.hpp"
#include "codecs/zip.hpp"
#include "frame/table.hpp"
#include "inflate_and_hash.hpp"
#include "side_by_side.hpp"

namespace klinekeep::bench {
namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kTenDays = 10 * kDay;
constexpr std::int64_t kMonth = 31 * kDay;

bool same(const Candles& a, const Candles& b) {
  bool same = a.size() == b.size();
  for (std::size_t row = 0; same && row < a.size(); ++row) same = a.same_row(row, b, row);
  return same;
}

const std::string& csv_of(std::int64_t rows, Layout layout) {
  static std::map<std::pair<std::int64_t, Layout>, std::string> made;
  std::string& csv = made[{rows, layout}];
  if (csv.empty()) csv = busy_seconds(static_cast<std::size_t>(rows), layout);
  return csv;
}

const std::string& zip_of_seconds(std::int64_t rows) {
  static std::map<std::int64_t, std::string> made;
  std::string& zip = made[rows];
  if (zip.empty()) zip = zip_of(csv_of(rows, Layout::spot_ms));
  return zip;
}

Candles parse(const std::string& csv, codecs::CsvKernel kernel) {
  Candles candles;
  codecs::CsvParser parser{candles, kernel};
  const std::string_view all = csv;
  for (std::size_t at = 0; at < all.size(); at += codecs::kExtractBlock) {
    require(parser.feed(all.substr(at, codecs::kExtractBlock)).has_value(), "a block is good");
  }
  require(parser.finish().has_value(), "a file is good");
  return candles;
}

/// What an archive file goes through from its bytes to a table, in memory of `stock`; without one, of the heap.
std::shared_ptr<arrow::Table> table_of(const std::string& zip, std::int64_t rows,
                                       const std::shared_ptr<PageStock>& stock) {
  Candles candles = candles_in(stock);
  candles.reserve(static_cast<std::size_t>(rows) + codecs::kRowsAhead);
  read(zip, candles);
  return frame::to_table(std::move(candles));
}

enum class Memory {
  heap,   // without PageStock
  first,  // of a request
  later,  // which has the memory of one before it
};

void archive_file(benchmark::State& state, Memory memory) {
  const std::int64_t rows = state.range(0);
  const std::string& zip = zip_of_seconds(rows);
  const Candles expected = parse(csv_of(rows, Layout::spot_ms), codecs::CsvKernel::none);
  auto stock = memory == Memory::heap ? nullptr : std::make_shared<PageStock>();
  require(same(frame::to_candles(*table_of(zip, rows, stock)), expected), "the table is what from_chars reads");
  side_by_side(state, InflateAndHash{zip}, [&] {
    if (memory == Memory::first) stock = std::make_shared<PageStock>();
    benchmark::DoNotOptimize(table_of(zip, rows, stock));
  });
  state.counters["zip_MB"] = static_cast<double>(zip.size()) / 1e6;
}
#define KLINEKEEP_SIZES ->Arg(kDay)->Arg(kTenDays)->Arg(kMonth)->UseManualTime()->Unit(benchmark::kMillisecond)
BENCHMARK_CAPTURE(archive_file, heap, Memory::heap) KLINEKEEP_SIZES;
BENCHMARK_CAPTURE(archive_file, first, Memory::first) KLINEKEEP_SIZES;
BENCHMARK_CAPTURE(archive_file, later, Memory::later) KLINEKEEP_SIZES;

/// Into columns that are there already: fresh pages are not the kernel's.
void csv_kernel(benchmark::State& state, codecs::CsvKernel kernel, Layout layout) {
  if (!codecs::runs_here(kernel)) return state.SkipWithError("this processor lacks it");
  const std::string& csv = csv_of(state.range(0), layout);
  Candles candles = parse(csv, kernel);
  require(same(candles, parse(csv, codecs::CsvKernel::none)), "all kernels read the same");
  const std::string_view all = csv;
  for (auto _ : state) {
    std::apply([](auto&... column) { (column.clear(), ...); }, candles.columns());
    codecs::CsvParser parser{candles, kernel};
    for (std::size_t at = 0; at < all.size(); at += codecs::kExtractBlock) {
      require(parser.feed(all.substr(at, codecs::kExtractBlock)).has_value(), "a block is good");
    }
    require(parser.finish().has_value(), "a file is good");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(csv.size()));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
void spot_ms(benchmark::State& state, codecs::CsvKernel kernel) { csv_kernel(state, kernel, Layout::spot_ms); }
void spot_us(benchmark::State& state, codecs::CsvKernel kernel) { csv_kernel(state, kernel, Layout::spot_us); }
void futures(benchmark::State& state, codecs::CsvKernel kernel) { csv_kernel(state, kernel, Layout::futures); }
#define KLINEKEEP_KERNEL(layout, kernel) \
  BENCHMARK_CAPTURE(layout, kernel, codecs::CsvKernel::kernel)->Arg(kDay)->Arg(kMonth)->Unit(benchmark::kMillisecond)
KLINEKEEP_KERNEL(spot_ms, none);
KLINEKEEP_KERNEL(spot_ms, swar);
KLINEKEEP_KERNEL(spot_ms, avx2);
KLINEKEEP_KERNEL(spot_us, none);
KLINEKEEP_KERNEL(spot_us, swar);
KLINEKEEP_KERNEL(spot_us, avx2);
KLINEKEEP_KERNEL(futures, none);
KLINEKEEP_KERNEL(futures, swar);
KLINEKEEP_KERNEL(futures, avx2);

/// The least that can be done with a body by simdjson: its strings as they stand, numbers eight digits at a time, no
/// question whether a row is a good one, into columns that are there.
class BareKlines {
 public:
  explicit BareKlines(const std::string& body, std::size_t rows) : body_(body) {
    for (auto& column : decimals_) column.resize(rows);
    for (auto& column : integers_) column.resize(rows);
  }

  void operator()() {
    simdjson::ondemand::document document = parser_.iterate(body_);
    std::size_t row = 0;
    for (auto elements : document.get_array()) {
      std::size_t index = 0;
      std::size_t decimal = 0;
      std::size_t integer = 0;
      for (auto element : elements.get_array()) {
        if (index == 0 || index == 6 || index == 8) {
          integers_[integer++][row] = element.get_int64();
        } else {
          const char* text = element.get_raw_json_string().value().raw();
          require(codecs::take_decimal(text, decimals_[decimal++][row]), "a number is plain");
        }
        ++index;
      }
      ++row;
    }
    benchmark::ClobberMemory();
  }

  [[nodiscard]] const CandleColumn<double>& volumes() const { return decimals_[4]; }

 private:
  simdjson::padded_string body_;
  simdjson::ondemand::parser parser_;
  std::array<CandleColumn<double>, 9> decimals_;
  std::array<std::vector<std::int64_t>, 3> integers_;
};

void klines_json(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const std::string body = klines_body(rows);
  const Candles candles = codecs::parse_klines(body).value();
  require(same(candles, codecs::reference::klines(body).value()), "the rows are what strtod reads");
  BareKlines bare{body, rows};
  bare();
  require(candles.volume == bare.volumes(), "both read the same");
  side_by_side(state, bare, [&] { benchmark::DoNotOptimize(codecs::parse_klines(body)); });
}
BENCHMARK(klines_json)->Arg(100)->Arg(1'000)->Arg(10'000)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace klinekeep::bench

BENCHMARK_MAIN();
