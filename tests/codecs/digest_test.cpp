#include "codecs/digest.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace klinekeep::codecs {
namespace {

const std::string kAbcSha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";  // FIPS 180-2
const std::string kAbcMd5 = "900150983cd24fb0d6963f7d28e17f72";                                     // RFC 1321

TEST(Digest, EqualsThePublishedSums) {
  EXPECT_EQ(hex(sha256("abc")), kAbcSha256);
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(hex(md5("abc")), kAbcMd5);
  EXPECT_EQ(hex(md5("")), "d41d8cd98f00b204e9800998ecf8427e");
}

TEST(Digest, TakesPiecesAndMoves) {
  Sha256 sha;
  Md5 md5;
  sha.update("a");
  md5.update("a");
  sha.update("");
  Sha256 moved = std::move(sha);
  moved.update("bc");
  md5.update("bc");
  EXPECT_EQ(hex(moved.finish()), kAbcSha256);
  EXPECT_EQ(hex(md5.finish()), kAbcMd5);
}

TEST(Hex, ReadsEitherCase) {
  EXPECT_EQ(parse_hex<Sha256Sum>(kAbcSha256), sha256("abc"));
  EXPECT_EQ(parse_hex<Md5Sum>("900150983CD24FB0D6963F7D28E17F72"), md5("abc"));
}

TEST(Hex, RefusesOtherLengthsAndCharacters) {
  for (const char* text : {"", "9", "900150983cd24fb0d6963f7d28e17f7", "900150983cd24fb0d6963f7d28e17f722",
                           "900150983cd24fb0d6963f7d28e17f7g", "-00150983cd24fb0d6963f7d28e17f72",
                           "0x0150983cd24fb0d6963f7d28e17f72", " 00150983cd24fb0d6963f7d28e17f72"}) {
    EXPECT_FALSE(parse_hex<Md5Sum>(text)) << text;
  }
}

RC_GTEST_PROP(Hex, ReadsBackWhatItWrites, (const Md5Sum& sum)) { RC_ASSERT(parse_hex<Md5Sum>(hex(sum)) == sum); }

RC_GTEST_PROP(Digest, DoesNotDependOnThePieces, (const std::string& a, const std::string& b)) {
  Sha256 hash;
  hash.update(a);
  hash.update(b);
  RC_ASSERT(hash.finish() == sha256(a + b));
}

}  // namespace
}  // namespace klinekeep::codecs
