// All that happens to one month of a series, step by step: what the trials of power cuts and kills go through.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/directory.hpp"
#include "store/disk.hpp"
#include "store/support.hpp"

namespace klinekeep::store {

/// What the month holds.
struct Held {
  Candles rows;
  RangeSet present;
  bool same_as(const Held& other) const { return same(rows, other.rows) && present == other.present; }
  /// Whether each row is one of `whole`, and no more is claimed.
  [[nodiscard]] bool part_of(const Held& whole) const;
};

struct Step {
  const char* name;
  /// `files` lead to `disk`, and are those of the store.
  std::function<void(const Store&, const std::shared_ptr<Files>& files, Disk& disk)> run;
  enum Kind : std::uint8_t {
    whole,
    in_parts,  // tail and base go one after the other: until it has returned, a part of what was is right too
    rots,      // the base has a flipped bit, at the beginning or after it
  } kind = whole;
};

/// First commit, tails, folds, a refresh, a prune, a repair, rot that a commit finds: each after the one before.
[[nodiscard]] std::vector<Step> journey();

inline const std::filesystem::path kDiskRoot = "/home/user/.cache/klinekeep";
inline constexpr Month kJourneyMonth = Month{std::chrono::year{2024}, std::chrono::month{3}};
[[nodiscard]] Series journey_series();
[[nodiscard]] Directory directory_on(std::shared_ptr<Files> files);
[[nodiscard]] Store store_on(std::shared_ptr<Files> files);

/// A disk with the user's home on it, and that durably.
[[nodiscard]] std::shared_ptr<Disk> new_disk();

/// What the store answers. A partition that does not validate, or turns out damaged, fails the test, but for
/// a wrong sum where `rot`.
[[nodiscard]] Held look(const std::shared_ptr<Disk>& disk, bool rot);

/// What is held after each step without any fault; the first is the empty cache.
[[nodiscard]] std::vector<Held> held_along(const std::vector<Step>& steps);

/// One more row at the end of the month, for after a fault.
[[nodiscard]] Addition one_more();

/// Names below the series' folder and the catalogue's that are neither partition, facts, lock nor catalogue.
[[nodiscard]] std::vector<std::string> temporaries(const Disk& disk);

}  // namespace klinekeep::store
