#include "core/quote.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace klinekeep {
namespace {

TEST(Quote, LeavesPlainTextAsItIs) {
  EXPECT_EQ(quote(""), "''");
  EXPECT_EQ(quote("BTC USDT/%2f"), "'BTC USDT/%2f'");
  EXPECT_EQ(quote("币安人生USDT 🚀"), "'币安人生USDT 🚀'");
}

TEST(Quote, EscapesControls) {
  using namespace std::string_view_literals;
  EXPECT_EQ(quote("a\nb\r\tc"), R"('a\nb\r\tc')");
  EXPECT_EQ(quote("\x1b[31m"), R"('\x1b[31m')");
  EXPECT_EQ(quote("\0\x7f"sv), R"('\x00\x7f')");
  EXPECT_EQ(quote("\u0085\u009b"), R"('\x85\x9b')");
  EXPECT_EQ(quote("\u2028\u2029"), R"('\u2028\u2029')");
}

TEST(Quote, EscapesDirectionMarksAndOtherUnseenCharacters) {
  EXPECT_EQ(quote("\u200E\u200F\u061C"), R"('\u200e\u200f\u061c')");
  EXPECT_EQ(quote("\u202A\u202B\u202C\u202D\u202E"), R"('\u202a\u202b\u202c\u202d\u202e')");
  EXPECT_EQ(quote("\u2066\u2067\u2068\u2069"), R"('\u2066\u2067\u2068\u2069')");
  EXPECT_EQ(quote("\uFEFF\u200B\u00AD"), R"('\ufeff\u200b\xad')");
}

TEST(Quote, EscapesBytesThatAreNotUtf8) {
  EXPECT_EQ(quote("a\xFF\xC0\xAFz"), R"('a\xff\xc0\xafz')");
  EXPECT_EQ(quote("\xED\xA0\x80"), R"('\xed\xa0\x80')");
  EXPECT_EQ(quote("\xE5\xB8"), R"('\xe5\xb8')");
}

TEST(Quote, StopsAfterEightyCharacters) {
  const std::string eighty(80, 'x');
  EXPECT_EQ(quote(eighty), "'" + eighty + "'");
  EXPECT_EQ(quote(eighty + "y"), "'" + eighty + "…'");
  EXPECT_EQ(quote(std::string(1 << 20, 'x')), "'" + eighty + "…'");
  std::string wide;
  for (int i = 0; i < 81; ++i) wide += "币";
  EXPECT_EQ(quote(wide), "'" + wide.substr(0, 240) + "…'");
}

TEST(Quote, ShowsAPathToItsEnd) {
  const std::string path = "/" + std::string(90, 'x') + "/last";
  EXPECT_EQ(quote_path(path), "'" + path + "'");
  EXPECT_EQ(quote_path("a\nb"), R"('a\nb')");
  EXPECT_EQ(quote_path(std::string(1 << 20, 'x')), "'" + std::string(4096, 'x') + "…'");
}

/// What must not reach a terminal, found without a library.
bool is_harmless(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return false;
    if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return false;  // U+0080 to U+009F
  }
  for (const char* mark : {"\u200E", "\u200F", "\u061C", "\u202A", "\u202B", "\u202C", "\u202D", "\u202E", "\u2066",
                           "\u2067", "\u2068", "\u2069", "\uFEFF", "\u200B", "\u2028", "\u2029"}) {
    if (text.find(mark) != std::string_view::npos) return false;
  }
  return true;
}

RC_GTEST_PROP(Quote, LetsNoBytesTurnOrBreakALine, (const std::string& bytes)) {
  const std::string quoted = quote(bytes);
  RC_ASSERT(is_harmless(quoted));
  RC_ASSERT(quoted.size() <= 2 + 80 * 8 + 3);
  RC_ASSERT(quoted.front() == '\'');
  RC_ASSERT(quoted.back() == '\'');
}

RC_GTEST_PROP(Quote, LetsNoCharacterTurnOrBreakALine, ()) {
  std::string text;
  for (int i = *rc::gen::inRange(0, 100); i > 0; --i) {
    text += *rc::gen::elementOf(std::vector<std::string>{"\u202E", "\u200F", "\u2067", "\u0085", "\n", "\x1b", "\x01",
                                                         "\xE2\x80", "\xAE", "\xC2", "\x9B", "币", "a", "'"});
  }
  const std::string quoted = quote(text);
  RC_ASSERT(is_harmless(quoted));
  RC_ASSERT(quoted.size() <= 2 + 80 * 8 + 3);
}

}  // namespace
}  // namespace klinekeep
