// What an answer from the cache costs in C++. Every answer is proven right before it is timed.
//   klinekeep-bench-warm [--benchmark_filter=…]    makes 0.7 GB where temporary files go, and removes it
//
// get_data/rows            a window of 1s, its partition proven in this process
// get_data/columns         the same 24 h, that many columns
// get_data/partitions      24 h of 1s, with so many other partitions in the cache
// get_data/opened          the same, after so many of them were read by this process
// get_data/months          so many months of 1m, proven
// first_touch              24 h and more of 1s, of a partition that this process has not opened yet; beside it open,
//                          map and the XXH3-128 of the same batches, and nothing else
// sum                      so many months of 1m, proven: get_data and the sum of all values; beside it the sum of as
//                          many in memory

#include <arrow/array/array_primitive.h>
#include <arrow/chunked_array.h>
#include <arrow/table.h>
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <stdexcept>

#include "core/candle_maker.hpp"
#include "core/times.hpp"
#include "frame/table.hpp"
#include "klinekeep/data_source_manager.hpp"
#include "side_by_side.hpp"
#include "some_cache.hpp"
#include "store/hash.hpp"
#include "store/partition.hpp"

namespace klinekeep::bench {
namespace {

using std::chrono::seconds;
using store::Month;

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kMonthRows = 31 * kDay;
constexpr Month kMonth = std::chrono::year{2024} / 3;
const Timestamp kBegin = at("2024-03-01");
constexpr int kFirstYear = 2016;
constexpr std::int64_t kBytesPerRow = 11 * sizeof(double);

Series seconds_of_bitcoin() { return {MarketType::SPOT, Symbol{"BTCUSDT"}, Interval::SECOND_1}; }
Series minutes_of_bitcoin() { return {MarketType::SPOT, Symbol{"BTCUSDT"}, Interval::MINUTE_1}; }

/// A cache of a month of 1s, and of others of 1d.
class Cache {
 public:
  explicit Cache(int others) : manager_({.cache_dir = folder_.path()}) {
    write_month(folder_.path(), seconds_of_bitcoin(), kMonth);
    write_many(folder_.path(), others);
  }
  [[nodiscard]] const DataSourceManager& manager() const { return manager_; }
  [[nodiscard]] std::filesystem::path path() const {
    return store::Layout{folder_.path()}.partition({seconds_of_bitcoin(), kMonth, store::Part::base});
  }

 private:
  Folder folder_;
  DataSourceManager manager_;
};

Cache& cache_of(int others) {
  static std::map<int, std::unique_ptr<Cache>> made;
  auto& cache = made[others];
  if (!cache) cache = std::make_unique<Cache>(others);
  return *cache;
}

FetchResult get(const DataSourceManager& manager, std::int64_t rows, const GetOptions& options = {}) {
  return manager.get_data(Symbol{"BTCUSDT"}, Interval::SECOND_1, kBegin, kBegin + seconds{rows - 1}, options);
}

void check(bool right) {
  if (!right) throw std::logic_error("the answer is wrong");
}

void prove(const FetchResult& result, const TimeRange& range, Interval interval) {
  check(result.report.requests == 0 && result.report.gaps.empty() && result.report.missing.empty());
  const Candles right = candles_in(range, interval);
  check(result.report.rows == std::ssize(right.open_time));
  check(same(frame::to_candles(*result.table), right));
}

void prove(const DataSourceManager& manager, std::int64_t rows) {
  prove(get(manager, rows), {kBegin, kBegin + seconds{rows}}, Interval::SECOND_1);
}

void rows(benchmark::State& state) {
  const DataSourceManager& manager = cache_of(0).manager();
  prove(manager, state.range(0));
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(get(manager, state.range(0)));
}

void columns(benchmark::State& state) {
  const DataSourceManager& manager = cache_of(0).manager();
  prove(manager, kDay);
  std::vector<std::string> names;
  for (const Column& column : std::span{kSchema}.first(static_cast<std::size_t>(state.range(0))))
    names.emplace_back(column.name);
  const GetOptions options{.columns = Columns{names}};
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(get(manager, kDay, options));
}

void partitions(benchmark::State& state) {
  const DataSourceManager& manager = cache_of(static_cast<int>(state.range(0)) - 1).manager();
  prove(manager, kDay);
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(get(manager, kDay));
}

void opened(benchmark::State& state) {
  const int others = static_cast<int>(state.range(0)) - 1;
  const DataSourceManager& manager = cache_of(others).manager();
  for (int number = 0; number < others; ++number) {
    const TimeRange range = store::range_of(month_of_many(number));
    const auto got = manager.get_data(series_of_many(number).symbol, Interval::DAY_1, range.begin,
                                      range.end - Duration{1}, {.enforce_source = DataSource::CACHE});
    check(got.report.rows ==
          range.end.time_since_epoch() / std::chrono::days{1} - range.begin.time_since_epoch() / std::chrono::days{1});
  }
  prove(manager, kDay);
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(get(manager, kDay));
}

/// So that no one who has it open takes it for the file that it was.
void make_new(const std::filesystem::path& path) {
  std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now());
}

void first_touch(benchmark::State& state) {
  const Cache& cache = cache_of(0);
  prove(cache.manager(), state.range(0));
  const std::filesystem::path path = cache.path();
  const auto opened =
      store::Partition::open(store::real_files(), path, {seconds_of_bitcoin(), kMonth, store::Part::base});
  const store::Footer& footer = opened.partition->footer();
  const std::int64_t end = to_ms(kBegin + seconds{state.range(0)});
  const auto best = [&] {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status{};
    check(::fstat(fd, &status) == 0);
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    check(address != MAP_FAILED);
    const std::span all{static_cast<const std::byte*>(address), size};
    for (const store::BatchEntry& batch : footer.batches) {
      if (batch.first >= end) break;
      for (std::size_t column = 0; column < kSchema.size(); ++column) {
        const auto bytes = all.subspan(static_cast<std::size_t>(batch.column_offset(column)),
                                       static_cast<std::size_t>(batch.rows * store::kValueBytes));
        check(store::xxh3(bytes) == batch.xxh3.at(column));
      }
    }
    ::munmap(address, size);
    ::close(fd);
    make_new(path);
  };
  side_by_side(state, best, [&] { benchmark::DoNotOptimize(get(cache.manager(), state.range(0))); });
}

/// Months of 1m.
class Minutes {
 public:
  explicit Minutes(int months) : manager_({.cache_dir = folder_.path()}) {
    const Month first{std::chrono::year{kFirstYear}, std::chrono::January};
    for (int month = 0; month < months; ++month) {
      write_month(folder_.path(), minutes_of_bitcoin(), first + std::chrono::months{month});
    }
    range_ = {std::chrono::sys_days{first / 1}, std::chrono::sys_days{(first + std::chrono::months{months}) / 1}};
    prove(get(), range_, Interval::MINUTE_1);
  }
  [[nodiscard]] FetchResult get() const {
    return manager_.get_data(Symbol{"BTCUSDT"}, Interval::MINUTE_1, range_.begin, range_.end - Duration{1});
  }
  [[nodiscard]] std::int64_t rows() const { return Interval{Interval::MINUTE_1}.count(range_); }

