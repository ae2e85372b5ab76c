// Every file of the fuzzer's corpus, through the same entry as its own; and every one with a bit flipped.

#include <gtest/gtest.h>

#include <filesystem>

#include "entry.hpp"
#include "store/partition.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

const std::filesystem::path kCorpus = std::filesystem::path{KLINEKEEP_FUZZ_CORPUS} / "partition";

TEST(PartitionCorpus, BeginsWithWhatIsBelievedToday) {
  const PartitionKey key{series_of(Interval::HOUR_1, "BASETAIL"), std::chrono::year{2024} / 3, Part::base};
  EXPECT_NE(Partition::open(real_files(), kCorpus / "tail", key).partition, nullptr);
  for (const char* name : {"footer_json", "footer_holes"}) {
    EXPECT_EQ(parse_footer(bytes_of(kCorpus / name), key).index(), 0U) << name;
  }
}

TEST(PartitionCorpus, KeepsTheLaws) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{kCorpus}) {
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
