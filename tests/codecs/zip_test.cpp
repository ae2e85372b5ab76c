#include "codecs/zip.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <zlib.h>

#include <cstring>

#include "codecs/support.hpp"
#include "codecs/zip_maker.hpp"

namespace klinekeep::codecs {
namespace {

constexpr std::uint64_t kMax = 1U << 30U;

const std::string kText = [] {
  std::string text;
  for (int i = 0; i < 400; ++i) text += fmt::format("{},7195.24,7196.25,{}\n", 1577836800000 + i * 60'000, i * i);
  return text;
}();

Parsed<void> ignore(std::string_view) { return {}; }

/// The unpacked file, or what is wrong with it.
Parsed<std::string> unpack(std::string_view zip, std::uint64_t max_size = kMax) {
  const auto entry = only_entry(zip);
  if (!entry) return tl::unexpected<Malformed>(entry.error());
  std::string content;
  const auto done = extract(*entry, max_size, [&](std::string_view block) -> Parsed<void> {
    content += block;
    return {};
  });
  if (!done) return tl::unexpected<Malformed>(done.error());
  return content;
}

/// Bytes that do not compress, the same ones at each run.
std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 12345;
  for (char& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<char>(state >> 24U);
  }
  return bytes;
}

TEST(Zip, ReadsWhatTheHeadersSay) {
  const MadeZip zip = make_zip(kText);
  const auto entry = only_entry(zip.bytes);
  ASSERT_TRUE(entry) << problem_of(entry);
  EXPECT_EQ(entry->name, "BTCUSDT-1m-2020-01-01.csv");
  EXPECT_EQ(entry->method, ZipEntry::Method::deflated);
  EXPECT_EQ(entry->size, kText.size());
  EXPECT_EQ(entry->crc32, crc32_by_zlib(kText));
  EXPECT_EQ(static_cast<const void*>(entry->data.data()), zip.bytes.data() + zip.data);
  EXPECT_EQ(entry->data.size(), zip.descriptor - zip.data);
}

TEST(Zip, TakesEveryLayoutThatWritersUse) {
  for (const bool deflate : {true, false}) {
    for (const unsigned flags : {0x0000U, 0x0002U, 0x0006U, 0x0800U, 0x0008U, 0x080EU}) {
      for (const bool zip64_sizes : {false, true}) {
        for (const bool zip64_end : {false, true}) {
          for (const bool mark : {false, true}) {
            for (const bool zeros : {false, true}) {
              const MadeZip zip = make_zip(kText, {.deflate = deflate,
                                                   .flags = flags,
                                                   .descriptor_mark = mark,
                                                   .zip64_sizes = zip64_sizes,
                                                   .zip64_end = zip64_end,
                                                   .zeros_in_local = zeros,
                                                   .comment = mark ? "made by a test" : "",
                                                   .extra = zeros ? std::string("UT\x05\0\x01\0\0\0\0", 9) : ""});
              const auto content = unpack(zip.bytes);
              ASSERT_TRUE(content) << problem_of(content);
              EXPECT_EQ(*content, kText);
            }
          }
        }
      }
    }
  }
}

TEST(Zip, TakesAZip64EndRecordBesideOneThatFits) {
  MadeZip zip = make_zip(kText, {.zip64_end = true});
  patch(zip.bytes, zip.end + 8, 4, 0x00010001);
  patch(zip.bytes, zip.end + 12, 4, zip.zip64_end - zip.central);
  patch(zip.bytes, zip.end + 16, 4, zip.central);
  EXPECT_TRUE(unpack(zip.bytes)) << problem_of(unpack(zip.bytes));
}

TEST(Zip, TakesAnEmptyFile) {
  for (const bool deflate : {true, false}) {
    const auto content = unpack(make_zip("", {.deflate = deflate}).bytes);
    ASSERT_TRUE(content) << problem_of(content);
    EXPECT_EQ(*content, "");
  }
}

TEST(Zip, UnpacksAsZlibPacksWhateverTheStrategy) {
  std::string mixed = kText + noise(300'000) + std::string(500'000, 'x') + kText;
  for (const std::string& content : {kText, noise(1'000'000), std::string(3'000'000, '0'), mixed, std::string("x")}) {
    for (const int level : {0, 1, 6, 9}) {
      for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
        const auto unpacked = unpack(make_zip(content, {.level = level, .strategy = strategy}).bytes);
        ASSERT_TRUE(unpacked) << problem_of(unpacked) << " at level " << level << ", strategy " << strategy;
        EXPECT_TRUE(*unpacked == content) << "level " << level << ", strategy " << strategy;
      }
    }
  }
}

TEST(Zip, HandsOutBlocksOfOneSize) {
  for (const bool deflate : {true, false}) {
    for (const std::size_t size : {kExtractBlock - 1, kExtractBlock, kExtractBlock + 1, 3 * kExtractBlock}) {
      const MadeZip zip = make_zip(noise(size), {.deflate = deflate});
      std::vector<std::size_t> sizes;
      const auto done = extract(*only_entry(zip.bytes), kMax, [&](std::string_view block) -> Parsed<void> {
        sizes.push_back(block.size());
        return {};
      });
      ASSERT_TRUE(done) << problem_of(done);
      ASSERT_EQ(sizes.size(), (size + kExtractBlock - 1) / kExtractBlock);
      for (std::size_t i = 0; i + 1 < sizes.size(); ++i) EXPECT_EQ(sizes[i], kExtractBlock);
    }
  }
}

TEST(Zip, EndsWithTheSinksError) {
  for (const bool deflate : {true, false}) {
    const MadeZip zip = make_zip(noise(1'000'000), {.deflate = deflate});
    int calls = 0;
    const auto done = extract(*only_entry(zip.bytes), kMax, [&](std::string_view) -> Parsed<void> {
      if (++calls == 2) return malformed("row 9 is blank");
      return {};
    });
    EXPECT_EQ(problem_of(done), "row 9 is blank");
    EXPECT_EQ(calls, 2);
  }
}

struct Damage {
  const char* what;
  void (*damage)(MadeZip& zip);
  std::string problem;
};

TEST(Zip, RefusesDamagedHeaders) {
  const std::vector<Damage> cases{
      {"two entries", [](MadeZip& z) { patch(z.bytes, z.end + 8, 4, 0x00020002); }, "the zip has 2 entries, not 1"},
      {"no entries", [](MadeZip& z) { patch(z.bytes, z.end + 8, 4, 0); }, "the zip has 0 entries, not 1"},
      {"65535 entries", [](MadeZip& z) { patch(z.bytes, z.end + 8, 4, 0xFFFFFFFF); },
       "the zip has 65535 entries, not 1"},
      {"counts differ", [](MadeZip& z) { patch(z.bytes, z.end + 8, 2, 2); }, "the zip has several parts"},
      {"another disk", [](MadeZip& z) { patch(z.bytes, z.end + 4, 2, 1); }, "the zip has several parts"},
      {"another disk of the entry", [](MadeZip& z) { patch(z.bytes, z.central + 34, 2, 1); },
       "the zip has several parts"},
      {"directory too far", [](MadeZip& z) { patch(z.bytes, z.end + 16, 4, z.end + 1); },
       "the zip's central directory does not lie before its end record"},
      {"directory very far", [](MadeZip& z) { patch(z.bytes, z.end + 16, 4, 0xFFFFFFFF); },
       "the zip's central directory does not lie before its end record"},
      {"directory before its place", [](MadeZip& z) { patch(z.bytes, z.end + 16, 4, z.central - 1); },
       "the zip's central directory does not lie before its end record"},
      {"directory too long", [](MadeZip& z) { patch(z.bytes, z.end + 12, 4, 0xFFFFFFFE); },
       "the zip's central directory does not lie before its end record"},
      {"directory moved over the data",
       [](MadeZip& z) {
         patch(z.bytes, z.end + 16, 4, z.central - 5);
         patch(z.bytes, z.end + 12, 4, z.end - z.central + 5);
       },
       "the zip's central directory is not one"},
      {"no central signature", [](MadeZip& z) { z.bytes[z.central] = 'Q'; }, "the zip's central directory is not one"},
      {"no local signature", [](MadeZip& z) { z.bytes[0] = 'Q'; },
       "the zip's entry does not begin with a local header"},
      {"long central name", [](MadeZip& z) { patch(z.bytes, z.central + 28, 2, 0xFFFF); },
       "the zip's central directory is not one entry long"},
      {"long central extra", [](MadeZip& z) { patch(z.bytes, z.central + 30, 2, 0xFFFF); },
       "the zip's central directory is not one entry long"},
      {"long central comment", [](MadeZip& z) { patch(z.bytes, z.central + 32, 2, 1); },
       "the zip's central directory is not one entry long"},
      {"short central name", [](MadeZip& z) { patch(z.bytes, z.central + 28, 2, 5); },
       "the zip's central directory is not one entry long"},
      {"long local name", [](MadeZip& z) { patch(z.bytes, 26, 2, 0xFFFF); }, "the zip's local header is cut"},
      {"long local extra", [](MadeZip& z) { patch(z.bytes, 28, 2, 0xFFFF); }, "the zip's local header is cut"},
      {"names differ", [](MadeZip& z) { z.bytes[30] = 'X'; }, "the zip's two headers of its entry disagree"},
      {"methods differ", [](MadeZip& z) { patch(z.bytes, 8, 2, 0); }, "the zip's two headers of its entry disagree"},
      {"flags differ", [](MadeZip& z) { patch(z.bytes, 6, 2, 2); }, "the zip's two headers of its entry disagree"},
      {"sums differ", [](MadeZip& z) { z.bytes[14] ^= 1; }, "the zip's two headers of its entry disagree"},
      {"packed sizes differ", [](MadeZip& z) { z.bytes[18] ^= 1; }, "the zip's two headers of its entry disagree"},
      {"sizes differ", [](MadeZip& z) { z.bytes[22] ^= 1; }, "the zip's two headers of its entry disagree"},
      {"encrypted", [](MadeZip& z) { patch(z.bytes, z.central + 8, 2, 1); }, "the zip's entry is encrypted"},
      {"strongly encrypted", [](MadeZip& z) { patch(z.bytes, z.central + 8, 2, 0x41); },
       "the zip's entry is encrypted"},
      {"masked headers", [](MadeZip& z) { patch(z.bytes, z.central + 8, 2, 0x2000); }, "the zip's entry is encrypted"},
      {"patch data", [](MadeZip& z) { patch(z.bytes, z.central + 8, 2, 0x20); }, "the zip's entry has flags 0x0020"},
      {"another method", [](MadeZip& z) { patch(z.bytes, z.central + 10, 2, 93); },
       "the zip's entry is packed by method 93, not stored or deflated"},
      {"local header elsewhere", [](MadeZip& z) { patch(z.bytes, z.central + 42, 4, 1); },
       "the zip's entry does not stand at its start"},
      {"local header far away", [](MadeZip& z) { patch(z.bytes, z.central + 42, 4, 0xFFFFFFFE); },
       "the zip's entry does not stand at its start"},
      {"zip64 offset without a field", [](MadeZip& z) { patch(z.bytes, z.central + 42, 4, 0xFFFFFFFF); },
       "the zip's zip64 field is too short"},
      {"zip64 size without a field", [](MadeZip& z) { patch(z.bytes, z.central + 24, 4, 0xFFFFFFFF); },
       "the zip's zip64 field is too short"},
      {"nothing but an end record", [](MadeZip& z) { z.bytes.erase(0, z.end); },
       "the zip's central directory does not lie before its end record"},
      {"a byte before", [](MadeZip& z) { z.bytes.insert(0, "x"); },
       "the zip's central directory does not lie before its end record"},
      {"a byte after", [](MadeZip& z) { z.bytes += 'x'; },
       fmt::format("not a zip: no end record in {} bytes", make_zip(kText).bytes.size() + 1)},
      {"a comment cut short", [](MadeZip& z) { patch(z.bytes, z.end + 20, 2, 1); },
       fmt::format("not a zip: no end record in {} bytes", make_zip(kText).bytes.size())},
  };
  for (const Damage& c : cases) {
    MadeZip zip = make_zip(kText);
    c.damage(zip);
    EXPECT_EQ(problem_of(unpack(zip.bytes)), c.problem) << c.what;
  }
}

TEST(Zip, RefusesBytesThatBelongToNothing) {
  MadeZip zip = make_zip(kText);
  zip.bytes.insert(zip.central, "abc");
  patch(zip.bytes, zip.end + 3 + 16, 4, zip.central + 3);
  EXPECT_EQ(problem_of(unpack(zip.bytes)),
            "3 bytes that belong to nothing stand between the zip's entry and its central directory");
  zip = make_zip(kText, {.flags = 8});
  zip.bytes[zip.descriptor + 5] ^= 1;  // in the descriptor's sum
  EXPECT_EQ(problem_of(unpack(zip.bytes)),
            "16 bytes that belong to nothing stand between the zip's entry and its central directory");
}

TEST(Zip, RefusesADeclaredPackedSizeBeyondTheData) {
  MadeZip zip = make_zip(kText);
  const auto packed = zip.descriptor - zip.data;
  for (const std::uint64_t size : {packed + 1, std::uint64_t{0xFFFFFFFE}}) {
    patch(zip.bytes, 18, 4, size);
    patch(zip.bytes, zip.central + 20, 4, size);
    EXPECT_EQ(problem_of(unpack(zip.bytes)),
              fmt::format("the zip's entry has {} bytes where {} are declared", packed, size));
  }
}

TEST(Zip, RefusesDamagedZip64Records) {
  const std::vector<Damage> cases{
      {"locator to nowhere", [](MadeZip& z) { patch(z.bytes, z.end - 12, 8, UINT64_MAX); },
       "the zip64 locator points to no zip64 end record"},
      {"locator to itself", [](MadeZip& z) { patch(z.bytes, z.end - 12, 8, z.end - 20); },
       "the zip64 locator points to no zip64 end record"},
      {"locator to the local header", [](MadeZip& z) { patch(z.bytes, z.end - 12, 8, 0); },
       "the zip64 locator points to no zip64 end record"},
      {"several disks", [](MadeZip& z) { patch(z.bytes, z.end - 4, 4, 2); }, "the zip has several parts"},
      {"length", [](MadeZip& z) { patch(z.bytes, z.zip64_end + 4, 8, UINT64_MAX - 11); },
       "the zip64 end record's length is wrong"},
      {"entries", [](MadeZip& z) { patch(z.bytes, z.zip64_end + 24, 8, 1ULL << 60U); }, "the zip has several parts"},
      {"many entries",
       [](MadeZip& z) {
         patch(z.bytes, z.zip64_end + 24, 8, 1ULL << 60U);
         patch(z.bytes, z.zip64_end + 32, 8, 1ULL << 60U);
       },
       "the zip has 1152921504606846976 entries, not 1"},
      {"size", [](MadeZip& z) { patch(z.bytes, z.zip64_end + 40, 8, UINT64_MAX); },
       "the zip's central directory does not lie before its end record"},
      {"offset", [](MadeZip& z) { patch(z.bytes, z.zip64_end + 48, 8, UINT64_MAX); },
       "the zip's central directory does not lie before its end record"},
      {"disagreement", [](MadeZip& z) { patch(z.bytes, z.end + 16, 4, 7); },
       "the zip's end record and its zip64 end record disagree"},
  };
  for (const Damage& c : cases) {
    MadeZip zip = make_zip(kText, {.zip64_end = true});
    c.damage(zip);
    EXPECT_EQ(problem_of(unpack(zip.bytes)), c.problem) << c.what;
  }
  MadeZip zip = make_zip(kText, {.zip64_sizes = true});
  patch(zip.bytes, zip.central + 46 + 25 + 2, 2, 8);  // the field's length
  EXPECT_NE(problem_of(unpack(zip.bytes)), "");
  zip = make_zip(kText, {.zip64_sizes = true});
  patch(zip.bytes, zip.central + 46 + 25 + 4, 8, UINT64_MAX);  // the size
  EXPECT_NE(problem_of(unpack(zip.bytes)), "");
}

TEST(Zip, RefusesNamesThatAreNotPlain) {
  using namespace std::string_literals;
  for (const std::string& name : {""s, "."s, ".."s, "../x.csv"s, "a/b.csv"s, "a/"s, "/etc/passwd"s, "a\\b.csv"s,
                                  "C:\\x"s, "a\0b"s, "a\nb"s, "\x1b[31m"s, "a\x7F"s}) {
    EXPECT_FALSE(only_entry(make_zip(kText, {.name = name}).bytes)) << name;
  }
  EXPECT_EQ(problem_of(only_entry(make_zip(kText, {.name = "../\x1b"}).bytes)),
            "the zip's entry is called '../\\x1b', which is not a plain file name");
}

TEST(Zip, ReturnsOtherNamesAsTheyAre) {
  for (const std::string& name : {std::string("币安人生USDT-1m-2025-12.csv"), std::string("\xFF\xFE"),
                                  std::string(65535, 'n'), std::string("...")}) {
    const auto entry = only_entry(make_zip(kText, {.name = name}).bytes);
    ASSERT_TRUE(entry) << problem_of(entry);
    EXPECT_TRUE(entry->name == name);
  }
}

TEST(Zip, RefusesWhatIsNoZip) {
  const std::string end = std::string("PK\x05\x06", 4) + std::string(18, '\0');
  for (const std::string& file :
       {std::string(), std::string("PK"), std::string("<html></html>"), std::string(100'000, '\0'), end,
        std::string(21, 'P'), std::string("PK\x05\x06", 4)}) {
    EXPECT_FALSE(only_entry(file));
  }
}

TEST(Zip, RefusesEveryCutFile) {
  const std::string zip = make_zip(kText.substr(0, 500)).bytes;
  for (std::size_t size = 0; size < zip.size(); ++size) {
    EXPECT_FALSE(only_entry(std::string_view{zip}.substr(0, size))) << size;
    EXPECT_FALSE(only_entry(std::string_view{zip}.substr(zip.size() - size))) << size;
  }
}

TEST(Zip, RefusesAFileInAnotherZipsComment) {
  const std::string inner = make_zip("inner", {.name = "inner.csv"}).bytes;
  const auto content = unpack(make_zip(kText, {.comment = inner}).bytes);
  EXPECT_EQ(problem_of(content), "the zip's central directory does not lie before its end record");
}

TEST(Extract, RefusesEveryCutStream) {
  const std::string packed = deflate_by_zlib(kText, 6, Z_DEFAULT_STRATEGY);
  for (std::size_t size = 1; size < packed.size(); ++size) {
    EXPECT_EQ(problem_of(unpack(make_zip(kText, {.packed = packed.substr(0, size)}).bytes)),
              "'BTCUSDT-1m-2020-01-01.csv': the deflate stream is cut")
        << size;
  }
  ZipEntry none{.name = "x", .method = ZipEntry::Method::deflated, .size = 0, .crc32 = 0, .data = {}};
  EXPECT_EQ(problem_of(extract(none, kMax, ignore)), "'x': the deflate stream is cut");
}

TEST(Extract, RefusesBytesBehindTheStream) {
  const std::string packed = deflate_by_zlib(kText, 6, Z_DEFAULT_STRATEGY);
  for (const std::size_t more : {1U, 2U, 7U, 8U, 9U, 16U, 100'000U}) {
    for (const char byte : {'\0', 'x', '\xFF'}) {
      EXPECT_EQ(problem_of(unpack(make_zip(kText, {.packed = packed + std::string(more, byte)}).bytes)),
                fmt::format("'BTCUSDT-1m-2020-01-01.csv': {} bytes follow the deflate stream", more));
    }
  }
}

TEST(Extract, RefusesOtherSumsAndSizes) {
  for (const bool deflate : {true, false}) {
    const MadeZip zip = make_zip(kText, {.deflate = deflate});
    ZipEntry entry = *only_entry(zip.bytes);
    entry.crc32 ^= 0x80000000U;
    EXPECT_EQ(problem_of(extract(entry, kMax, ignore)),
              fmt::format("'BTCUSDT-1m-2020-01-01.csv' has CRC-32 {:08x} where {:08x} is declared",
                          entry.crc32 ^ 0x80000000U, entry.crc32));
    entry = *only_entry(zip.bytes);
    entry.size += 1;
    EXPECT_EQ(
        problem_of(extract(entry, kMax, ignore)),
        fmt::format("'BTCUSDT-1m-2020-01-01.csv' unpacks to {} bytes where {} are declared", kText.size(), entry.size));
    entry.size -= 2;
    EXPECT_EQ(problem_of(extract(entry, kMax, ignore)),
              fmt::format("'BTCUSDT-1m-2020-01-01.csv' unpacks to more than the {} bytes it declares", entry.size));
  }
}

TEST(Extract, RefusesADeclaredSizeAboveTheLimitBeforeItBegins) {
  const MadeZip zip = make_zip(kText);
  ZipEntry entry = *only_entry(zip.bytes);
  entry.size = UINT64_MAX;
  bool called = false;
  const auto done = extract(entry, 1000, [&](std::string_view) -> Parsed<void> {
    called = true;
    return {};
  });
  EXPECT_EQ(problem_of(done),
            "'BTCUSDT-1m-2020-01-01.csv' declares 18446744073709551615 bytes; at most 1000 are taken");
  EXPECT_FALSE(called);
  EXPECT_TRUE(unpack(zip.bytes, kText.size()));
  EXPECT_FALSE(unpack(zip.bytes, kText.size() - 1));
}

TEST(Extract, CanBeDoneWithinAnother) {
  const std::string long_text(1'000'000, 'x');
  const std::string outer = make_zip(long_text).bytes;
  const std::string inner = make_zip(kText).bytes;
  std::string content;
  const auto done = extract(*only_entry(outer), kMax, [&](std::string_view block) -> Parsed<void> {
    EXPECT_EQ(unzip(inner), kText);
    content += block;
    return {};
  });
  EXPECT_EQ(problem_of(done), "");
  EXPECT_EQ(content, long_text);
}

TEST(Extract, StopsABombAtTheSizeItDeclares) {
  const std::string bomb = deflate_by_zlib(std::string(100'000'000, '0'), 9, Z_DEFAULT_STRATEGY);
  const MadeZip zip = make_zip(kText, {.packed = bomb});
  std::size_t bytes = 0;
  const auto done = extract(*only_entry(zip.bytes), kMax, [&](std::string_view block) -> Parsed<void> {
    bytes += block.size();
    return {};
  });
  EXPECT_FALSE(done);
  EXPECT_LE(bytes, kText.size());
}

TEST(Extract, RefusesCorruptStreams) {
  using namespace std::string_literals;
  for (const std::string& packed :
       {"\x07"s, "\xFF\xFF\xFF\xFF"s, "\x01\x05\x00\x00\x00hello"s, "\x05\x00\x00\x00"s, "\x4B\x04\x81\x01\x00"s}) {
    EXPECT_FALSE(unpack(make_zip("hello", {.packed = packed}).bytes));
  }
}

RC_GTEST_PROP(Zip, GivesBackWhatZlibPacked, (const std::string& seed)) {
  std::string content;
  const int copies = *rc::gen::inRange(0, 3000);
  for (int i = 0; i < copies; ++i) content += seed + std::to_string(i % 17);
  const MadeZip zip = make_zip(content, {.deflate = *rc::gen::arbitrary<bool>(),
                                         .level = *rc::gen::inRange(0, 10),
                                         .strategy = *rc::gen::inRange(0, 5),
                                         .flags = *rc::gen::element(0U, 8U),
                                         .zip64_sizes = *rc::gen::arbitrary<bool>(),
                                         .zip64_end = *rc::gen::arbitrary<bool>()});
  const auto unpacked = unpack(zip.bytes);
  RC_ASSERT(problem_of(unpacked) == "");
  RC_ASSERT(*unpacked == content);
}

}  // namespace
}  // namespace klinekeep::codecs
