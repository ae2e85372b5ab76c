// Every recorded file, held against readings that share no code with ours: zlib, strtod, nlohmann's JSON, published
// sums.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "codecs/checksum.hpp"
#include "codecs/csv.hpp"
#include "codecs/digest.hpp"
#include "codecs/http_text.hpp"
#include "codecs/klines_json.hpp"
#include "codecs/listing_xml.hpp"
#include "codecs/reference.hpp"
#include "codecs/support.hpp"
#include "codecs/zip.hpp"
#include "codecs/zip_maker.hpp"

namespace klinekeep::codecs {
namespace {

std::vector<std::string> zips() {
  return data_files("archive", [](const std::string& name) { return name.ends_with(".zip"); });
}

std::vector<std::string> raw_csvs() {
  auto paths = data_files("anomalies", [](const std::string& name) { return name.starts_with("BTCUSDT-1m-"); });
  paths.emplace_back("candles/adabtc_spot_1m_2021-11-27_first_10_rows.csv");
  return paths;
}

std::vector<std::string> klines_bodies() {
  return data_files("rest", [](const std::string& name) {
    return name.starts_with("klines_") || name.starts_with("continuousKlines_");
  });
}

/// Its rows by ours and by the reference; fails the test where they differ. Returns how many there are.
std::size_t compare_csv(const std::string& text, const std::string& path) {
  const auto ours = parse_csv(text);
  const auto expected = reference::csv(text);
  EXPECT_TRUE(ours) << path << ": " << problem_of(ours);
  EXPECT_TRUE(expected) << path;
  if (!ours || !expected) return 0;
  EXPECT_EQ(difference(*ours, *expected), "") << path;
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  EXPECT_EQ(ours->size(), lines - (text.starts_with("open_time") ? 1U : 0U)) << path;
  return ours->size();
}

TEST(Golden, EveryZipIsReadAsByZlibAndStrtod) {
  std::size_t rows = 0;
  for (const std::string& path : zips()) {
    const std::string file = read_data(path);
    const auto entry = only_entry(file);
    ASSERT_TRUE(entry) << path << ": " << problem_of(entry);
    EXPECT_EQ(entry->name, std::filesystem::path{path}.stem().string() + ".csv");
    const std::string content = unzip(file);
    const std::string_view packed{reinterpret_cast<const char*>(entry->data.data()), entry->data.size()};
    EXPECT_TRUE(content == inflate_by_zlib(packed)) << path;
    EXPECT_EQ(entry->crc32, crc32_by_zlib(content)) << path;
    rows += compare_csv(content, path);
  }
  EXPECT_GT(rows, 200'000U);
}

TEST(Golden, EveryRawCsvIsReadAsByStrtod) {
  std::size_t rows = 0;
  for (const std::string& path : raw_csvs()) rows += compare_csv(read_data(path), path);
  EXPECT_GT(rows, 12'000U);
}

TEST(Golden, EveryKlinesBodyIsReadAsByStrtod) {
  std::size_t rows = 0;
  for (const std::string& path : klines_bodies()) {
    const std::string body = read_data(path);
    const auto ours = parse_klines(body);
    const auto expected = reference::klines(body);
    ASSERT_TRUE(ours) << path << ": " << problem_of(ours);
    ASSERT_TRUE(expected) << path;
    EXPECT_EQ(difference(*ours, *expected), "") << path;
    rows += ours->size();
  }
  EXPECT_GT(rows, 2'400U);
}

TEST(Golden, TheComparisonSeesOneUnitInTheLastPlace) {
  const auto candles = parse_csv(read_data(raw_csvs().front()));
  ASSERT_TRUE(candles);
  Candles other = *candles;
  EXPECT_EQ(difference(*candles, other), "");
  other.quote_volume[700] = std::nextafter(other.quote_volume[700], 0.0);
  EXPECT_TRUE(difference(*candles, other).starts_with("quote_volume[700]: ")) << difference(*candles, other);
  other = *candles;
  other.trades.back() += 1;
  EXPECT_NE(difference(*candles, other), "");
  other = *candles;
  other.low[0] = -other.low[0];
  EXPECT_NE(difference(*candles, other), "");
  other = *candles;
  other.volume.pop_back();
  EXPECT_NE(difference(*candles, other), "");
}

TEST(Golden, StreamingAZipIntoTheParserGivesTheSameRows) {
  for (const std::string& path : zips()) {
    const std::string file = read_data(path);
    const auto entry = only_entry(file);
    ASSERT_TRUE(entry);
    Candles candles;
    CsvParser parser{candles};
    auto done = extract(*entry, entry->size, [&](std::string_view block) { return parser.feed(block); });
    if (done) done = parser.finish();
    ASSERT_TRUE(done) << path << ": " << problem_of(done);
    EXPECT_EQ(difference(candles, *parse_csv(unzip(file))), "") << path;
  }
}

TEST(Golden, EveryFileHasItsRecordedSha256) {
  std::istringstream sums{read_data("SHA256SUMS")};
  std::size_t files = 0;
  for (std::string line; std::getline(sums, line); ++files) {
    EXPECT_EQ(hex(sha256(read_data(line.substr(66)))), line.substr(0, 64)) << line;
  }
  EXPECT_GT(files, 90U);
}

TEST(Golden, EveryPublishedChecksumFits) {
  std::size_t files = 0;
  for (const std::string& path : zips()) {
    if (!std::filesystem::exists(std::filesystem::path{KLINEKEEP_TEST_DATA} / (path + ".CHECKSUM"))) continue;
    const auto checksum = parse_checksum(read_data(path + ".CHECKSUM"));
    ASSERT_TRUE(checksum) << path << ": " << problem_of(checksum);
    EXPECT_EQ(checksum->file_name, std::filesystem::path{path}.filename().string());
    EXPECT_EQ(checksum->sha256, sha256(read_data(path))) << path;
    ++files;
  }
  EXPECT_GE(files, 17U);
}

TEST(Golden, EveryListedFileThatWeHaveFitsItsSizeAndEtag) {
  std::size_t files = 0;
  for (const char* name : {"listing/daily-page1.xml", "listing/daily-page2.xml"}) {
    const auto listing = parse_listing(read_data(name));
    ASSERT_TRUE(listing) << problem_of(listing);
    for (const ListedFile& listed : listing->files) {
      const auto path = std::filesystem::path{"archive"} / listed.key;
      if (!std::filesystem::exists(std::filesystem::path{KLINEKEEP_TEST_DATA} / path)) continue;
      const std::string file = read_data(path);
      EXPECT_EQ(file.size(), listed.size) << listed.key;
      EXPECT_EQ(parse_etag_md5(listed.etag.value()), md5(file)) << listed.key;
      ++files;
    }
  }
  EXPECT_EQ(files, 12U);
}

TEST(Golden, TheTruncatedCloseTimesStandAsTheyAre) {
  std::map<std::int64_t, std::int64_t> close_times;
  for (const std::string& path : raw_csvs()) {
    const auto candles = parse_csv(read_data(path));
    ASSERT_TRUE(candles);
    for (std::size_t i = 0; i < candles->size(); ++i) close_times[candles->open_time[i]] = candles->close_time[i];
  }
  EXPECT_EQ(close_times.at(1504713600000), 1504713600000);  // at its own open
  EXPECT_EQ(close_times.at(1513591200000), 1513591242445);
  EXPECT_EQ(close_times.at(1518049680000), 1518049694788);
  EXPECT_EQ(close_times.at(1628819940000), 1628819999000);
}

TEST(Golden, TheFirstDayInMicrosecondsFollowsTheLastInMilliseconds) {
  const std::string folder = "archive/data/spot/daily/klines/BTCUSDT/1h/";
  const auto last = parse_csv(unzip(read_data(folder + "BTCUSDT-1h-2024-12-31.zip")));
  const auto first = parse_csv(unzip(read_data(folder + "BTCUSDT-1h-2025-01-01.zip")));
  ASSERT_TRUE(last && first);
  EXPECT_EQ(last->size(), 24U);
  EXPECT_EQ(last->open_time.back() + 3'600'000, first->open_time.front());
  EXPECT_EQ(first->close_time.front() - first->open_time.front(), 3'599'999);
}

}  // namespace
}  // namespace klinekeep::codecs
