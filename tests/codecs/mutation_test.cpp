// Small good inputs with every single byte changed: whatever comes out is refused, or is what the changed bytes say.

#include <gtest/gtest.h>

#include "codecs/csv.hpp"
#include "codecs/klines_json.hpp"
#include "codecs/reference.hpp"
#include "codecs/support.hpp"
#include "codecs/zip.hpp"
#include "codecs/zip_maker.hpp"

namespace klinekeep::codecs {
namespace {

const std::string kCsv =
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,"
    "ignore\r\n"
    "1577836800000,7195.24,7196.25,7183.14,7186.68,51.64281200,1577836859999,371233.51835535,493,19.59,140888.41428273,"
    "0\r\n"
    "1735689600000000,0.316,0.316,0.316,0.316,27,1735689600999999,8.53200000,1,-0.5,0,0\n";

const std::string kJson =
    R"([[1577836800000,"7195.24","7196.25","7183.14","7186.68","51.64281200",1577836859999,"371233.51835535",493,"19.59",)"
    R"("140888.41428273","0"], [1735689600000000,"0.316","0.316","0.316","0.316","27",1735689600999999,"8.5",1,"-0.5","0","0"]])";

/// Calls f with each copy of `text` that has one byte changed, taken away or put in.
template <class F>
void mutate(const std::string& text, F f) {
  const std::string_view bytes{"\0\t\n\r \"+,-./0159:AZ[]_aez{}\x7F\x80\xBF\xEF\xFF", 32};
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    for (unsigned bit = 0; bit < 8; ++bit) {
      changed[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ 1U << bit);
      f(changed);
    }
    for (const char byte : bytes) {
      changed[at] = byte;
      f(changed);
      f(std::string{text}.insert(at, 1, byte));
    }
    f(std::string{text}.erase(at, 1));
  }
}

TEST(Mutation, AChangedCsvIsRefusedOrReadAsItStands) {
  int taken = 0;
  int refused = 0;
  mutate(kCsv, [&](const std::string& text) {
    const auto ours = parse_csv(text);
    const auto expected = reference::csv(text);
    ASSERT_EQ(ours.has_value(), expected.has_value()) << text << problem_of(ours);
    ++(ours ? taken : refused);
    ASSERT_EQ(ours ? difference(*ours, *expected) : "", "") << text;
  });
  EXPECT_GT(taken, 1000);
  EXPECT_GT(refused, 1000);
}

TEST(Mutation, AChangedBodyIsRefusedOrReadAsItStands) {
  int taken = 0;
  int refused = 0;
  mutate(kJson, [&](const std::string& text) {
    const auto ours = parse_klines(text);
    const auto expected = reference::klines(text);
    ASSERT_EQ(ours.has_value(), expected.has_value()) << text << problem_of(ours);
    ++(ours ? taken : refused);
    ASSERT_EQ(ours ? difference(*ours, *expected) : "", "") << text;
  });
  EXPECT_GT(taken, 1000);
  EXPECT_GT(refused, 1000);
}

/// The unpacked file, or none.
std::optional<std::string> content_of(const std::string& zip) {
  const auto entry = only_entry(zip);
  if (!entry) return std::nullopt;
  std::string content;
  const auto done = extract(*entry, 1'000'000, [&](std::string_view block) -> Parsed<void> {
    content += block;
    return {};
  });
  if (!done) return std::nullopt;
  return content;
}

TEST(Mutation, AChangedZipIsRefusedOrUnpacksToTheSame) {
  for (const ZipRecipe& recipe : {ZipRecipe{}, ZipRecipe{.deflate = false},
                                  ZipRecipe{.flags = 8, .zip64_sizes = true, .zip64_end = true, .comment = "none"}}) {
    const std::string zip = make_zip(kCsv, recipe).bytes;
    int taken = 0;
    int refused = 0;
    mutate(zip, [&](const std::string& file) {
      const auto content = content_of(file);
      ++(content ? taken : refused);
      ASSERT_EQ(content.value_or(kCsv), kCsv);
    });
    EXPECT_GT(refused, 20 * taken);
    EXPECT_GT(taken, 100);  // dates, versions, attributes
  }
}

}  // namespace
}  // namespace klinekeep::codecs
