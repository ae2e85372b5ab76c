// Files that are not what they should be: never a wrong value, never a silent hole, never a crash.

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "frame/table.hpp"
#include "klinekeep/unified_cache_manager.hpp"
#include "store/fake_files.hpp"
#include "store/hash.hpp"
#include "store/support.hpp"
#include "store/validate.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

const Interval kHour = Interval::HOUR_1;
const TimeRange kDays = range("2024-03-10", "2024-03-12");

class DamageTest : public testing::Test {
 protected:
  DamageTest() {
    Candles rows = candles_in(kDays, kHour);
    push(rows, at("2024-03-12T00:30:00"), kHour, 5);
    addition_ = answer(Origin::daily, range("2024-03-10", "2024-03-14"), rows);
    commit(store_, series_, kMarch, {addition_});
    good_ = bytes_of(path_);
  }

  /// Reads the whole month as it is on the disk; none where that was damaged, and has been told and moved aside.
  std::optional<Candles> try_read() {
    const TimeRange whole = range_of(kMarch);
    Snapshot snapshot = store_.snapshot(series_, whole);
    std::vector<Damage> damages = snapshot.damages();
    if (damages.empty()) damages = snapshot.prove(whole, all_columns(), Verify::AUTO);
    if (!damages.empty()) {
      EXPECT_THAT(damages, SizeIs(1));
      EXPECT_EQ(damages[0].kept_because, "");
      EXPECT_FALSE(std::filesystem::exists(path_));
      EXPECT_TRUE(std::filesystem::exists(damages[0].quarantined_to));
      EXPECT_EQ(bytes_of(damages[0].quarantined_to.native() + ".why"), damages[0].why + "\n");
      std::filesystem::remove_all(folder_.path() / "spot/quarantine");
      why_ = damages[0].why;
      return std::nullopt;
    }
    EXPECT_EQ(snapshot.known(kAny).archive, RangeSet{addition_.range});
    EXPECT_EQ(snapshot.known(kAny).present, RangeSet{kDays});
    return candles_of(snapshot.rows(whole, kAny, all_columns(), true));
  }

  /// The good file's rows under metadata that `change` has changed and signed again.
  std::string forged(const std::function<void(nlohmann::json&)>& change) const {
    return forged_text([&](std::string& text) {
      auto json = nlohmann::json::parse(text);
      change(json);
      text = json.dump();
    });
  }
  std::string forged_text(const std::function<void(std::string&)>& change) const {
    const auto input = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(good_));
    const auto reader = *arrow::ipc::RecordBatchFileReader::Open(input);
    std::string text = *reader->metadata()->Get("klinekeep");
    change(text);
    const auto metadata = std::make_shared<arrow::KeyValueMetadata>();
    metadata->Append("klinekeep", text);
    metadata->Append("klinekeep.xxh3", xxh3(std::as_bytes(std::span{text})));
    const auto sink = *arrow::io::BufferOutputStream::Create();
    const auto writer =
        *arrow::ipc::MakeFileWriter(sink, reader->schema(), arrow::ipc::IpcWriteOptions::Defaults(), metadata);
    for (int i = 0; i < reader->num_record_batches(); ++i)
      EXPECT_TRUE(writer->WriteRecordBatch(**reader->ReadRecordBatch(i)).ok());
    EXPECT_TRUE(writer->Close().ok());
    return (*sink->Finish())->ToString();
  }
  void expect_damaged(const std::string& bytes, const std::string& why = "") {
    put(path_, bytes);
    EXPECT_FALSE(try_read().has_value());
    EXPECT_THAT(why_, HasSubstr(why));
  }

  TemporaryFolder folder_;
  Store store_{folder_.path(), std::make_shared<FakeFiles>()};
  Series series_ = series_of(kHour);
  std::filesystem::path path_ = folder_.path() / "spot/data/BTCUSDT/1h/202403.arrow";
  Addition addition_;
  std::string good_;
  std::string why_;
};

