#include "codecs/listing_xml.hpp"

#include <gtest/gtest.h>

#include "codecs/support.hpp"

namespace klinekeep::codecs {
namespace {

std::string page(const std::string& inside) {
  return R"(<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)" +
         inside + "</ListBucketResult>";
}

const std::string kLast = "<IsTruncated>false</IsTruncated>";

TEST(Listing, ReadsTheRecordedPages) {
  const auto first = parse_listing(read_data("listing/daily-page1.xml"));
  ASSERT_TRUE(first) << problem_of(first);
  EXPECT_TRUE(first->is_truncated);
  const std::string folder = "data/spot/daily/klines/BTCUSDT/1m/";
  EXPECT_EQ(first->next_marker, folder + "BTCUSDT-1m-2017-08-22.zip.CHECKSUM");
  ASSERT_EQ(first->files.size(), 12U);
  EXPECT_EQ(first->files[0], (ListedFile{.key = folder + "BTCUSDT-1m-2017-08-17.zip",
                                         .size = 29761,
                                         .etag = "\"014a8d177da3bf9839c293f341804d26\"",
                                         .last_modified = "2023-07-18T04:11:20.000Z"}));
  EXPECT_EQ(first->files[11].key, folder + "BTCUSDT-1m-2017-08-22.zip.CHECKSUM");
  EXPECT_TRUE(first->common_prefixes.empty());

  const auto second = parse_listing(read_data("listing/daily-page2.xml"));
  ASSERT_TRUE(second) << problem_of(second);
  EXPECT_FALSE(second->is_truncated);
  EXPECT_FALSE(second->next_marker);
  EXPECT_EQ(second->files.size(), 12U);
}

TEST(Listing, TakesAPrefixThatListsNothing) {
  const auto empty = parse_listing(read_data("listing/empty.xml"));
  ASSERT_TRUE(empty) << problem_of(empty);
  EXPECT_FALSE(empty->is_truncated);
  EXPECT_TRUE(empty->files.empty());
  EXPECT_TRUE(empty->common_prefixes.empty());
}

TEST(Listing, ReadsCommonPrefixes) {
  const auto listing =
      parse_listing(page(kLast + "<CommonPrefixes><Prefix>data/spot/daily/klines/ADABTC/</Prefix></CommonPrefixes>"
                                 "<CommonPrefixes><Prefix>data/spot/daily/klines/币安人生USDT/</Prefix>"
                                 "</CommonPrefixes>"));
  ASSERT_TRUE(listing) << problem_of(listing);
  EXPECT_EQ(listing->common_prefixes,
            (std::vector<std::string>{"data/spot/daily/klines/ADABTC/", "data/spot/daily/klines/币安人生USDT/"}));
}

TEST(Listing, DecodesEntities) {
  const auto listing = parse_listing(page(kLast + "<Contents><Key>a&amp;b&lt;c&#x5E01;&#65;<![CDATA[<&>]]><!-- no "
                                                  "-->.zip</Key></Contents><Contents><Key>d</Key></Contents>"));
  ASSERT_TRUE(listing) << problem_of(listing);
  EXPECT_EQ(listing->files[0].key, "a&b<c币A<&>.zip");
  EXPECT_EQ(listing->files[1], (ListedFile{.key = "d", .size = {}, .etag = {}, .last_modified = {}}));
}

TEST(Listing, RefusesPagesThatLackWhatIsNeeded) {
  struct Case {
    std::string inside;
    const char* problem;
  };
  for (const Case& c : {Case{"", "IsTruncated is '', not 'true' or 'false'"},
                        Case{"<IsTruncated>yes</IsTruncated>", "IsTruncated is 'yes', not 'true' or 'false'"},
                        Case{kLast + "<Contents></Contents>", "an entry of the listing has no key"},
                        Case{kLast + "<Contents><Key/></Contents>", "an entry of the listing has no key"},
                        Case{kLast + "<Contents><Key>a</Key><Size>1e3</Size></Contents>", "'a' has the size '1e3'"},
                        Case{kLast + "<Contents><Key>a</Key><Size>-1</Size></Contents>", "'a' has the size '-1'"},
                        Case{kLast + "<Contents><Key>a</Key><Size>99999999999999999999</Size></Contents>",
                             "'a' has the size '99999999999999999999'"}}) {
    EXPECT_EQ(problem_of(parse_listing(page(c.inside))), c.problem);
  }
}

TEST(Listing, RefusesOtherDocuments) {
  EXPECT_EQ(
      problem_of(parse_listing("<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>x</Message></Error>")),
      "the root element is 'Error' ('NoSuchKey'), not 'ListBucketResult'");
  EXPECT_EQ(problem_of(parse_listing("<html><body/></html>")), "the root element is 'html', not 'ListBucketResult'");
  EXPECT_EQ(problem_of(parse_listing("<!DOCTYPE html><html></html>")), "the listing has a document type declaration");
  EXPECT_EQ(problem_of(parse_listing(page(kLast) + "<ListBucketResult/>")),
            "the listing has more than one root element");
  EXPECT_EQ(problem_of(parse_listing(page(kLast) + std::string(1, '\0'))), "the listing has a NUL byte");
  EXPECT_EQ(problem_of(parse_listing(std::string(kMaxListingBytes + 1, ' '))), "the listing has 16777217 bytes");
  for (const char* xml : {"", " ", "not xml", "{}", "<", "<a", "<ListBucketResult>", "</ListBucketResult>",
                          "<ListBucketResult><IsTruncated>false</ListBucketResult>", "<html><br></html>"}) {
    EXPECT_FALSE(parse_listing(xml)) << xml;
  }
}

TEST(Listing, RefusesEveryCutPage) {
  const std::string whole = read_data("listing/empty.xml");
  for (std::size_t size = 0; size < whole.rfind('>'); ++size)
    EXPECT_FALSE(parse_listing(whole.substr(0, size))) << size;
}

TEST(Listing, RefusesABillionLaughs) {
  EXPECT_EQ(problem_of(parse_listing(
                R"(<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
      <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>&c;</Key></Contents>
      </ListBucketResult>)")),
            "the listing has a document type declaration");
}

TEST(Listing, SurvivesDepth) {
  std::string deep;
  for (int i = 0; i < 500'000; ++i) deep += "<a>";
  EXPECT_FALSE(parse_listing(deep));
  std::string closed = deep;
  for (int i = 0; i < 500'000; ++i) closed += "</a>";
  EXPECT_TRUE(parse_listing(page(kLast + closed)));
}

}  // namespace
}  // namespace klinekeep::codecs
