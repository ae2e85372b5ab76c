// Damage by the hundred: bits flipped, files cut, spliced, swapped, given each other's footers. Whatever it is, no
// wrong value comes out and no hole that nobody has told of; validate finds what bears on an answer; a commit launders
// nothing. KLINEKEEP_CORRUPTIONS=N runs N trials; trial n is the same for ever.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <random>
#include <set>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/fake_files.hpp"
#include "store/hash.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;

constexpr int kTrials = 90;
constexpr Month kFebruary = 2024y / 2;
constexpr std::array kFilters{kAny, kAnyTrust, kArchive, kRest};

/// No two candles have the same values, whatever their series.
Candles candles_of_its_own(const Series& series, const TimeRange& range) {
  Candles rows;
  const double of_series = 100.0 * static_cast<double>(series.symbol.text().size()) + series.symbol.text()[0];
  for (Timestamp open = series.interval.ceil(range.begin); open < range.end; open = series.interval.close_of(open)) {
    push(rows, open, series.interval, of_series + static_cast<double>(to_ms(open) / 1000 % 10'000'000) / 1e7);
  }
  return rows;
}

Addition part(Origin origin, const Series& series, const TimeRange& range) {
  return answer(origin, range, candles_of_its_own(series, range));
}

struct SeriesMonth {
  Series series;
  Month month;
};

/// What the cache knew before it was damaged.
struct Truth {
  SeriesMonth about;
  std::array<Known, kFilters.size()> known;
  Candles rows;  // of any trust, off-grid ones too
};

/// A cache with partitions of every shape, and all that it knows.
class Sound {
 public:
  Sound() {
    const Series hours = series_of(Interval::HOUR_1, "BTCUSDT");
    add(hours, kFebruary, {part(Origin::daily, hours, range_of(kFebruary))});
    add(hours, kMarch, {part(Origin::monthly, hours, range("2024-03-01", "2024-03-31"))});
    add(hours, kMarch, {part(Origin::rest, hours, range("2024-03-31T00:00:00", "2024-03-31T03:00:00"))});
    const Series holes = series_of(Interval::HOUR_1, "ETHUSDT");
    Addition with_holes = part(Origin::rest, holes, range("2024-03-02", "2024-03-20"));
    with_holes.range = range("2024-03-01", "2024-03-22");
    add(holes, kMarch, {with_holes, part(Origin::daily, holes, range("2024-03-10", "2024-03-12"))});
    const Series gap = series_of(Interval::HOUR_4, "币安人生USDT");
    add(gap, kMarch, {answer(Origin::rest, range_of(kMarch), {})});
    const Series days3{MarketType::FUTURES_USDT, Symbol{"THREEDAYS"}, Interval::DAY_3};
    add(days3, kMarch,
        {answer(Origin::rest, range_of(kMarch), candles_of_its_own(days3, range("2024-03-02", "2024-04-01")))});
    const Series days = series_of(Interval::DAY_1, "OFFGRID");
    Addition off = part(Origin::monthly, days, range("2024-03-01", "2024-03-10"));
    off.trust = Trust::etag;
    push(off.rows, at("2024-03-09T07:00:00"), Interval::DAY_1, 77);
    Addition unproven = part(Origin::daily, days, range("2024-03-12", "2024-03-14"));
    unproven.trust = Trust::unverified;
    add(days, kMarch, {off, unproven});
    const Series seconds = series_of(Interval::SECOND_1, "BNBUSDT");
    add(seconds, kMarch, {part(Origin::daily, seconds, range("2024-03-01", "2024-03-02"))});  // two batches
    for (const std::string& name : files_below(folder_.path())) files_.push_back(name);
    for (const SeriesMonth& about : months_) truths_.push_back(truth_of(about));
  }

  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }
  [[nodiscard]] const std::vector<Truth>& truths() const { return truths_; }
  [[nodiscard]] std::filesystem::path path_of(const std::string& name) const { return folder_.path() / name; }

 private:
  void add(const Series& series, Month month, const std::vector<Addition>& additions) {
    commit(store_, series, month, additions);
    const bool is_new = std::ranges::none_of(
        months_, [&](const SeriesMonth& each) { return each.series == series && each.month == month; });
    if (is_new) months_.push_back({series, month});
  }

  Truth truth_of(const SeriesMonth& about) const {
    Truth truth{about, {}, {}};
    for (std::size_t i = 0; i < kFilters.size(); ++i)
      truth.known.at(i) = known(store_, about.series, range_of(about.month), kFilters.at(i));
    truth.rows = read(store_, about.series, range_of(about.month), kAnyTrust, true);
    return truth;
  }

  TemporaryFolder folder_;
  Store store_{folder_.path(), std::make_shared<FakeFiles>()};
  std::vector<SeriesMonth> months_;
  std::vector<std::string> files_;
  std::vector<Truth> truths_;
};

