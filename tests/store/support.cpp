#include "store/support.hpp"

#include <arrow/array/array_base.h>
#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numeric>

#include "frame/table.hpp"

namespace klinekeep::store {

TemporaryFolder::TemporaryFolder() {
  // In memory where there is such a place: nothing here is to outlive the test.
  const std::filesystem::path memory{"/dev/shm"};
  const bool usable = ::access(memory.c_str(), W_OK) == 0;
  std::string name = ((usable ? memory : std::filesystem::temp_directory_path()) / "klinekeep-store-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>{in}, {}};
}

void put(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::filesystem::remove(path);
  std::ofstream{path, std::ios::binary} << bytes;
}

std::vector<std::string> files_below(const std::filesystem::path& root) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{root}) {
    if (entry.is_regular_file() && entry.path().filename() != ".lock")
      names.push_back(std::filesystem::relative(entry.path(), root).string());
  }
  std::ranges::sort(names);
  return names;
}

Addition answer(Origin origin, const TimeRange& range, Candles rows, Trust trust, Timestamp when) {
  return {origin, trust, range, std::move(rows), when, std::nullopt};
}

Addition full(Origin origin, const TimeRange& range, Interval interval, double value) {
  return answer(origin, range, candles_in(range, interval, value));
}

Series series_of(Interval interval, const std::string& symbol) { return {MarketType::SPOT, Symbol{symbol}, interval}; }

int kills_wanted() {
  const char* const wanted = std::getenv("KLINEKEEP_KILLS");
  return wanted != nullptr ? std::atoi(wanted) : 60;
}

std::vector<std::size_t> all_columns() {
  std::vector<std::size_t> columns(kSchema.size());
  std::iota(columns.begin(), columns.end(), 0U);
  return columns;
}

Candles candles_of(const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) {
  return frame::to_candles(**arrow::Table::FromRecordBatches(frame::arrow_schema(), batches));
}

std::pair<Snapshot, std::vector<Damage>> proven(const Store& store, const Series& series, const TimeRange& range,
                                                Verify verify) {
  for (;;) {
    Snapshot snapshot = store.snapshot(series, range);
    auto damages = snapshot.prove(range, all_columns(), verify);
    if (std::ranges::none_of(damages, &Damage::is_replaced)) return {std::move(snapshot), std::move(damages)};
  }
}

Candles read(const Store& store, const Series& series, const TimeRange& range, const Filter& filter, bool keep_off_grid,
             Verify verify) {
  const auto [snapshot, damages] = proven(store, series, range, verify);
  EXPECT_TRUE(snapshot.damages().empty()) << snapshot.damages().front().why;
  for (const Damage& damage : damages) ADD_FAILURE() << damage.why;
  return candles_of(snapshot.rows(range, filter, all_columns(), keep_off_grid));
}

Known known(const Store& store, const Series& series, const TimeRange& range, const Filter& filter) {
  return store.snapshot(series, range).known(filter);
}

CommitResult commit(const Store& store, const Series& series, Month month, const std::vector<Addition>& additions,
                    Precedence precedence) {
  std::vector<const Addition*> pointers;
  for (const Addition& addition : additions) pointers.push_back(&addition);
  return store.commit(series, month, pointers, precedence);
}

}  // namespace klinekeep::store