 private:
  TimeRange range_{};
  Folder folder_;
  DataSourceManager manager_;
};

const Minutes& minutes_of(std::int64_t months) {
  static std::map<std::int64_t, Minutes> made;
  return made.try_emplace(months, static_cast<int>(months)).first->second;
}

/// In eight accumulators, so that what is waited for is memory.
double sum_of(std::span<const double> values) {
  std::array<double, 8> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= values.size(); i += sums.size()) {
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += values[i + j];
  }
  return std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(i), values.end(),
                         std::accumulate(sums.begin(), sums.end(), 0.0));
}

/// Times as if they were doubles: it is their bytes that count.
double sum_of(const arrow::Table& table) {
  double sum = 0;
  for (const auto& column : table.columns()) {
    for (const auto& chunk : column->chunks()) {
      sum += sum_of({chunk->data()->GetValues<double>(1), static_cast<std::size_t>(chunk->length())});
    }
  }
  return sum;
}

void months(benchmark::State& state) {
  const Minutes& minutes = minutes_of(state.range(0));
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(minutes.get());
}

void sum(benchmark::State& state) {
  const Minutes& minutes = minutes_of(state.range(0));
  const std::int64_t bytes = minutes.rows() * kBytesPerRow;
  const std::vector<double> values(static_cast<std::size_t>(bytes) / sizeof(double), 1.0);
  side_by_side(
      state, [&] { benchmark::DoNotOptimize(sum_of(values)); },
      [&] { benchmark::DoNotOptimize(sum_of(*minutes.get().table)); });
  state.counters["GB/s"] = static_cast<double>(bytes) / 1e6 / state.counters["ours_ms"];
}

BENCHMARK(rows)->Name("get_data/rows")->Arg(kDay / 24)->Arg(kDay)->Arg(10 * kDay)->Arg(kMonthRows);
BENCHMARK(columns)->Name("get_data/columns")->Arg(1)->Arg(6)->Arg(11);
BENCHMARK(partitions)->Name("get_data/partitions")->Arg(1)->Arg(100)->Arg(10'000);
BENCHMARK(opened)->Name("get_data/opened")->Arg(1)->Arg(100)->Arg(10'000);
BENCHMARK(months)->Name("get_data/months")->Arg(1)->Arg(10)->Arg(96);
#define KLINEKEEP_BESIDE ->UseManualTime()->Unit(benchmark::kMillisecond)
BENCHMARK(first_touch)->Name("first_touch")->Arg(kDay)->Arg(10 * kDay)->Arg(kMonthRows) KLINEKEEP_BESIDE;
BENCHMARK(sum)->Name("sum")->Arg(1)->Arg(10)->Arg(96) KLINEKEEP_BESIDE;

}  // namespace
}  // namespace klinekeep::bench

BENCHMARK_MAIN();