TEST_F(DamageTest, AFlippedBitIsFoundOrBearsOnNothing) {
  int found = 0;
  for (std::size_t i = 0; i < good_.size(); i += 3) {
    std::string bytes = good_;
    bytes[i] = static_cast<char>(bytes[i] ^ (1 << (i % 8)));
    put(path_, bytes);
    const auto rows = try_read();
    EXPECT_TRUE(!rows || same(*rows, addition_.rows)) << i;
    found += rows ? 0 : 1;
  }
  EXPECT_GT(found, static_cast<int>(good_.size()) / 3 * 8 / 10);
}

TEST_F(DamageTest, AFlippedBitInAColumnIsAlwaysFound) {
  const std::size_t body = addition_.rows.size() * 88;
  const auto json = nlohmann::json::parse([&] {
    std::string text;
    static_cast<void>(forged_text([&](std::string& it) { text = it; }));
    return text;
  }());
  const auto& batch = json["batches"][0];
  const std::size_t begin = batch["offset"].get<std::size_t>() + batch["metadata_length"].get<std::size_t>();
  for (std::size_t i = 0; i < body; i += 7) {
    std::string bytes = good_;
    bytes[begin + i] = static_cast<char>(bytes[begin + i] ^ 0x10);
    expect_damaged(bytes, "the sum of column " + std::string{kSchema.at(i / 8 / addition_.rows.size()).name});
  }
}

TEST_F(DamageTest, AFileCutAnywhereIsFound) {
  for (std::size_t size = 0; size < good_.size(); size += 5) expect_damaged(good_.substr(0, size));
  expect_damaged(good_.substr(0, good_.size() - 1));
  expect_damaged(good_ + "x");
}

TEST_F(DamageTest, AFileInAnothersPlaceIsFound) {
  commit(store_, series_of(kHour, "ETHUSDT"), kMarch, {addition_});
  expect_damaged(bytes_of(folder_.path() / "spot/data/ETHUSDT/1h/202403.arrow"), "symbol");
  commit(store_, series_of(Interval::HOUR_2), kMarch, {full(Origin::rest, kDays, Interval::HOUR_2)});
  expect_damaged(bytes_of(folder_.path() / "spot/data/BTCUSDT/2h/202403.arrow"), "interval");
  commit(store_, series_, 2024y / 4, {full(Origin::rest, range("2024-04-10", "2024-04-12"), kHour)});
  expect_damaged(bytes_of(folder_.path() / "spot/data/BTCUSDT/1h/202404.arrow"), "month");
  commit(store_, {MarketType::FUTURES_USDT, series_.symbol, kHour}, kMarch, {addition_});
  expect_damaged(bytes_of(folder_.path() / "um/data/BTCUSDT/1h/202403.arrow"), "market");
}

TEST_F(DamageTest, ArrowFilesOfOthersAreDamaged) {
  const auto sink = *arrow::io::BufferOutputStream::Create();
  const auto writer = *arrow::ipc::MakeFileWriter(sink, frame::arrow_schema());
  ASSERT_TRUE(writer->Close().ok());
  expect_damaged((*sink->Finish())->ToString(), "says nothing of itself");
}