std::string sum_of(const std::string& bytes) { return xxh3(std::as_bytes(std::span{bytes})); }

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t bound) { return bound == 0 ? 0 : random() % bound; }

/// How long the footer is, with its length and the magic: none where it is no Arrow file.
std::size_t footer_length(const std::string& bytes) {
  if (bytes.size() < 32) return 0;
  std::int32_t length = 0;
  std::memcpy(&length, bytes.data() + bytes.size() - 10, sizeof length);
  const auto whole = static_cast<std::size_t>(length) + 10;
  return length > 0 && whole < bytes.size() ? whole : 0;
}

/// Somewhere in the file: as often in its last part and in its first as in between.
std::size_t somewhere(Random& random, const std::string& bytes) {
  switch (below(random, 3)) {
    case 0:
      return bytes.size() - 1 - below(random, std::min<std::size_t>(bytes.size(), footer_length(bytes) + 64));
    case 1:
      return below(random, std::min<std::size_t>(bytes.size(), 1'500));
    default:
      return below(random, bytes.size());
  }
}

/// A copy of the sound cache, damaged.
class Trial {
 public:
  Trial(const Sound& sound, std::uint64_t seed) : sound_(sound), random_(seed) {
    for (const std::string& name : sound.files()) {
      if (is_large(name) && seed % 8 != 0) continue;
      files_.push_back(name);
      std::filesystem::create_directories(path_of(name).parent_path());
      std::filesystem::create_hard_link(sound.path_of(name), path_of(name));
    }
    const std::size_t damages = 1 + below(random_, 3);
    for (std::size_t i = 0; i < damages; ++i) damage();
    for (const std::string& name : files_below(folder_.path())) damaged_.insert(sum_of(bytes_of(path_of(name))));
  }

  [[nodiscard]] const std::filesystem::path& root() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path path_of(const std::string& name) const { return folder_.path() / name; }
  [[nodiscard]] const std::string& what() const { return what_; }
  [[nodiscard]] std::size_t pick(std::size_t bound) { return below(random_, bound); }
  /// Months that there are in this trial: one with many rows is in each eighth.
  [[nodiscard]] std::vector<const Truth*> truths() const {
    std::vector<const Truth*> here;
    for (const Truth& truth : sound_.truths()) {
      const bool has_large = std::ranges::any_of(files_, is_large);
      if (truth.about.series.interval != Interval::SECOND_1 || has_large) here.push_back(&truth);
    }
    return here;
  }
  /// Whether these bytes were there when the damage was done.
  [[nodiscard]] bool is_old(const std::string& bytes) const { return damaged_.contains(sum_of(bytes)); }

 private:
  static bool is_large(const std::string& name) { return name.find("/1s/") != std::string::npos; }

  void damage() {
    const std::string name = files_.at(below(random_, files_.size()));
    const std::string other = files_.at(below(random_, files_.size()));
    std::string bytes = bytes_of(path_of(name));
    const std::string others = bytes_of(path_of(other));
    if (bytes.empty()) return;
    what_ += what_.empty() ? "" : "; ";
    switch (below(random_, 8)) {
      case 0:
      case 1: {
        const std::size_t bits = 1 + below(random_, 8);
        what_ += std::to_string(bits) + " bits of " + name;
        for (std::size_t i = 0; i < bits; ++i)
          bytes[somewhere(random_, bytes)] ^= static_cast<char>(1U << below(random_, 8));
        break;
      }
      case 2:
        what_ += name + " cut";
        bytes.resize(below(random_, 2) == 0 ? below(random_, bytes.size()) : bytes.size() - 1 - below(random_, 64));
        break;
      case 3:
        what_ += name + " made longer";
        for (std::size_t i = 1 + below(random_, 5'000); i > 0; --i) bytes += static_cast<char>(below(random_, 256));
        break;
      case 4: {
        const std::size_t from = somewhere(random_, bytes);
        const std::size_t length = std::min(bytes.size() - from, std::size_t{512} << below(random_, 4));
        what_ += "a page of " + name + " zeroed";
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(from), length, '\0');
        break;
      }
      case 5: {
        const std::size_t at_byte = below(random_, std::min(bytes.size(), others.size() + 1));
        what_ += "the head of " + name + " with the rest of " + other;
        bytes = bytes.substr(0, at_byte) + others.substr(std::min(at_byte, others.size()));
        break;
      }
      case 6:
        what_ += name + " with the footer of " + other;
        bytes.resize(bytes.size() - footer_length(bytes));
        bytes += others.substr(others.size() - footer_length(others));
        break;
      default:
        what_ += name + " and " + other + " swapped";
        put(path_of(other), bytes);
        bytes = others;
    }
    put(path_of(name), bytes);
  }

  const Sound& sound_;
  std::vector<std::string> files_;
  Random random_;
  TemporaryFolder folder_;
  std::string what_;
  std::set<std::string> damaged_;  // sums
};

bool is_part_of(const RangeSet& part, const RangeSet& whole) { return part.minus(whole).empty(); }

/// The holes that a source has answered with.
RangeSet holes(const RangeSet& answered, const Known& known) { return answered.minus(known.present); }

RangeSet holes_of(const Known& known, Origin origin) {
  RangeSet slots;
  for (const Hole& hole : known.holes) {
    if (hole.origin == origin) slots.add(hole.range);
  }
  return slots;
}

void check_known(const Known& now, const Known& truth) {
  EXPECT_TRUE(is_part_of(now.present, truth.present)) << "a candle that nobody had";
  EXPECT_TRUE(is_part_of(now.archive, truth.archive) && is_part_of(now.rest, truth.rest)) << "an answer nobody gave";
  EXPECT_TRUE(is_part_of(holes(now.archive, now), holes(truth.archive, truth))) << "a hole where the archive had a row";
  for (const Origin origin : {Origin::daily, Origin::monthly, Origin::rest}) {
    EXPECT_TRUE(is_part_of(holes_of(now, origin), holes_of(truth, origin)))
        << "a hole where " << name(origin) << " had a row";
  }
  const auto rest_rows = [](const Known& known) { return known.rest.minus(holes_of(known, Origin::rest)); };
  EXPECT_TRUE(is_part_of(rest_rows(now), rest_rows(truth)));
}

/// Each row that comes out is the one that was there.
void check_values(const Candles& got, const Candles& truth) {
  auto from = truth.open_time.begin();
  for (std::size_t row = 0; row < got.size(); ++row) {
    if (from == truth.open_time.end() || *from != got.open_time[row]) {
      from = std::lower_bound(from, truth.open_time.end(), got.open_time[row]);
    }
    const bool is_there = from != truth.open_time.end() && *from == got.open_time[row];
    const auto index = static_cast<std::size_t>(from - truth.open_time.begin());
    ASSERT_TRUE(is_there && got.same_row(row, truth, index))
        << "a wrong value at " << format_iso(from_ms(got.open_time[row]));
    ++from;
  }
}

/// … and none of those that are said to be there lacks.
void check_rows(const Candles& got, const Candles& truth, const RangeSet& present, Interval interval) {
  check_values(got, truth);
  std::size_t on_grid = 0;
  for (std::size_t row = 0; row < got.size(); ++row) {
    if (interval.on_grid(from_ms(got.open_time[row]))) ++on_grid;
  }
  const auto said = std::ranges::count_if(
      truth.open_time, [&](std::int64_t ms) { return interval.on_grid(from_ms(ms)) && present.contains(from_ms(ms)); });
  EXPECT_EQ(on_grid, static_cast<std::size_t>(said)) << "a row that is said to be there lacks";
}

bool same_known(const Known& a, const Known& b) {
  return a.present == b.present && a.archive == b.archive && a.rest == b.rest && a.holes == b.holes;
}

/// As a request does: what is damaged is moved aside, and the cache opened anew. Returns whether anything was.
bool check_month(const Store& store, const Truth& truth, bool must_be_whole) {
  const Series& series = truth.about.series;
  const TimeRange range = range_of(truth.about.month);
  bool damaged = false;
  for (int i = 0; i < 4; ++i) {
    Snapshot snapshot = store.snapshot(series, range);
    damaged = damaged || !snapshot.damages().empty();
    const auto damages = snapshot.prove(range, all_columns(), Verify::AUTO);
    for (const Damage& damage : damages) EXPECT_FALSE(damage.quarantined_to.empty()) << damage.kept_because;
    damaged = damaged || !damages.empty();
    if (!damages.empty()) continue;
    for (std::size_t filter = 0; filter < kFilters.size(); ++filter) {
      const Known now = snapshot.known(kFilters.at(filter));
      check_known(now, truth.known.at(filter));
      const Candles rows = candles_of(snapshot.rows(range, kFilters.at(filter), all_columns(), true));
      check_rows(rows, truth.rows, now.present, series.interval);
      EXPECT_TRUE(!must_be_whole || same_known(now, truth.known.at(filter))) << "validate found nothing";
    }
    return damaged;
  }
  ADD_FAILURE() << "damaged again and again";
  return true;
}

bool is_about(const CacheFinding& finding, const SeriesMonth& about) {
  return finding.market == about.series.market && finding.symbol == about.series.symbol.text() &&
         finding.interval == about.series.interval && finding.month == about.month;
}

class Corruption : public testing::Test {
 protected:
  static const Sound& sound() {
    static const Sound made;
    return made;
  }
  static int trials() {
    const char* const wanted = std::getenv("KLINEKEEP_CORRUPTIONS");
    return wanted == nullptr ? kTrials : std::atoi(wanted);
  }
  template <class Run>
  static void each_trial(Run run) {
    const int count = trials();
    for (int seed = 1; seed <= count && !HasFailure(); ++seed) {
      Trial trial{sound(), static_cast<std::uint64_t>(seed)};
      SCOPED_TRACE("trial " + std::to_string(seed) + ": " + trial.what());
      run(trial);
    }
  }
};

TEST_F(Corruption, NeverAWrongValueNorASilentHoleAndValidateFindsWhatMatters) {
  int found = 0;
  int quarantined = 0;
  each_trial([&](const Trial& trial) {
    const UnifiedCacheManager manager{trial.root()};
    const auto findings = manager.validate();
    EXPECT_EQ(manager.list().size(), trial.truths().size());
    if (!findings.empty()) ++found;
    const Store store{trial.root(), std::make_shared<FakeFiles>()};
    bool damaged = false;
    for (const Truth* const each : trial.truths()) {
      const Truth& truth = *each;
      const bool is_clean =
          std::ranges::none_of(findings, [&](const CacheFinding& finding) { return is_about(finding, truth.about); });
      const bool damaged_here = check_month(store, truth, is_clean);
      EXPECT_FALSE(is_clean && damaged_here) << "validate found nothing in what then was damaged";
      damaged = damaged || damaged_here;
    }
    if (damaged) ++quarantined;
  });
  std::printf("%d corruptions: validate found %d, reading moved something aside in %d, the others bear on no answer\n",
              trials(), found, quarantined);
}

TEST_F(Corruption, ACommitLaundersNothing) {
  each_trial([&](Trial& trial) {
    const Store store{trial.root(), std::make_shared<FakeFiles>()};
    for (const Truth* const each : trial.truths()) {
      const Truth& truth = *each;
      const SeriesMonth& about = truth.about;
      // Slots that are known already, and for one in three nothing but the end of the month.
      const TimeRange month = range_of(about.month);
      const TimeRange hull = truth.known[1].present.empty() ? month : truth.known[1].present.ranges().front();
      Addition again = answer(trial.pick(2) == 0 ? Origin::rest : Origin::daily, hull, {});
      for (std::size_t row = 0; row < truth.rows.size(); ++row) {
        if (hull.contains(from_ms(truth.rows.open_time[row]))) again.rows.push_back(truth.rows, row);
      }
      if (trial.pick(3) == 0) again = answer(Origin::rest, {month.end - std::chrono::hours{1}, month.end}, {});
      if (about.series.interval == Interval::DAY_3) continue;  // an hour is no slot of it
      if (again.range.end == month.end && again.rows.empty() && !about.series.interval.on_grid(again.range.begin))
        continue;
      commit(store, about.series, about.month, {again});
    }
    const auto findings = UnifiedCacheManager{trial.root()}.validate();
    for (const CacheFinding& finding : findings) {
      EXPECT_TRUE(trial.is_old(bytes_of(finding.path))) << finding.path << ", just written: " << finding.what;
    }
    for (const Truth* const each : trial.truths()) {
      const Truth& truth = *each;
      const Candles rows = [&] {
        while (true) {
          Snapshot snapshot = store.snapshot(truth.about.series, range_of(truth.about.month));
          if (!snapshot.prove(range_of(truth.about.month), all_columns(), Verify::AUTO).empty()) continue;
          return candles_of(snapshot.rows(range_of(truth.about.month), kAnyTrust, all_columns(), true));
        }
      }();
      check_values(rows, truth.rows);
    }
  });
}

TEST_F(Corruption, WhatValidateFindsCanBeMovedAsideAndThenAllIsSound) {
  each_trial([&](const Trial& trial) {
    const UnifiedCacheManager manager{trial.root()};
    const Store store{trial.root(), std::make_shared<FakeFiles>()};
    for (const CacheFinding& finding : manager.validate()) {
      const std::string bad = std::filesystem::exists(finding.path) ? bytes_of(finding.path) : "";
      (void)store.quarantine({finding.market, Symbol{finding.symbol}, finding.interval}, finding.month, finding.what);
      EXPECT_FALSE(std::filesystem::exists(finding.path));
      const auto names = files_below(trial.root());
      EXPECT_TRUE(std::ranges::any_of(names, [&](const std::string& name) {
        return name.find("quarantine") != std::string::npos && (bad.empty() || bytes_of(trial.path_of(name)) == bad);
      })) << "the bytes are lost";
    }
    EXPECT_TRUE(manager.validate().empty());
    for (const Truth& truth : sound().truths())
      EXPECT_FALSE(check_month(store, truth, false)) << "damaged all the same";
  });
}

}  // namespace
}  // namespace klinekeep::store
