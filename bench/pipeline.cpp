// What the way of an archive file costs from the bytes of its zip to a committed partition, beside the least that it
// can: inflating and hashing it, and writing and syncing what is committed. And what an object costs beside that. The
// answer is first held against what strtod reads. All in processor time, user and system, of one thread.
//   klinekeep-bench-pipeline FOLDER [--benchmark_filter=REGEX]

#include <arrow/record_batch.h>
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "archive_csv.hpp"
#include "codecs/csv.hpp"
#include "codecs/digest.hpp"
#include "core/times.hpp"
#include "frame/table.hpp"
#include "inflate_and_hash.hpp"
#include "manager/additions.hpp"
#include "side_by_side.hpp"
#include "sources/archive_runner.hpp"
#include "sources/memory_share.hpp"
#include "store/store.hpp"
#include "transport/fakes.hpp"

namespace klinekeep::bench {
namespace {

std::filesystem::path folder;  // NOLINT(*-avoid-non-const-global-variables)

/// One object and its CHECKSUM, from memory, in the pieces in which curl hands them out.
class OneObject final : public transport::HttpTransport {
 public:
  OneObject(std::string name, const std::string& zip)
      : zip_(zip), checksum_(fmt::format("{}  {}\n", codecs::hex(codecs::sha256(zip)), name)) {}

  void start(transport::HttpRequest request, transport::BodySink& sink, transport::TimeBudget& /*budget*/,
             std::stop_token /*stop*/, std::function<void(transport::Outcome)> done) override {
    constexpr std::size_t kPiece = 16 * 1024;
    std::string_view body = request.url.ends_with(".CHECKSUM") ? std::string_view{checksum_} : std::string_view{zip_};
    transport::ResponseHead head;
    head.status = 200;
    head.headers.push_back({"Content-Length", std::to_string(body.size())});
    head.headers.push_back({"Last-Modified", "Mon, 05 Feb 2024 03:00:00 GMT"});
    sink.start(head);
    for (; !body.empty(); body.remove_prefix(std::min(body.size(), kPiece))) {
      require(sink.write(body.substr(0, kPiece)), "a body is taken");
    }
    done(std::move(head));
  }

 private:
  const std::string& zip_;
  std::string checksum_;
};

/// An archive file of January 2024, or of its first day.
struct File {
  Series series;
  planner::Step step;
  std::string csv;
  std::string zip;
  std::string name;

  File(Interval interval, bool month)
      : series{MarketType::SPOT, Symbol{"BTCUSDT"}, interval},
        step{.action = planner::ArchiveFile{month ? planner::Granularity::monthly : planner::Granularity::daily,
                                            at("2024-01-01"), false},
             .range = range("2024-01-01", month ? "2024-02-01" : "2024-01-02"),
             .requests = 2,
             .bytes = 0,
             .reason = {}} {
    const auto rows = static_cast<std::size_t>(interval.count(step.range));
    const std::int64_t step_ms = interval == Interval::SECOND_1 ? 1000 : 60'000;
    const std::string stem = fmt::format("BTCUSDT-{}-2024-01{}", interval.name(), month ? "" : "-01");
    name = stem + ".zip";
    csv = busy_seconds(rows, Layout::spot_ms, step_ms);
    zip = zip_of(csv, stem + ".csv");
  }
};

const File& file_of(Interval interval, bool month) {
  static std::map<std::pair<Interval::Value, bool>, File> made;
  return made.try_emplace({interval, month}, interval, month).first->second;
}

/// From the bytes of the zip to the partition.
class Pipeline {
 public:
  explicit Pipeline(const File& file)
      : file_(file),
        services_{.transport = std::make_shared<OneObject>(file.name, file.zip),
                  .limiter = std::make_shared<transport::FreeLimiter>(),
                  .sleeper = std::make_shared<transport::FakeSleeper>(time_),
                  .exchange_clock = std::make_shared<transport::ExchangeClock>(time_.clock()),
                  .clock = time_.clock(),
                  .random = [] { return 0.5; }} {}

  [[nodiscard]] store::Addition fetch() {
    sources::ArchiveRunner runner{file_.series, options_, services_};
    sources::StepResult result = sources::run_alone(runner, file_.step, {}, *budget_->share());
    const planner::Wanted wanted{file_.series, file_.step.range};
    manager::Additions additions = manager::additions_of(wanted, file_.step, result);
    return std::move(additions.settled.front());
  }
  void commit(const store::Addition& addition) const {
    std::filesystem::remove_all(root());
    const store::Store store{root()};
    require(store.commit(file_.series, month(), {&addition}).wrote, "a month is committed");
  }
  void operator()() { commit(fetch()); }
  /// As the first object of a request, which has no memory of another.
  void first() {
    budget_ = std::make_unique<sources::MemoryBudget>(kBytesAtOnce);
    (*this)();
  }

