// Makes a cache of many small partitions: symbols of up to 100 months each, of 1d.
//   klinekeep-bench-make_cache FOLDER PARTITIONS

#include <cstdio>
#include <cstdlib>

#include "some_cache.hpp"

int main(int count, char** arguments) {
  const int partitions = count == 3 ? std::atoi(arguments[2]) : 0;
  if (partitions <= 0) {
    std::fputs("usage: klinekeep-bench-make_cache FOLDER PARTITIONS\n", stderr);
    return 2;
  }
  klinekeep::bench::write_many(arguments[1], partitions);
  return 0;
}
