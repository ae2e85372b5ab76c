// Every file of the fuzzers' corpora, through the same entries as theirs.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "entry.hpp"

namespace klinekeep::fuzz {
namespace {

const std::filesystem::path kCorpus{KLINEKEEP_FUZZ_CORPUS};

struct Fuzzer {
  const char* name;
  void (*run)(std::string_view input);
};

const Fuzzer kFuzzers[] = {{"api_json", api_json},       {"checksum", checksum},       {"csv", csv},
                           {"csv_kernels", csv_kernels}, {"decimal", decimal},         {"http_text", http_text},
                           {"klines_json", klines_json}, {"listing_xml", listing_xml}, {"zip", zip}};

class Corpus : public testing::TestWithParam<Fuzzer> {};

TEST_P(Corpus, KeepsTheLaws) {
  ASSERT_TRUE(std::filesystem::is_directory(kCorpus / GetParam().name));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{kCorpus / GetParam().name}) {
    std::ifstream in{entry.path(), std::ios::binary};
    ASSERT_TRUE(in) << entry.path();
    const std::string input{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_NO_THROW(GetParam().run(input)) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 3);
}

INSTANTIATE_TEST_SUITE_P(Fuzzers, Corpus, testing::ValuesIn(kFuzzers),
                         [](const auto& fuzzer) { return std::string{fuzzer.param.name}; });

TEST(Corpora, HaveAFuzzerEach) {
  std::set<std::string> folders;
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{kCorpus})
    folders.insert(entry.path().filename().string());
  folders.erase("partition");  // tests/store has it
  for (const Fuzzer& fuzzer : kFuzzers) names.insert(fuzzer.name);
  EXPECT_EQ(folders, names);
}

TEST(Laws, AreNoticedWhenTheyAreBroken) { EXPECT_THROW(require(false, "so"), std::logic_error); }

}  // namespace
}  // namespace klinekeep::fuzz