  [[nodiscard]] Candles rows() const {
    const store::Store store{root()};
    store::Snapshot snapshot = store.snapshot(file_.series, file_.step.range);
    std::vector<std::size_t> columns;
    for (std::size_t column = 0; column < kSchema.size(); ++column) columns.push_back(column);
    require(snapshot.prove(file_.step.range, columns, Verify::AUTO).empty(), "nothing is damaged");
    Candles rows;
    for (const auto& batch : snapshot.rows(file_.step.range, {}, columns, /*keep_off_grid=*/true)) {
      const Candles part = frame::to_candles(*batch);
      rows.append(part, 0, part.size());
    }
    return rows;
  }
  [[nodiscard]] std::string partition() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator{root()}) {
      if (entry.path().extension() != ".arrow") continue;
      std::ifstream stream{entry.path(), std::ios::binary};
      return {std::istreambuf_iterator<char>{stream}, {}};
    }
    throw std::runtime_error("there is no partition");
  }

 private:
  [[nodiscard]] store::Month month() const { return store::month_of(file_.step.range.begin); }
  [[nodiscard]] static std::filesystem::path root() { return folder / "cache"; }

  static constexpr std::int64_t kBytesAtOnce = 400 << 20;

  const File& file_;
  std::unique_ptr<sources::MemoryBudget> budget_ = std::make_unique<sources::MemoryBudget>(kBytesAtOnce);
  transport::FakeTime time_{at("2024-03-01")};
  VisionOptions options_;
  transport::Services services_;
};

/// Writes `bytes` to a new file in large pieces, and syncs it.
void write_and_sync(const std::string& bytes) {
  constexpr std::size_t kPiece = 1 << 20;
  const std::filesystem::path path = folder / "same.bytes";
  std::filesystem::remove(path);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  require(file >= 0, "a file is made");
  require(::fallocate(file, 0, 0, static_cast<off_t>(bytes.size())) == 0, "it is laid out");
  for (std::size_t begin = 0; begin < bytes.size();) {
    const auto written = ::write(file, bytes.data() + begin, std::min(kPiece, bytes.size() - begin));
    require(written > 0, "it is written");
    begin += static_cast<std::size_t>(written);
  }
  require(::fdatasync(file) == 0, "it is synced");
  ::close(file);
}

void into_the_cache(benchmark::State& state, Interval interval, bool month, bool is_first = false) {
  const File& file = file_of(interval, month);
  Pipeline pipeline{file};
  pipeline();
  Candles expected;
  codecs::CsvParser parser{expected, codecs::CsvKernel::none};
  require(parser.feed(file.csv).has_value() && parser.finish().has_value(), "a file is good");
  const Candles rows = pipeline.rows();
  require(rows.size() == expected.size(), "all rows are there");
  for (std::size_t row = 0; row < rows.size(); ++row) require(rows.same_row(row, expected, row), "and the same");

  const std::string bytes = pipeline.partition();
  InflateAndHash least{file.zip};
  const auto theirs = [&] {
    least();
    write_and_sync(bytes);
  };
  is_first ? side_by_side(state, theirs, [&] { pipeline.first(); }) : side_by_side(state, theirs, pipeline);
  state.counters["zip_MB"] = static_cast<double>(file.zip.size()) / 1e6;
}
BENCHMARK_CAPTURE(into_the_cache, month_of_1s, Interval::SECOND_1, true)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(into_the_cache, first_month_of_1s, Interval::SECOND_1, true, true)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(into_the_cache, day_of_1s, Interval::SECOND_1, false)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(into_the_cache, month_of_1m, Interval::MINUTE_1, true)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(into_the_cache, day_of_1m, Interval::MINUTE_1, false)->UseManualTime()->Unit(benchmark::kMillisecond);

/// The way to a commit beside its parts: hashing, unpacking and parsing.
void one_object(benchmark::State& state, bool month) {
  const File& file = file_of(Interval::MINUTE_1, month);
  Pipeline pipeline{file};
  const codecs::ZipEntry entry = codecs::only_entry(file.zip).value();
  const auto parts = [&] {
    auto sum = codecs::sha256(file.zip);
    benchmark::DoNotOptimize(sum);
    Candles candles;
    candles.reserve(static_cast<std::size_t>(Interval{Interval::MINUTE_1}.count(file.step.range)) + codecs::kRowsAhead);
    codecs::CsvParser parser{candles};
    require(codecs::extract(entry, entry.size, [&](std::string_view block) { return parser.feed(block); }).has_value(),
            "a zip is good");
    require(parser.finish().has_value(), "a file is good");
    benchmark::DoNotOptimize(candles);
  };
  side_by_side(state, parts, [&] { benchmark::DoNotOptimize(pipeline.fetch()); });
  state.counters["fixed_us"] = 1e3 * (state.counters["ours_ms"] - state.counters["theirs_ms"]);
}
BENCHMARK_CAPTURE(one_object, month_of_1m, true)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(one_object, day_of_1m, false)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace klinekeep::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 2) return 2;
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);  // both as the command line does
  ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
  klinekeep::bench::folder = argv[1];
  std::filesystem::create_directories(klinekeep::bench::folder);
  benchmark::RunSpecifiedBenchmarks();
}
