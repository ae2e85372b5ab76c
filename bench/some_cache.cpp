#include "some_cache.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>
#include <system_error>

#include "core/candle_maker.hpp"
#include "core/times.hpp"
#include "store/writer.hpp"

namespace klinekeep::bench {
namespace {

using store::Month;

constexpr int kMonths = 100;  // of a symbol

store::Content content_of(const Series& series, Month month) {
  const Timestamp asked = at("2024-06-01");
  const TimeRange range = store::range_of(month);
  store::Content content;
  content.rows = candles_in(range, series.interval);
  content.coverage.answered = {{store::Origin::monthly, Trust::verified, range, asked}};
  content.coverage.files = {{"file.zip", Trust::verified, std::string(64, 'a'), std::string(32, 'e'), asked}};
  return content;
}

}  // namespace

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "klinekeep-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_month(const std::filesystem::path& root, const Series& series, Month month) {
  const auto files = store::real_files();
  const store::Layout layout{root};
  files->make_folders(layout.series_folder(series));
  const store::PartitionKey key{series, month, store::Part::base};
  store::write_partition(*files->create(layout.partition(key)), key, content_of(series, month));
}

Series series_of_many(int number, Interval interval) {
  return {MarketType::SPOT, Symbol{fmt::format("COIN{:04}USDT", number / kMonths)}, interval};
}

Month month_of_many(int number) {
  return Month{std::chrono::year{2016}, std::chrono::January} + std::chrono::months{number % kMonths};
}

void write_many(const std::filesystem::path& root, int count, Interval interval) {
  for (int number = 0; number < count; ++number)
    write_month(root, series_of_many(number, interval), month_of_many(number));
}

}  // namespace klinekeep::bench
