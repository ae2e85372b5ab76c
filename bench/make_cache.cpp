// Makes a cache of many small partitions: symbols of up to 100 months each, of 1d.
//   klinekeep-bench-make_cache FOLDER PARTITIONS

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "core/candle_maker.hpp"
#include "core/times.hpp"
#include "store/writer.hpp"

namespace klinekeep::store {
namespace {

constexpr int kMonths = 100;  // of a symbol, from 2016-01 on
const Timestamp kAsked = at("2024-06-01");

Content content_of(Month month) {
  const TimeRange range = range_of(month);
  Content content;
  content.rows = candles_in(range, Interval::DAY_1);
  content.coverage.answered = {{Origin::monthly, Trust::verified, range, kAsked}};
  content.coverage.files = {{"file.zip", Trust::verified, std::string(64, 'a'), std::string(32, 'e'), kAsked}};
  return content;
}

int run(const std::filesystem::path& folder, int partitions) {
  const auto files = real_files();
  const Layout layout{folder};
  for (int number = 0; number < partitions; ++number) {
    const Series series{MarketType::SPOT, Symbol{fmt::format("COIN{:04}USDT", number / kMonths)}, Interval::DAY_1};
    const Month month = Month{std::chrono::year{2016}, std::chrono::January} + std::chrono::months{number % kMonths};
    if (number % kMonths == 0) files->make_folders(layout.series_folder(series));
    const PartitionKey key{series, month, Part::base};
    write_partition(*files->create(layout.partition(key)), key, content_of(month));
  }
  return 0;
}

}  // namespace
}  // namespace klinekeep::store

int main(int count, char** arguments) {
  const int partitions = count == 3 ? std::atoi(arguments[2]) : 0;
  if (partitions <= 0) {
    std::fputs("usage: klinekeep-bench-make_cache FOLDER PARTITIONS\n", stderr);
    return 2;
  }
  return klinekeep::store::run(arguments[1], partitions);
}
