// Written and read again, whatever the shape; and read by Arrow alone.

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "frame/table.hpp"
#include "klinekeep/unified_cache_manager.hpp"
#include "store/fake_files.hpp"
#include "store/hash.hpp"
#include "store/names.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const TimeRange kWhole = range_of(kMarch);

class Format : public testing::Test {
 protected:
  /// Commits, reads again, validates.
  void expect_round_trip(const Series& series, const Addition& addition) {
    commit(store_, series, kMarch, {addition});
    EXPECT_TRUE(same(read(store_, series, kWhole, kAny, true, Verify::ALWAYS), addition.rows));
    for (const CacheFinding& finding : UnifiedCacheManager{folder_.path()}.validate()) ADD_FAILURE() << finding.what;
  }
  std::filesystem::path path_of(const char* interval) const {
    return folder_.path() / "spot/data/BTCUSDT" / interval / "202403.arrow";
  }

  TemporaryFolder folder_;
  Store store_{folder_.path(), std::make_shared<FakeFiles>()};
};

TEST_F(Format, HoldsAMonthOfEveryInterval) {
  for (const Interval interval : kIntervals) {
    SCOPED_TRACE(interval.name());
    const TimeRange part = interval == Interval::SECOND_1 ? range("2024-03-15", "2024-03-16") : kWhole;
    expect_round_trip(series_of(interval), full(Origin::monthly, part, interval));
  }
}

