// How many bytes are written when the last minutes of a month of 1s are polled: 1,000 polls of one more minute each,
// near the end of the month, against what rewriting the month each time would write.
//   klinekeep-bench-small_additions FOLDER     (an empty one, with room for 1 GB)

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/candle_maker.hpp"
#include "core/times.hpp"
#include "store/fake_files.hpp"
#include "store/store.hpp"

namespace klinekeep::store {
namespace {

constexpr int kPolls = 1'000;
constexpr std::size_t kAtOnce = 100'000;  // FakeFiles writes no more at once, and is asked again for the rest
constexpr Month kMonth = std::chrono::year{2024} / 3;

std::int64_t bytes_written(FakeFiles& files) {
  std::int64_t bytes = 0;
  for (const Operation& each : files.take()) {
    if (each.what == "write") bytes += std::min(each.size, static_cast<std::int64_t>(kAtOnce));
  }
  return bytes;
}

Addition of(Origin origin, const TimeRange& range) {
  return {origin, Trust::verified, range, candles_in(range, Interval::SECOND_1), at("2024-06-01"), std::nullopt};
}

int run(const std::filesystem::path& folder) {
  const auto files = std::make_shared<FakeFiles>();
  const Store store{folder, files};
  const Series series{MarketType::SPOT, Symbol{"BTCUSDT"}, Interval::SECOND_1};
  const auto path = folder / "spot/data/BTCUSDT/1s/202403.arrow";
  Timestamp end = at("2024-03-31");
  {
    const Addition month = of(Origin::monthly, {range_of(kMonth).begin, end});
    store.commit(series, kMonth, {&month});
  }
  const auto base = static_cast<double>(std::filesystem::file_size(path));
  (void)files->take();
  std::int64_t written = 0;
  std::int64_t folds = 0;
  double rewriting = 0;
  for (int poll = 1; poll <= kPolls; ++poll) {
    const TimeRange minute{end, end + std::chrono::minutes{1}};
    const Addition addition = of(Origin::rest, minute);
    store.commit(series, kMonth, {&addition});
    end = minute.end;
    const std::int64_t bytes = bytes_written(*files);
    if (static_cast<double>(bytes) > base / 2) ++folds;
    written += bytes;
    rewriting += base + 60.0 * 88 * poll;
  }
  fmt::print(
      "base of {:.0f} MB; {} polls of 60 rows wrote {:.0f} MB in all ({} folds): {:.2f} MB a poll, {:.1f} bases.\n",
      base / 1e6, kPolls, static_cast<double>(written) / 1e6, folds, static_cast<double>(written) / 1e6 / kPolls,
      static_cast<double>(written) / base);
  fmt::print("Rewriting the month each time would write {:.0f} MB: {:.0f} times as much.\n", rewriting / 1e6,
             rewriting / static_cast<double>(written));
  // The figure is of a cache that is right.
  auto snapshot = store.snapshot(series, range_of(kMonth));
  const RangeSet all{{range_of(kMonth).begin, end}};
  return snapshot.known({}).present == all ? 0 : 1;
}

}  // namespace
}  // namespace klinekeep::store

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: klinekeep-bench-small_additions FOLDER\n", stderr);
    return 2;
  }
  return klinekeep::store::run(arguments[1]);
}
