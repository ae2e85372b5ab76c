// What the cache holds is changed while a request waits for the network: the answer is right all the same.
#include <arrow/record_batch.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/candle_maker.hpp"
#include "klinekeep/data_source_manager.hpp"
#include "manager/desk.hpp"
#include "store/fake_files.hpp"
#include "store/partition.hpp"

namespace klinekeep::manager {
namespace {

using planner::Granularity;

const Interval kHour = Interval::HOUR_1;
const TimeRange kFebruary = range("2024-02-01", "2024-03-01");
const TimeRange kFirstDays = range("2024-02-01", "2024-02-11");
const TimeRange kWindow = range("2024-02-01", "2024-04-01");

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Another file at the path, as `cp` to a new one and `mv` would put there.
void replace(const std::filesystem::path& path, const std::string& bytes) {
  const std::filesystem::path beside = path.native() + ".new";
  std::ofstream{beside, std::ios::binary} << bytes;
  std::filesystem::rename(beside, path);
}

void write_in_place(const std::filesystem::path& path, const std::string& bytes) {
  std::fstream{path, std::ios::in | std::ios::out | std::ios::binary} << bytes;
}

std::size_t place_of(const std::filesystem::path& path, std::size_t column) {
  const store::PartitionKey key{{MarketType::SPOT, Symbol{"BTCUSDT"}, kHour}, store::month_of(kFebruary.begin)};
  const auto opened = store::Partition::open(store::real_files(), path, key);
  const store::Footer& footer = opened.partition->footer();
  return static_cast<std::size_t>(footer.batches.front().column_offset(column)) + 7;
}

std::string flipped(const std::filesystem::path& path, std::size_t place) {
  std::string bytes = bytes_of(path);
  bytes.at(place) = static_cast<char>(bytes.at(place) ^ 0x40);
  return bytes;
}

struct Fault {
  std::string name;
  std::function<void(const std::filesystem::path&, const std::string& older)> happen;
};

constexpr std::size_t kClose = 4;

const std::vector<Fault> kFaults{
    {"FlippedClose", [](const auto& path, const auto&) { replace(path, flipped(path, place_of(path, kClose))); }},
    {"FlippedCloseInPlace",
     [](const auto& path, const auto&) { write_in_place(path, flipped(path, place_of(path, kClose))); }},
    {"FlippedOpenTime", [](const auto& path, const auto&) { replace(path, flipped(path, place_of(path, 0))); }},
    {"FlippedFooter",
     [](const auto& path, const auto&) { replace(path, flipped(path, bytes_of(path).rfind("coverage"))); }},
    {"Cut", [](const auto& path, const auto&) { replace(path, bytes_of(path).substr(0, 20'000)); }},
    {"Removed", [](const auto& path, const auto&) { std::filesystem::remove(path); }},
    {"OfAnOlderVersion", [](const auto& path, const auto& older) { replace(path, older); }},
};

using Trial = std::tuple<Fault, DataSource, Verify, bool>;

class Meanwhile : public testing::Test {
 protected:
  void SetUp() override {
    desk_.archive->put(Granularity::monthly, "2024-02");
    desk_.archive->put(Granularity::monthly, "2024-03");
    desk_.archive->put_days("2024-02-01", "2024-04-01");
    desk_.rest_has(candles_in(range("2024-02-01", "2025-01-01"), kHour));
  }

  /// Before each of the first `times` answers of the network.
  void meanwhile(int times, const std::function<void()>& act) {
    desk_.archive->on_step = desk_.rest->on_step = [this, act, times](const planner::Step&) {
      if (happened_++ < times) act();
    };
  }

  Desk desk_{kHour, "2026-01-01"};
  int happened_ = 0;
};

class ChangedMeanwhile : public Meanwhile, public testing::WithParamInterface<Trial> {};

TEST_P(ChangedMeanwhile, IsProvenAgainAndFetched) {
  const Fault& fault = std::get<Fault>(GetParam());
  const DataSource source = std::get<DataSource>(GetParam());
  const Verify verify = std::get<Verify>(GetParam());
  const bool is_of_one_month = std::get<bool>(GetParam());
  const TimeRange window = is_of_one_month ? kFebruary : kWindow;
  const TimeRange kept = is_of_one_month ? range("2024-02-01", "2024-02-21") : kFebruary;
  const auto path = desk_.partition("202402");
  if (is_of_one_month) desk_.archive->remove(Granularity::monthly, "2024-02");  // it would bring all of it at once
  (void)desk_.get(kFirstDays, source == DataSource::AUTO ? DataSource::REST : source);
  const std::string older = bytes_of(path);
  (void)desk_.get(kept, source == DataSource::AUTO ? DataSource::REST : source);
  meanwhile(1, [&] { fault.happen(path, older); });
  const Got got = desk_.get(window, source, [&](Request& request) { request.options.verify = verify; });
  EXPECT_GE(happened_, 1);
  EXPECT_TRUE(same(got.rows, candles_in(window, kHour)));
  EXPECT_EQ(got.report.rows, std::ssize(got.rows.open_time));
  EXPECT_TRUE(missing_of(got).empty());
  desk_.archive->on_step = desk_.rest->on_step = {};
  EXPECT_TRUE(same(desk_.get(window, source).rows, got.rows));
}

std::string name_of(const testing::TestParamInfo<Trial>& info) {
  const auto& [fault, source, verify, is_of_one_month] = info.param;
  const std::string by = source == DataSource::AUTO ? "Auto" : source == DataSource::REST ? "Rest" : "Vision";
  return fault.name + by + (verify == Verify::ALWAYS ? "Always" : "FirstUse") + (is_of_one_month ? "Month" : "Range");
}

INSTANTIATE_TEST_SUITE_P(All, ChangedMeanwhile,
                         testing::Combine(testing::ValuesIn(kFaults),
                                          testing::Values(DataSource::AUTO, DataSource::REST, DataSource::VISION),
                                          testing::Values(Verify::AUTO, Verify::ALWAYS), testing::Bool()),
                         name_of);

TEST_F(Meanwhile, WhatIsDamagedWheneverItIsLookedAtIsAnErrorInTheEnd) {
  const auto files = std::make_shared<store::FakeFiles>();
  files->watch([&](const store::Operation& operation) {
    const auto path = desk_.partition("202402");
    if (operation.what == "open" && operation.name == "202402.arrow" && std::filesystem::exists(path))
      replace(path, flipped(path, 20'000));
  });
  desk_.cache = std::make_unique<store::Store>(desk_.root(), files);
  EXPECT_THROW((void)desk_.get(kWindow, DataSource::REST), CacheError);
}

/// A reader may take its time: what is written in place after the proof is not handed out.
TEST_F(Meanwhile, AStreamHandsOutNothingThatWasWrittenInPlaceSince) {
  (void)desk_.get(kWindow, DataSource::REST);
  const DataSourceManager manager{{.cache_dir = desk_.root(), .clock = [this] { return desk_.now; }}};
  const FetchStream stream =
      manager.get_stream(Symbol{"BTCUSDT"}, kHour, kWindow.begin, kWindow.end - std::chrono::hours{1},
                         {.enforce_source = DataSource::CACHE});
  std::shared_ptr<arrow::RecordBatch> batch;
  ASSERT_TRUE(stream.reader->ReadNext(&batch).ok());
  write_in_place(desk_.partition("202403"), flipped(desk_.partition("202403"), 20'000));
  EXPECT_TRUE(stream.reader->ReadNext(&batch).IsIOError());
}

}  // namespace
}  // namespace klinekeep::manager
