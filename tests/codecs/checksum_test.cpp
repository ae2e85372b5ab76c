#include "codecs/checksum.hpp"

#include <gtest/gtest.h>

#include "codecs/support.hpp"

namespace klinekeep::codecs {
namespace {

const std::string kHex = "dd579c62368ded93d3f01a1904575b932279e32936e181c062763e605793c1c2";
const std::string kName = "BTCUSDT-1m-2020-01-01.zip";

TEST(Checksum, TakesTheFormsOfSha256sum) {
  std::string upper = kHex;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const std::string& file :
       {kHex + "  " + kName, kHex + "  " + kName + "\n", kHex + "  " + kName + "\r\n", kHex + " *" + kName,
        kHex + "  *" + kName + "\n", kHex + " " + kName, upper + "  " + kName}) {
    const auto checksum = parse_checksum(file);
    ASSERT_TRUE(checksum) << problem_of(checksum);
    EXPECT_EQ(hex(checksum->sha256), kHex);
    EXPECT_EQ(checksum->file_name, kName);
  }
}

TEST(Checksum, TakesNamesThatAreNotAscii) {
  EXPECT_EQ(parse_checksum(kHex + "  币安人生USDT-1m-2025-12.zip")->file_name, "币安人生USDT-1m-2025-12.zip");
}

TEST(Checksum, RefusesAnythingElse) {
  using namespace std::string_literals;
  for (const std::string& file : {""s,
                                  "\n"s,
                                  kHex,
                                  kHex + "\n",
                                  kHex + "  ",
                                  kHex + "  \n",
                                  kHex + " *",
                                  kHex + kName,
                                  kHex + "\t" + kName,
                                  kHex + "   " + kName,
                                  kHex.substr(1) + "  " + kName,
                                  kHex + "0  " + kName,
                                  "g" + kHex.substr(1) + "  " + kName,
                                  " " + kHex + "  " + kName,
                                  kHex + "  " + kName + "\n\n",
                                  kHex + "  " + kName + "\r",
                                  kHex + "  " + kName + "\n ",
                                  kHex + "  " + kName + " ",
                                  kHex + "  a b.zip",
                                  kHex + " **",
                                  kHex + " **" + kName,
                                  kHex + "  a*.zip",
                                  kHex + "  " + kName + "\n" + kHex + "  other.zip\n",
                                  kHex + "  " + kName + "\n" + kHex + "  " + kName,
                                  kHex + "  ../" + kName,
                                  kHex + "  a/" + kName,
                                  kHex + "  a\\" + kName,
                                  kHex + "  /" + kName,
                                  kHex + "  " + kName + "\0"s,
                                  "<!DOCTYPE html><html></html>"s,
                                  "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>"s,
                                  kName + "  " + kHex}) {
    EXPECT_FALSE(parse_checksum(file)) << file;
  }
}

TEST(Checksum, SaysWhatCame) {
  EXPECT_EQ(problem_of(parse_checksum("<html>\n")),
            "'<html>\\n' is not a checksum file: 64 hex digits, two blanks and a file name");
}

}  // namespace
}  // namespace klinekeep::codecs
