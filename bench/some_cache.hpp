// What the benchmarks of reading share: a folder of their own, and partitions written into it.
#pragma once

#include <filesystem>

#include "core/series.hpp"
#include "store/month.hpp"

namespace klinekeep::bench {

/// A new folder, removed in the end, where temporary files go.
class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Writes the month's partition, of monthly file's candles without a gap, below the cache directory `root`. Nothing is
/// synced.
void write_month(const std::filesystem::path& root, const Series& series, store::Month month);

/// … and `count` of them: symbols of up to 100 months each, from 2016-01 on.
void write_many(const std::filesystem::path& root, int count, Interval interval = Interval::DAY_1);
[[nodiscard]] Series series_of_many(int number, Interval interval = Interval::DAY_1);
[[nodiscard]] store::Month month_of_many(int number);

}  // namespace klinekeep::bench
