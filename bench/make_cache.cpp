// Makes a cache of many partitions: symbols of up to 100 months each, of 1d unless another interval is named.
//   klinekeep-bench-make_cache FOLDER PARTITIONS [INTERVAL]

#include <cstdio>
#include <cstdlib>

#include "some_cache.hpp"

int main(int count, char** arguments) {
  using klinekeep::Interval;
  const int partitions = count == 3 || count == 4 ? std::atoi(arguments[2]) : 0;
  const auto interval = Interval::parse(count == 4 ? arguments[3] : "1d");
  if (partitions <= 0 || !interval) {
    std::fputs("usage: klinekeep-bench-make_cache FOLDER PARTITIONS [INTERVAL]\n", stderr);
    return 2;
  }
  klinekeep::bench::write_many(arguments[1], partitions, *interval);
  return 0;
}
