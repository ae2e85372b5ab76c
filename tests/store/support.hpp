// What the store's tests share: a folder of their own, and additions made up from candles.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/candle_maker.hpp"
#include "core/series.hpp"
#include "core/times.hpp"
#include "store/content.hpp"
#include "store/store.hpp"

namespace klinekeep::store {

/// An empty folder, removed in the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string bytes_of(const std::filesystem::path& path);
void put(const std::filesystem::path& path, const std::string& bytes);
/// All regular files below `root` but lock files, as relative paths, sorted.
std::vector<std::string> files_below(const std::filesystem::path& root);

/// The month that tests are about, unless they say otherwise.
inline constexpr Month kMarch = std::chrono::year{2024} / 3;
/// When things are asked, unless a test says otherwise.
inline const Timestamp kAsked = at("2024-06-01T12:00:00");

/// An answer of `origin` for `range`.
Addition answer(Origin origin, const TimeRange& range, Candles rows, Trust trust = Trust::verified,
                Timestamp when = kAsked);
/// … with a candle at every slot.
Addition full(Origin origin, const TimeRange& range, Interval interval, double value = 1);

Series series_of(Interval interval, const std::string& symbol = "BTCUSDT");
inline constexpr Filter kAny{};
inline constexpr Filter kAnyTrust{.archive = true, .rest = true, .unverified = true};
inline constexpr Filter kArchive{.archive = true, .rest = false, .unverified = false};
inline constexpr Filter kRest{.archive = false, .rest = true, .unverified = false};

/// How many kills are wanted: KLINEKEEP_KILLS, else 60. The trials in full have 1,000.
int kills_wanted();
inline constexpr int kAllKills = 1000;

std::vector<std::size_t> all_columns();
/// Batches of all columns as candles.
Candles candles_of(const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches);
/// Taken anew for as long as others replace what it holds before that is proven. Returns the rest of what was not
/// proven too.
std::pair<Snapshot, std::vector<Damage>> proven(const Store& store, const Series& series, const TimeRange& range,
                                                Verify verify = Verify::AUTO);
/// What the store holds, proven: fails the test on damage.
Candles read(const Store& store, const Series& series, const TimeRange& range, const Filter& filter = kAny,
             bool keep_off_grid = false, Verify verify = Verify::AUTO);
Known known(const Store& store, const Series& series, const TimeRange& range, const Filter& filter = kAny);
CommitResult commit(const Store& store, const Series& series, Month month, const std::vector<Addition>& additions,
                    Precedence precedence = Precedence::committed);

}  // namespace klinekeep::store
