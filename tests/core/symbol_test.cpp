#include "klinekeep/symbol.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>

#include "klinekeep/errors.hpp"

namespace klinekeep {
namespace {

/// The message of the refusal; "" where it was taken.
std::string refusal(std::string_view text) {
  try {
    const Symbol symbol{text};
    return "";
  } catch (const InvalidRequest& error) {
    return error.what();
  }
}

std::string repeated(std::string_view part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += part;
  return text;
}

/// Code points of well-formed UTF-8.
std::size_t length(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

TEST(Symbol, TakesWhatBinanceTrades) {
  for (const char* text : {"BTCUSDT", "1000SATSUSDT", "BTCUSD_PERP", "BTCUSDT_240628", "A", "1INCHUSDT", "_X", "A-B",
                           "币安人生USDT", "ÅUSDT"}) {
    EXPECT_EQ(Symbol{text}.text(), text);
  }
}

TEST(Symbol, FoldsAsciiLowerCaseOnly) {
  EXPECT_EQ(Symbol{"btcusdt"}.text(), "BTCUSDT");
  EXPECT_EQ(Symbol{"BtcUsd_perp"}.text(), "BTCUSD_PERP");
  EXPECT_EQ(Symbol{"币安人生usdt"}.text(), "币安人生USDT");
  EXPECT_EQ(Symbol{"åb"}.text(), "åB");
  EXPECT_EQ(Symbol{"btcusdt"}, Symbol{"BTCUSDT"});
}

TEST(Symbol, HasOneToSixtyFourCodePoints) {
  EXPECT_EQ(Symbol(repeated("A", 64)).text().size(), 64U);
  EXPECT_EQ(Symbol(repeated("币", 64)).text().size(), 192U);
  EXPECT_NE(refusal(repeated("A", 65)), "");
  EXPECT_NE(refusal(repeated("币", 65)), "");
  EXPECT_NE(refusal(repeated("A", 4096)), "");
  EXPECT_NE(refusal(""), "");
}

TEST(Symbol, RefusesWhatCouldLeaveAPathOrAUrl) {
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {"-BTC"sv,      "-"sv,           "../"sv,      ".."sv,    "."sv,         "BTC/USDT"sv, "/etc/passwd"sv,
        "BTC\\USDT"sv, "BTC\0USDT"sv,   "\0"sv,       "%2f"sv,   "BTC%00"sv,    "BTC?x"sv,    "BTC&limit=1"sv,
        "BTC=1"sv,     "BTC#"sv,        "BTC\n"sv,    "\nBTC"sv, "BTC\r\n"sv,   "BTC\t"sv,    "BTC USDT"sv,
        " BTC"sv,      "BTC "sv,        "BTC:USDT"sv, "BTC*"sv,  "BTC\"USDT"sv, "BTC'USDT"sv, "BTC;"sv,
        "BTC|"sv,      "$(id)"sv,       "`id`"sv,     "~"sv,     "BTC@"sv,      "BTC+"sv,     "BTC,"sv,
        "<BTC>"sv,     "BTC\x1b[31m"sv, "BTC\x7f"sv,  "{}"sv,    "BTC^"sv}) {
    EXPECT_NE(refusal(text), "") << text;
  }
}

TEST(Symbol, RefusesWhatIsNotALetterBeyondAscii) {
  for (const char* text : {
           "BTC\u200F",    "BTC\u202EUSDT", "\u202DBTC",     "\u2066BTC",  "\u200B",       "BTC\u200D",
           "\uFEFFBTC",                                                                     // marks
           "BTC\u0085",    "BTC\u00A0",     "BTC\u2028",     "BTC\u3000",                   // spaces
           "BTC\u00AD",                                                                     // soft hyphen
           "\uFF11\uFF12", "\u0663",        "\u00B2",        "\u2167",                      // digits
           "BTC\u20AC",    "\u20BF",        "BTC\u2215USDT", "\uFF0F",     "\uFF0E\uFF0E",  // signs
           "\U0001F680",   "BTC\U0001F680", "\u2764\uFE0F",                                 // emoji
           "\uE000",       "\U000F0000",    "\uFFFE",        "\U0001FFFF", "\u0378",  // private use, non-characters,
                                                                                      // unassigned
       }) {
    EXPECT_NE(refusal(text), "") << text;
  }
}

TEST(Symbol, RefusesWhatIsNotNfc) {
  for (const char* text : {
           "BTC\u0301",  // a combining mark
           "\u0301",
           "e\u0301",             // é as two code points
           "A\u030A",             // Å as two
           "\u1112\u1161\u11AB",  // 한 as its jamo: letters all, but not composed
           "\u212B",              // the Ångström sign, which is Å
           "\u2126",              // the Ohm sign, which is Ω
           "\uF900",              // a compatibility ideograph, which is 豈
       }) {
    EXPECT_NE(refusal(text), "") << text;
  }
  EXPECT_EQ(refusal("한"), "");
  EXPECT_EQ(refusal("豈"), "");
  EXPECT_EQ(refusal("Ω"), "");
}

TEST(Symbol, RefusesWhatIsNotUtf8) {
  for (const char* text : {
           "\xFF",
           "BTC\xFE",
           "\x80",
           "BTC\xBF",  // bytes that begin nothing
           "\xC3",
           "BTC\xE5\xB8",
           "\xF0\x9F\x9A",  // cut short
           "\xE5\x41\x81",  // broken in between
           "\xC0\xAF",
           "\xC1\x81",
           "\xE0\x80\xAF",
           "\xE0\x81\x81",
           "\xF0\x80\x81\x81",  // overlong
           "\xED\xA0\x80",
           "\xED\xBF\xBF",
           "\xED\xA0\xBD\xED\xBA\x80",  // surrogates
           "\xF4\x90\x80\x80",
           "\xF8\x88\x80\x80\x80",  // beyond U+10FFFF
       }) {
    EXPECT_NE(refusal(text), "") << text;
  }
}

TEST(Symbol, SaysWhatIsWrong) {
  const std::string rule =
      "; a symbol is 1 to 64 of A-Z, 0-9, '_', '-' and letters beyond ASCII, like BTCUSDT or BTCUSD_PERP";
  EXPECT_EQ(refusal(""), "'' cannot be a symbol: it is empty" + rule);
  EXPECT_EQ(refusal("-X"), "'-X' cannot be a symbol: it begins with '-'" + rule);
  EXPECT_EQ(refusal("BTC/USDT"), "'BTC/USDT' cannot be a symbol: it contains '/'" + rule);
  EXPECT_EQ(refusal("btc\n"), "'btc\\n' cannot be a symbol: it contains '\\n'" + rule);
  EXPECT_EQ(refusal("BTC\u202EX"), "'BTC\\u202eX' cannot be a symbol: it contains '\\u202e'" + rule);
  EXPECT_EQ(refusal("\xC0\xAF"), "'\\xc0\\xaf' cannot be a symbol: it is not UTF-8" + rule);
  EXPECT_EQ(refusal("\u212B"), "'\u212B' cannot be a symbol: it is not in Unicode's NFC form" + rule);
  EXPECT_EQ(refusal(repeated("A", 65)), "'" + repeated("A", 65) + "' cannot be a symbol: it is too long" + rule);
}

TEST(Symbol, QuotesAtMostEightyCharacters) {
  EXPECT_TRUE(refusal(repeated("A", 4096)).starts_with("'" + repeated("A", 80) + "…' cannot be a symbol"));
  EXPECT_LT(refusal(repeated("\xFF", 4096)).size(), 700U);
}

RC_GTEST_PROP(Symbol, NeverEscapesItsAlphabet, (const std::string& bytes)) {
  std::string text;
  try {
    text = Symbol{bytes}.text();
  } catch (const InvalidRequest&) {
    return;
  }
  RC_ASSERT(length(text) >= 1);
  RC_ASSERT(length(text) <= 64);
  RC_ASSERT(text.front() != '-');
  for (const char c : text) {
    const bool ascii = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    RC_ASSERT(ascii || static_cast<unsigned char>(c) > 0x7F);
  }
  RC_ASSERT(Symbol{text}.text() == text);
}

RC_GTEST_PROP(Symbol, TakesEveryWordOfItsAlphabet, ()) {
  const std::vector<std::string> letters{"A", "Z", "a", "z", "0", "9", "_", "-", "币", "Å", "ß", "Ж"};
  std::string text = "X";
  for (int i = *rc::gen::inRange(0, 64); i > 0; --i) text += *rc::gen::elementOf(letters);
  RC_ASSERT(refusal(text) == "");
}

TEST(Symbol, SortsByItsText) { EXPECT_LT(Symbol{"ADAUSDT"}, Symbol{"BTCUSDT"}); }

}  // namespace
}  // namespace klinekeep