TEST_F(Format, CutsRowsIntoBatchesOf65536) {
  for (const int rows : {1, 65'535, 65'536, 65'537, 131'073}) {
    SCOPED_TRACE(rows);
    const Series series = series_of(Interval::SECOND_1, "ROWS" + std::to_string(rows));
    const TimeRange span{kWhole.begin, kWhole.begin + std::chrono::seconds{rows}};
    expect_round_trip(series, full(Origin::rest, span, Interval::SECOND_1));
    const auto file = *arrow::io::ReadableFile::Open(Layout{folder_.path()}.partition({series, kMarch, Part::base}));
    const auto reader = *arrow::ipc::RecordBatchFileReader::Open(file);
    ASSERT_EQ(reader->num_record_batches(), (rows + 65'535) / 65'536);
    for (int i = 0; i < reader->num_record_batches(); ++i)
      EXPECT_EQ((*reader->ReadRecordBatch(i))->num_rows(), std::min(rows - i * 65'536, 65'536));
  }
}

TEST_F(Format, HoldsAMonthThatIsAllGap) {
  const Series series = series_of(Interval::HOUR_1);
  expect_round_trip(series, answer(Origin::rest, kWhole, {}));
  EXPECT_TRUE(known(store_, series, kWhole).present.empty());
  EXPECT_EQ(known(store_, series, kWhole).rest, RangeSet{kWhole});
  EXPECT_EQ(known(store_, series, kWhole).holes.at(0).range, kWhole);
}

TEST_F(Format, HoldsOffGridRowsAndNamesBeyondAscii) {
  Candles rows = candles_in(range("2024-03-01", "2024-03-02"), Interval::HOUR_1);
  push(rows, at("2024-03-02T07:12:34"), Interval::HOUR_1, 3);
  expect_round_trip(series_of(Interval::HOUR_1, "币安人生USDT"),
                    answer(Origin::daily, range("2024-03-01", "2024-03-03"), rows));
}

TEST_F(Format, KeepsEveryBitOfAValue) {
  Candles rows = candles_in(range("2024-03-01T00:00:00", "2024-03-01T06:00:00"), Interval::HOUR_1);
  rows.open = {0.0, -0.0, std::numeric_limits<double>::denorm_min(), 1.7976931348623157e308, 0.1, 5e-324};
  rows.trades[0] = INT64_MIN;
  rows.trades[1] = INT64_MAX;
  rows.close_time[2] = -1;
  expect_round_trip(series_of(Interval::HOUR_1),
                    answer(Origin::rest, range("2024-03-01T00:00:00", "2024-03-01T06:00:00"), rows));
}

TEST_F(Format, IsReadByArrowWithoutUs) {
  const Series series = series_of(Interval::HOUR_1);
  const Addition addition = full(Origin::monthly, kWhole, Interval::HOUR_1);
  commit(store_, series, kMarch, {addition});
  const auto reader = *arrow::ipc::RecordBatchFileReader::Open(*arrow::io::ReadableFile::Open(path_of("1h")));
  EXPECT_TRUE(reader->schema()->Equals(*frame::arrow_schema(), true));
  EXPECT_TRUE(same(frame::to_candles(**reader->ToTable()), addition.rows));

  // As docs/cache-format.md has it: what a stranger computes from the file alone.
  const std::string json = *reader->metadata()->Get("klinekeep");
  EXPECT_EQ(*reader->metadata()->Get("klinekeep.xxh3"), xxh3(std::as_bytes(std::span{json})));
  const auto metadata = nlohmann::json::parse(json);
  EXPECT_EQ(metadata["format"], 2);
  EXPECT_EQ(metadata["month"], "202403");
  EXPECT_EQ(metadata["rows"], 744);
  const auto& batch = metadata["batches"][0];
  const std::string bytes = bytes_of(path_of("1h"));
  for (std::size_t column = 0; column < kSchema.size(); ++column) {
    const std::size_t begin =
        batch["offset"].get<std::size_t>() + batch["metadata_length"].get<std::size_t>() + column * 744 * 8;
    EXPECT_EQ(batch["xxh3"][column], xxh3(std::as_bytes(std::span{bytes}.subspan(begin, 744 * 8)))) << column;
    if (column != 1) continue;
    double open = 0;
    std::memcpy(&open, bytes.data() + begin, sizeof open);
    EXPECT_EQ(open, addition.rows.open[0]);
  }
  EXPECT_EQ(batch["body_length"], 744 * 88);
}

TEST_F(Format, SumsAreXxh3OfTheReference) {
  EXPECT_EQ(xxh3({}), "99aa06d3014798d86001c324468d497f");  // the published value of the empty input
}

TEST_F(Format, SlicesShareTheMappingAndKeepItAlive) {
  const Series series = series_of(Interval::SECOND_1);
  const TimeRange day = range("2024-03-15", "2024-03-16");
  commit(store_, series, kMarch, {full(Origin::daily, day, Interval::SECOND_1)});
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  std::vector<std::shared_ptr<arrow::RecordBatch>> again;
  {
    Snapshot snapshot = store_.snapshot(series, day);
    EXPECT_THAT(snapshot.prove(day, {4, 0}, Verify::AUTO), IsEmpty());
    batches = snapshot.rows(day, kAny, {4, 0}, false);
    again = snapshot.rows(day, kAny, {4, 0}, false);
  }
  ASSERT_EQ(batches.size(), 2U);  // a handful of slices, whatever the rows
  EXPECT_EQ(batches[0]->column_name(0), "close");
  EXPECT_EQ(batches[0]->column_data(0)->buffers[1]->data(), again[0]->column_data(0)->buffers[1]->data());
  std::filesystem::remove_all(folder_.path());
  for (int i = 0; i < 65; ++i) {  // out of the registry with it
    const Series other = series_of(Interval::HOUR_1, "S" + std::to_string(i));
    commit(store_, other, kMarch, {full(Origin::rest, kWhole, Interval::HOUR_1)});
    static_cast<void>(store_.snapshot(other, kWhole));
  }
  EXPECT_EQ(batches[0]->num_rows() + batches[1]->num_rows(), 86'400);
  EXPECT_EQ(batches[1]->column_data(0)->GetValues<double>(1)[0], 1.2);
}

TEST_F(Format, ARangeWithinABatchGivesItsRowsAlone) {
  const Series series = series_of(Interval::MINUTE_1);
  commit(store_, series, kMarch, {full(Origin::daily, range("2024-03-01", "2024-03-02"), Interval::MINUTE_1)});
  const TimeRange some{at("2024-03-01T10:00:00") + 1us, at("2024-03-01T10:05:00")};
  EXPECT_THAT(opens_of(read(store_, series, some)), ElementsAre(at("2024-03-01T10:01:00"), at("2024-03-01T10:02:00"),
                                                                at("2024-03-01T10:03:00"), at("2024-03-01T10:04:00")));
}

}  // namespace
}  // namespace klinekeep::store