TEST_F(DamageTest, MetadataThatLiesIsFoundThoughItsSumIsRight) {
  using Json = nlohmann::json;
  const std::vector<std::function<void(Json&)>> lies{
      [](Json& it) { it["rows"] = 48; },
      [](Json& it) { it["rows"] = "49"; },
      [](Json& it) { it["rows"] = 49.0; },
      [](Json& it) { it["rows"] = -1; },
      [](Json& it) { it["rows"] = 18446744073709551615U; },
      [](Json& it) { it["format"] = 0; },
      [](Json& it) { it["format"] = 1; },
      [](Json& it) { it["format"] = "1"; },
      [](Json& it) { it["format"] = -1; },
      [](Json& it) { it.erase("format"); },
      [](Json& it) { it["more"] = 1; },
      [](Json& it) { it["kind"] = "trades"; },
      [](Json& it) { it["month"] = "202404"; },
      [](Json& it) { it.erase("coverage"); },
      [](Json& it) { it["coverage"] = Json::array(); },
      [](Json& it) { it["coverage"]["answered"].clear(); },
      [](Json& it) { it["coverage"]["answered"][0]["begin"] = 0; },
      [](Json& it) { it["coverage"]["answered"][0]["begin"] = it["coverage"]["answered"][0]["end"]; },
      [](Json& it) { it["coverage"]["answered"][0]["begin"] = INT64_MIN; },
      [](Json& it) { it["coverage"]["answered"][0]["end"] = INT64_MAX; },
      [](Json& it) {
        it["coverage"]["answered"][0]["end"] = it["coverage"]["answered"][0]["end"].get<std::int64_t>() - 1;
      },
      [](Json& it) { it["coverage"]["answered"][0]["at"] = INT64_MAX; },
      [](Json& it) { it["coverage"]["answered"][0]["origin"] = "nobody"; },
      [](Json& it) { it["coverage"]["answered"][0]["trust"] = "blind"; },
      [](Json& it) { it["coverage"]["answered"].push_back(it["coverage"]["answered"][0]); },
      [](Json& it) { it["coverage"]["holes"].clear(); },
      [](Json& it) { it["coverage"]["holes"][0]["origin"] = "rest"; },
      [](Json& it) { it["coverage"]["holes"][0]["learnt"] = "then"; },
      [](Json& it) { it["coverage"]["holes"][0]["learnt"] = INT64_MAX; },
      [](Json& it) { it["coverage"]["holes"][0]["asked"] = INT64_MIN; },
      [](Json& it) { it["coverage"]["holes"][0]["weak"] = 0; },
      [](Json& it) { it["coverage"]["holes"][0].erase("learnt"); },
      [](Json& it) { it["coverage"]["holes"][0].erase("asked"); },
      [](Json& it) { it["coverage"]["holes"][0].erase("weak"); },
      [](Json& it) { it["coverage"]["holes"][0]["at"] = it["coverage"]["holes"][0]["asked"]; },
      [](Json& it) { it["coverage"]["holes"].push_back(it["coverage"]["holes"][0]); },
      [](Json& it) { it["coverage"]["off_grid"].clear(); },
      [](Json& it) { it["coverage"]["off_grid"][0]["open"] = to_ms(at("2024-03-12T00:00:00")); },
      [](Json& it) { it["coverage"]["files"].push_back({{"name", ""}}); },
      [](Json& it) { it["batches"].clear(); },
      [](Json& it) { it["batches"].push_back(it["batches"][0]); },
      [](Json& it) { it["batches"][0]["offset"] = it["batches"][0]["offset"].get<std::int64_t>() + 8; },
      [](Json& it) { it["batches"][0]["offset"] = INT64_MAX - 7; },
      [](Json& it) { it["batches"][0]["metadata_length"] = INT64_MAX; },
      [](Json& it) { it["batches"][0]["body_length"] = 8; },
      [](Json& it) { it["batches"][0]["rows"] = 0; },
      [](Json& it) { it["batches"][0]["rows"] = INT64_MAX; },
      [](Json& it) { it["batches"][0]["first"] = it["batches"][0]["last"]; },
      [](Json& it) { it["batches"][0]["last"] = to_ms(at("2024-04-01T00:00:00")); },
      [](Json& it) { it["batches"][0]["xxh3"].erase(0); },
      [](Json& it) { it["batches"][0]["xxh3"][3] = std::string(32, '0'); },
      [](Json& it) { it["batches"][0]["xxh3"][3] = std::string(32, 'A'); },
      [](Json& it) { it = Json::array({it}); },
      [](Json& it) { it = nullptr; },
  };
  put(path_, forged([](Json&) {}));
  EXPECT_TRUE(same(try_read().value(), addition_.rows));  // the forger's hand is steady
  for (std::size_t i = 0; i < lies.size(); ++i) {
    SCOPED_TRACE(i);
    expect_damaged(forged(lies[i]));
  }
  for (const char* text : {"", "{", "[", "null", "\"", "{\"format\":2}", "\xff\xfe", "{\"format\":1e400}"}) {
    SCOPED_TRACE(text);
    expect_damaged(forged_text([&](std::string& it) { it = text; }));
  }
  expect_damaged(forged_text([&](std::string& it) { it = std::string(100'000, '['); }));
}

TEST_F(DamageTest, LiesThatOnlyTheRowsDisproveAreFoundByValidate) {
  put(path_, forged([](nlohmann::json& it) {
        for (const char* list : {"answered", "holes"}) {
          for (auto& each : it["coverage"][list]) {
            for (const char* end : {"begin", "end"}) each[end] = each[end].get<std::int64_t>() + 3'600'000;
          }
        }
      }));
  const auto findings = UnifiedCacheManager{folder_.path()}.validate();
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_EQ(findings[0].what, "from 2024-03-12T00:00:00Z to 2024-03-12T01:00:00Z there should be rows, and are none");
  EXPECT_EQ(findings[1].what,
            "from 2024-03-10T00:00:00Z to 2024-03-10T01:00:00Z there are rows that no source answers for");
}

TEST_F(DamageTest, ANewerFormatIsNamedAndLeftAlone) {
  const std::string newer = forged([](nlohmann::json& it) {
    it["format"] = 3;
    it["something"] = "new";
  });
  put(path_, newer);
  const Snapshot snapshot = store_.snapshot(series_, kDays);
  EXPECT_THAT(snapshot.months(), IsEmpty());
  EXPECT_THAT(snapshot.damages(), IsEmpty());
  ASSERT_THAT(snapshot.notes(), SizeIs(1));
  EXPECT_EQ(snapshot.notes()[0],
            path_.string() + ": it is of format 3, and this klinekeep reads format 2; it is left alone");
  EXPECT_THROW(commit(store_, series_, kMarch, {addition_}), CacheError);
  EXPECT_EQ(bytes_of(path_), newer);
  EXPECT_THAT(UnifiedCacheManager{folder_.path()}.list(), SizeIs(1));
}

TEST_F(DamageTest, AFormatThatNoReleaseWroteIsSetAsideToldAndBegunAnew) {
  put(path_, forged([](nlohmann::json& it) {
        it["format"] = 1;
        for (auto& hole : it["coverage"]["holes"]) {
          hole = {{"origin", hole["origin"]}, {"begin", hole["begin"]}, {"end", hole["end"]}, {"at", hole["asked"]}};
        }
      }));
  const Snapshot snapshot = store_.snapshot(series_, kDays);
  EXPECT_THAT(snapshot.months(), IsEmpty());
  EXPECT_THAT(snapshot.notes(), IsEmpty());
  ASSERT_THAT(snapshot.damages(), SizeIs(1));
  EXPECT_EQ(snapshot.damages()[0].why, "it is of format 1, which no release wrote");
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_TRUE(commit(store_, series_, kMarch, {addition_}).wrote);
  EXPECT_TRUE(same(try_read().value(), addition_.rows));
}

TEST_F(DamageTest, ATailIsNotHeldAgainstABaseThatCameAfterIt) {
  const TemporaryFolder folder;
  const Store store{folder.path()};
  commit(store, series_, kMarch, {full(Origin::monthly, range("2024-03-01", "2024-03-31"), kHour)});
  commit(store, series_, kMarch, {full(Origin::rest, range("2024-03-31T00:00:00", "2024-03-31T03:00:00"), kHour)});
  const Directory directory{std::make_shared<FakeFiles>(), Layout{folder.path()}, system_now};
  const auto base = directory.layout.partition({series_, kMarch, Part::base});
  const auto tail = directory.layout.partition({series_, kMarch, Part::tail});
  bool pruned = false;
  std::static_pointer_cast<FakeFiles>(directory.files)->watch([&](const Operation& operation) {
    if (pruned || operation.what != "open" || operation.name != base.filename()) return;
    pruned = true;
    std::filesystem::remove(tail);
    std::filesystem::remove(base);
    commit(store, series_, kMarch, {full(Origin::rest, range("2024-03-31T05:00:00", "2024-03-31T08:00:00"), kHour)});
  });
  EXPECT_THAT(validate_partition(directory, {series_, kMarch, Part::tail}), IsEmpty());
  EXPECT_TRUE(pruned);
}

TEST_F(DamageTest, ABaseAndATailThatWereSwappedOrCopiedAreFound) {
  const TemporaryFolder folder;
  const Store store{folder.path()};
  commit(store, series_, kMarch, {full(Origin::monthly, range("2024-03-01", "2024-03-31"), kHour)});
  commit(store, series_, kMarch, {full(Origin::rest, range("2024-03-31T00:00:00", "2024-03-31T03:00:00"), kHour)});
  const auto base =
      UnifiedCacheManager{folder.path()}.path_of(series_.market, series_.symbol, series_.interval, kMarch);
  const auto tail = base.parent_path() / "202403.tail.arrow";
  const std::string of_base = bytes_of(base);
  const std::string of_tail = bytes_of(tail);
  const auto finding = [&] {
    const auto findings = UnifiedCacheManager{folder.path()}.validate();
    return findings.size() == 1 ? findings[0].what : std::to_string(findings.size());
  };
  EXPECT_EQ(finding(), "0");
  put(base, of_tail);
  EXPECT_EQ(finding(), "it and its base are the same: one has been written over the other");
  put(tail, of_base);
  EXPECT_EQ(
      finding(),
      "it answers for 2024-03-01T00:00:00Z to 2024-03-31T00:00:00Z, which its base, that it begins before the end "
      "of, does not: they may have been swapped");
  EXPECT_EQ(store.held(series_, kMarch).ranges, std::vector{range("2024-03-01", "2024-03-31T03:00:00")})
      << "for repair";
  put(base, of_base);
  EXPECT_EQ(finding(), "it and its base are the same: one has been written over the other");
}

TEST_F(DamageTest, ACommitBeginsAnewWhereWhatWasThereIsDamaged) {
  std::string bytes = good_;
  bytes[bytes.size() / 2] ^= 1;
  put(path_, bytes);
  const Addition other = full(Origin::rest, range("2024-03-20", "2024-03-21"), kHour);
  commit(store_, series_, kMarch, {other});
  EXPECT_TRUE(same(read(store_, series_, range_of(kMarch)), other.rows));
  EXPECT_EQ(known(store_, series_, range_of(kMarch)).present, RangeSet{other.range});
  EXPECT_THAT(files_below(folder_.path() / "spot/quarantine"), SizeIs(2));
}

TEST_F(DamageTest, ARepairLeavesWhatIsDamagedUntilItsReplacementIsWritten) {
  std::string bad = good_;
  bad[bad.size() / 2] ^= 1;
  const Addition anew = full(Origin::daily, kDays, kHour, 2);
  for (const char* const fails : {"create", "sync"}) {
    put(path_, bad);
    const auto files = std::make_shared<FakeFiles>([&](const Operation& operation) {
      if (operation.what == fails && operation.name.find(".tmp") != std::string::npos)
        throw FileError(fails, operation.name, ENOSPC);
    });
    EXPECT_THROW(commit(Store{folder_.path(), files}, series_, kMarch, {anew}, Precedence::repair), CacheError);
    EXPECT_EQ(bytes_of(path_), bad) << fails;
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "spot/quarantine")) << fails;
  }
  commit(store_, series_, kMarch, {anew}, Precedence::repair);
  EXPECT_TRUE(same(read(store_, series_, range_of(kMarch)), anew.rows)) << "with nothing of what was damaged";
  const auto names = files_below(folder_.path() / "spot/quarantine");
  ASSERT_THAT(names, SizeIs(2));
  for (const std::string& name : names) {
    const std::string text = bytes_of(folder_.path() / "spot/quarantine" / name);
    if (name.ends_with(".why")) {
      EXPECT_THAT(text, HasSubstr("the sum of column")) << "what was wrong, as `get` tells it";
    } else {
      EXPECT_EQ(text, bad);
    }
  }
}

TEST_F(DamageTest, ARepairTakesNothingOfWhatOnlyValidationFinds) {
  commit(store_, series_, kMarch, {full(Origin::monthly, range("2024-03-01", "2024-03-31"), kHour)});
  commit(store_, series_, kMarch, {full(Origin::rest, range("2024-03-31T00:00:00", "2024-03-31T03:00:00"), kHour)});
  const auto tail = path_.parent_path() / "202403.tail.arrow";
  const std::string of_base = bytes_of(path_);
  put(path_, bytes_of(tail));
  put(tail, of_base);
  const UnifiedCacheManager cache{folder_.path()};
  const auto findings = cache.validate();
  ASSERT_THAT(findings, SizeIs(1));
  const Addition anew = full(Origin::daily, range("2024-03-01", "2024-03-31T03:00:00"), kHour, 2);
  commit(store_, series_, kMarch, {anew}, Precedence::repair);
  EXPECT_THAT(cache.validate(), IsEmpty());
  EXPECT_TRUE(same(read(store_, series_, anew.range), anew.rows));
  EXPECT_THAT(files_below(folder_.path() / "spot/quarantine"), SizeIs(2));
}

TEST_F(DamageTest, WhoOnlyLooksLeavesWhatIsDamaged) {
  put(path_, good_.substr(0, good_.size() / 2));
  const Snapshot look = store_.snapshot(series_, kDays, Damaged::left);
  EXPECT_THAT(look.months(), IsEmpty());
  EXPECT_THAT(look.damages(), SizeIs(1));
  EXPECT_THAT(store_.held(series_, kMarch).ranges, IsEmpty()) << "nobody can tell: the catalogue was never written";
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(DamageTest, ADamagedBaseSparesItsTail) {
  commit(store_, series_, kMarch, {full(Origin::daily, range("2024-03-01", "2024-03-31"), kHour)});
  const TimeRange end = range("2024-03-31T00:00:00", "2024-03-31T02:00:00");
  commit(store_, series_, kMarch, {full(Origin::rest, end, kHour)});
  std::string bytes = bytes_of(path_);
  bytes[bytes.size() / 2] ^= 1;
  put(path_, bytes);
  Snapshot snapshot = store_.snapshot(series_, range_of(kMarch));
  EXPECT_THAT(snapshot.prove(range_of(kMarch), all_columns(), Verify::AUTO), SizeIs(1));
  EXPECT_TRUE(same(read(store_, series_, range_of(kMarch)), candles_in(end, kHour)));
  EXPECT_THAT(UnifiedCacheManager{folder_.path()}.validate(), IsEmpty());
}

TEST_F(DamageTest, WhatIsLeftOfASnapshotIsProvenAndTheRestIsNotServed) {
  commit(store_, series_, kMarch, {full(Origin::daily, range("2024-03-01", "2024-03-31"), kHour)});
  const TimeRange end = range("2024-03-31T00:00:00", "2024-03-31T02:00:00");
  commit(store_, series_, kMarch, {full(Origin::rest, end, kHour)});
  std::string bytes = bytes_of(path_);
  bytes[bytes.size() / 2] ^= 1;
  put(path_, bytes);
  Snapshot snapshot = store_.snapshot(series_, range_of(kMarch));
  EXPECT_THROW(static_cast<void>(snapshot.rows(range_of(kMarch), kAny, all_columns(), false)), CacheError);
  EXPECT_THAT(snapshot.prove(range_of(kMarch), all_columns(), Verify::AUTO), SizeIs(1));
  EXPECT_EQ(snapshot.known(kAny).present, RangeSet{end});
  EXPECT_TRUE(same(candles_of(snapshot.rows(range_of(kMarch), kAny, all_columns(), false)), candles_in(end, kHour)));
}

TEST_F(DamageTest, OnlyTheFileThatFailedIsMovedAside) {
  std::string bytes = good_;
  bytes[bytes.size() / 2] ^= 1;
  put(path_, bytes);
  Snapshot stale = store_.snapshot(series_, kDays);
  put(path_, good_);  // somebody has mended it
  const auto damages = stale.prove(kDays, all_columns(), Verify::AUTO);
  ASSERT_THAT(damages, SizeIs(1));
  EXPECT_TRUE(damages[0].is_replaced);
  EXPECT_EQ(bytes_of(path_), good_);
  EXPECT_EQ(read(store_, series_, kDays).size(), 48U);
}

TEST_F(DamageTest, AFileThatTookThePlaceOfOneThatFailedIsNotMovedAside) {
  std::string bytes = good_;
  bytes[bytes.size() / 2] ^= 1;
  put(path_, bytes);
  const auto files = std::make_shared<FakeFiles>([&](const Operation& operation) {
    if (operation.what == "open_lock") put(path_, good_);  // somebody mends it before it can be moved
  });
  const Store store{folder_.path(), files};
  Snapshot stale = store.snapshot(series_, kDays);
  const auto damages = stale.prove(kDays, all_columns(), Verify::AUTO);
  ASSERT_THAT(damages, SizeIs(1));
  EXPECT_NE(damages[0].kept_because, "");
  EXPECT_EQ(bytes_of(path_), good_);
  EXPECT_EQ(read(store, series_, kDays).size(), 48U);
}

TEST_F(DamageTest, DamageThatCannotBeMovedIsToldAndNotRead) {
  std::string bytes = good_;
  bytes[bytes.size() / 2] ^= 1;
  put(path_, bytes);
  put(folder_.path() / "spot/quarantine", "a file where the folder should be");
  Snapshot snapshot = store_.snapshot(series_, kDays);
  const auto damages = snapshot.prove(kDays, all_columns(), Verify::AUTO);
  ASSERT_THAT(damages, SizeIs(1));
  EXPECT_THAT(damages[0].kept_because, HasSubstr("quarantine"));
  const Snapshot again = store_.snapshot(series_, kDays);
  EXPECT_THAT(again.months(), IsEmpty());
  EXPECT_THAT(again.damages(), SizeIs(1));
}

TEST_F(DamageTest, WhatCannotBeMovedAsideIsNotOverwrittenByACommit) {
  std::string bytes = good_;
  bytes[bytes.size() - 20] ^= 1;  // in the footer
  put(path_, bytes);
  put(folder_.path() / "spot/quarantine", "no folder");
  EXPECT_THROW(commit(store_, series_, kMarch, {full(Origin::rest, kDays, kHour)}), CacheError);
  EXPECT_EQ(bytes_of(path_), bytes);
  std::filesystem::remove(folder_.path() / "spot/quarantine");
  commit(store_, series_, kMarch, {full(Origin::rest, kDays, kHour)});
  EXPECT_EQ(read(store_, series_, kDays).size(), 48U);
}

TEST_F(DamageTest, AMappingThatWasCutIsAnErrorAndNotASignal) {
  Snapshot snapshot = store_.snapshot(series_, kDays);
  EXPECT_THAT(snapshot.prove(kDays, all_columns(), Verify::AUTO), IsEmpty());
  std::filesystem::resize_file(path_, 100);
  EXPECT_THROW(static_cast<void>(snapshot.rows(kDays, kAny, all_columns(), false)), CacheError);
  EXPECT_THAT(store_.snapshot(series_, kDays).damages(), SizeIs(1));
}

/// Flips a bit in place, at the same inode, and puts the mtime back, as `cp -p` of a rotten backup does.
void rot(const std::filesystem::path& path, const std::string& good) {
  const auto when = std::filesystem::last_write_time(path);
  {
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>(good.size() / 2));
    file.put(static_cast<char>(good[good.size() / 2] ^ 1));
  }
  std::filesystem::last_write_time(path, when);
}

TEST_F(DamageTest, AFileWhoseTimeWasPutBackIsProvenAgain) {
  EXPECT_EQ(read(store_, series_, kDays).size(), 48U);
  rot(path_, good_);
  Snapshot snapshot = store_.snapshot(series_, kDays);
  EXPECT_THAT(snapshot.prove(kDays, all_columns(), Verify::AUTO), SizeIs(1));
}

TEST_F(DamageTest, AMappedFileWhoseTimeWasPutBackIsNotServed) {
  Snapshot snapshot = store_.snapshot(series_, kDays);
  EXPECT_THAT(snapshot.prove(kDays, all_columns(), Verify::AUTO), IsEmpty());
  rot(path_, good_);
  EXPECT_THAT(snapshot.changed(kMarch), Optional(HasSubstr("written in place")));
  EXPECT_THROW((void)snapshot.rows(kDays, {}, all_columns(), false), CacheError);
}

TEST_F(DamageTest, AFileWhoseOwnerOrLinksChangedIsProvenAgainAndServed) {
  Snapshot snapshot = store_.snapshot(series_, kDays);
  EXPECT_THAT(snapshot.prove(kDays, all_columns(), Verify::AUTO), IsEmpty());
  std::filesystem::create_hard_link(path_, path_.parent_path() / "backup");
  EXPECT_EQ(snapshot.changed(kMarch), std::nullopt);
  EXPECT_EQ(read(store_, series_, kDays).size(), 48U);
}

/// What has gone from its path may still be written into by who has it open: it is proven again each time.
TEST_F(DamageTest, AMonthThatHasGoneIsProvenEachTime) {
  Snapshot snapshot = store_.snapshot(series_, kDays);
  EXPECT_THAT(snapshot.prove(kDays, all_columns(), Verify::AUTO), IsEmpty());
  const auto elsewhere = path_.parent_path() / "backup";
  std::filesystem::rename(path_, elsewhere);
  const auto rows = snapshot.rows(kDays, {}, all_columns(), false);
  EXPECT_EQ(snapshot.changed(kMarch), std::nullopt);
  EXPECT_EQ(snapshot.changed(kMarch, rows), std::nullopt);
  rot(elsewhere, good_);
  EXPECT_THAT(snapshot.changed(kMarch), Optional(HasSubstr("written in place")));
  EXPECT_THAT(snapshot.changed(kMarch, rows), Optional(HasSubstr("written in place")));
  EXPECT_EQ(snapshot.changed(kMarch, {}), std::nullopt) << "none of these rows";
}

/// A page that was dirty before can be written through a mapping without any time of the file being moved.
TEST_F(DamageTest, VerifyAlwaysFindsWhatNoTimeTells) {
  const int file = ::open(path_.c_str(), O_RDWR);
  const auto size = std::filesystem::file_size(path_);
  auto* const bytes = static_cast<volatile char*>(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
  ::close(file);
  bytes[size / 2] = bytes[size / 2];
  EXPECT_EQ(read(store_, series_, kDays).size(), 48U);
  bytes[size / 2] = static_cast<char>(bytes[size / 2] ^ 1);
  Snapshot snapshot = store_.snapshot(series_, kDays);
  EXPECT_THAT(snapshot.prove(kDays, all_columns(), Verify::AUTO), IsEmpty());
  EXPECT_THAT(snapshot.prove(kDays, all_columns(), Verify::ALWAYS), SizeIs(1));
  ::munmap(const_cast<char*>(bytes), size);
}

TEST_F(DamageTest, AFileThatWasWrittenInPlaceIsProvenAgain) {
  EXPECT_EQ(read(store_, series_, kDays).size(), 48U);
  const auto when = std::filesystem::last_write_time(path_);
  {
    std::fstream file{path_, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>(good_.size() / 2));
    file.put(static_cast<char>(good_[good_.size() / 2] ^ 1));
  }
  std::filesystem::last_write_time(path_, when + 1ms);
  Snapshot snapshot = store_.snapshot(series_, kDays);
  EXPECT_THAT(snapshot.prove(kDays, all_columns(), Verify::AUTO), SizeIs(1));
}

TEST_F(DamageTest, QuarantineOnDemandMovesBoth) {
  EXPECT_TRUE(store_.quarantine(series_, kMarch, "a test wants it"));
  EXPECT_FALSE(store_.quarantine(series_, kMarch, "a test wants it"));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace klinekeep::store
