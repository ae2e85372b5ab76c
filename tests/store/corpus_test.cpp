// Every file of the fuzzer's corpus, through the same entry as its own; and every one with a bit flipped.

#include <gtest/gtest.h>

#include <filesystem>

#include "entry.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

TEST(PartitionCorpus, KeepsTheLaws) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator{std::filesystem::path{KLINEKEEP_FUZZ_CORPUS} / "partition"}) {
    std::string input = bytes_of(entry.path());
    EXPECT_NO_THROW(fuzz::partition(input)) << entry.path();
    for (std::size_t i = 0; i < input.size(); i += 11) {
      input[i] = static_cast<char>(input[i] ^ 4);
      EXPECT_NO_THROW(fuzz::partition(input)) << entry.path() << ' ' << i;
      input[i] = static_cast<char>(input[i] ^ 4);
    }
    ++files;
  }
  EXPECT_GE(files, 4);
}

}  // namespace
}  // namespace klinekeep::store
