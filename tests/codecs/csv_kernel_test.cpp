// Every kernel against strtod and against the path that reads line by line: same rows, same words for what is bad.
#include "codecs/csv_kernel.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <random>
#include <span>

#include "codecs/csv.hpp"
#include "codecs/reference.hpp"
#include "codecs/support.hpp"
#include "kernels_wanted.hpp"

namespace klinekeep::codecs {
namespace {

struct Answer {
  Candles candles;
  std::string problem;
};

/// The answer for a file that comes in blocks of `size`.
Answer read(std::string_view file, CsvKernel kernel, std::size_t size = 128 * 1024) {
  Answer answer;
  CsvParser parser{answer.candles, kernel};
  Parsed<void> done;
  for (; done && !file.empty(); file.remove_prefix(std::min(size, file.size())))
    done = parser.feed(file.substr(0, size));
  if (done) done = parser.finish();
  answer.problem = problem_of(done);
  return answer;
}

/// "" where `kernel` says of `file` what the path line by line says.
std::string disagreement(std::string_view file, CsvKernel kernel, std::size_t size = 128 * 1024) {
  const Answer ours = read(file, kernel, size);
  const Answer expected = read(file, CsvKernel::none);
  if (ours.problem != expected.problem) return fmt::format("'{}', not '{}'", ours.problem, expected.problem);
  return difference(ours.candles, expected.candles);
}

/// Random files of rows in the styles of the archive, with what is rare between them.
class Files {
 public:
  explicit Files(unsigned seed) : random_(seed) {}

  enum class Style { spot_ms, spot_us, futures, wild };

  std::string rows(Style style, int count) {
    std::string file;
    for (int i = 0; i < count; ++i) file += row(style) + line_end(style);
    return file;
  }

  std::string row(Style style) {
    const std::int64_t open = 1'577'836'800'000 + 1000 * below(200'000'000);
    std::string row = time(style, open, "000") + ",";
    for (int i = 0; i < 5; ++i) row += decimal(style) + ",";
    row += time(style, open + 999, "999") + "," + decimal(style) + ",";
    row += (style == Style::wild ? digits(1 + below(18)) : std::to_string(below(100'000))) + ",";
    row += decimal(style) + "," + decimal(style) + ",";
    return row + (style == Style::wild && below(4) == 0 ? decimal(style) : "0");
  }

  std::int64_t below(std::int64_t end) { return std::uniform_int_distribution<std::int64_t>{0, end - 1}(random_); }

 private:
  std::string digits(std::int64_t count) {
    std::string text;
    for (std::int64_t i = 0; i < count; ++i) text += static_cast<char>('0' + below(10));
    return text;
  }

  std::string time(Style style, std::int64_t ms, const char* thousandths) {
    const bool us = style == Style::spot_us || (style == Style::wild && below(2) == 0);
    return std::to_string(ms) + (us ? thousandths : "");
  }

  std::string line_end(Style style) { return style == Style::wild && below(8) == 0 ? "\r\n" : "\n"; }

  std::string decimal(Style style) {
    if (style == Style::futures && below(200) == 0) return at_the_limit();
    if (style == Style::futures) {
      const std::int64_t decimals = below(9);
      const std::string whole = std::to_string(below(10'000'000));
      return decimals == 0 ? whole : whole + "." + digits(decimals);
    }
    if (style != Style::wild) return std::to_string(below(below(400) == 0 ? 100'000'000 : 100'000)) + "." + digits(8);
    return below(4) == 0 ? at_the_limit() : wild();
  }

  std::string wild() {
    std::string text = below(16) == 0 ? "-" : "";
    text += digits(1 + below(below(8) == 0 ? 20 : 9));
    if (below(5) > 0) text += "." + digits(1 + below(below(8) == 0 ? 20 : 9));
    return text;
  }

  /// Digits about the greatest that are exact, with a point anywhere.
  std::string at_the_limit() {
    const std::int64_t limit = std::int64_t{1} << (52 + below(2));
    std::string text = std::to_string(limit + below(5) - 2);
    const auto point = static_cast<std::size_t>(1 + below(static_cast<std::int64_t>(text.size())));
    return point == text.size() ? text : text.insert(point, ".");
  }

  std::mt19937_64 random_;
};

class Kernel : public testing::TestWithParam<CsvKernel> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam())) GTEST_SKIP() << "this processor lacks it";
  }
};

TEST_P(Kernel, AgreesWithStrtodOnEveryStyle) {
  Files files{1};
  for (int round = 0; round < 60; ++round) {
    for (const Files::Style style :
         {Files::Style::spot_ms, Files::Style::spot_us, Files::Style::futures, Files::Style::wild}) {
      const std::string file = files.rows(style, static_cast<int>(files.below(120)));
      const Answer answer = read(file, GetParam());
      const auto expected = reference::csv(file);
      ASSERT_EQ(answer.problem, "");
      ASSERT_TRUE(expected) << file;
      ASSERT_EQ(difference(answer.candles, *expected), "") << file;
    }
  }
}

TEST_P(Kernel, AgreesWithStrtodOnMixedFiles) {
  Files files{2};
  for (int round = 0; round < 200; ++round) {
    std::string file;
    for (int i = 0; i < 6; ++i) {
      file += files.rows(static_cast<Files::Style>(files.below(4)), static_cast<int>(files.below(12)));
    }
    const Answer answer = read(file, GetParam());
    const auto expected = reference::csv(file);
    ASSERT_EQ(answer.problem, "");
    ASSERT_TRUE(expected) << file;
    ASSERT_EQ(difference(answer.candles, *expected), "") << file;
  }
}

TEST_P(Kernel, TakesTheArchivesRowsItself) {
  if (GetParam() == CsvKernel::none) GTEST_SKIP() << "takes none";
  for (const std::string row :
       {"1577836800000,7195.24000000,7196.25000000,7183.14000000,7186.68000000,51.64281200,1577836859999,"
        "371233.51835535,493,19.59823000,140888.41428273,0\n",
        "1735689600000000,0.31600000,0.31600000,0.31600000,0.31600000,0.00000000,1735689600999999,0.00000000,0,"
        "0.00000000,0.00000000,0\n",
        "1651708800000,39684.10,39704.10,39684.1,39689,138.066,1651708859999,5480272.44270,2483,83,3301778.3,0\n",
        "1612141200000,1279.85000000,1322.41000000,1277.76000000,1318.54000000,68955.91027000,1612144799999,"
        "89874258.89262100,57867,33023.62276000,43021307.56880510,0\n"}) {
    std::string lines;
    for (int i = 0; i < 300; ++i) lines += row;
    const std::size_t size = lines.size();
    lines.append(kKernelSlack, '0');
    Candles candles;
    const RowsTaken taken = take_plain_rows(GetParam(), std::string_view{lines}.substr(0, size), candles);
    EXPECT_EQ(taken.rows, 300U) << row;
    EXPECT_EQ(taken.bytes, size) << row;
    EXPECT_EQ(candles.size(), 300U) << row;
  }
}

TEST_P(Kernel, SaysOfEveryChangedByteWhatTheLinesSay) {
  Files files{3};
  const std::string_view bytes{"\0\t\n\r \"+,-./0159:AZ_ae\x7F\x80\xAC\xB0\xEF\xFF", 27};
  for (const Files::Style style :
       {Files::Style::spot_ms, Files::Style::spot_us, Files::Style::futures, Files::Style::wild}) {
    const std::string file = files.rows(style, 14);
    const std::size_t end = file.find('\n', file.size() / 2);
    for (std::size_t at = 0; at < end; ++at) {
      std::string changed = file;
      for (const char byte : bytes) {
        changed[at] = byte;
        ASSERT_EQ(disagreement(changed, GetParam()), "") << at << "\n" << changed;
      }
      ASSERT_EQ(disagreement(std::string{file}.insert(at, 1, bytes[at % bytes.size()]), GetParam()), "") << at << file;
      ASSERT_EQ(disagreement(std::string{file}.erase(at, 1), GetParam()), "") << at << "\n" << file;
    }
  }
}

TEST_P(Kernel, IsNotDeceivedByCommasAndLineEndsThatChangePlaces) {
  Files files{7};
  const std::string file = files.rows(Files::Style::spot_ms, 20);
  std::vector<std::size_t> commas;
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at < file.size(); ++at) {
    if (file[at] == ',') commas.push_back(at);
    if (file[at] == '\n') ends.push_back(at);
  }
  for (const std::size_t end : std::span{ends}.first(6)) {
    for (const std::size_t comma : std::span{commas}.first(std::size_t{7} * 11)) {
      std::string changed = file;
      std::swap(changed[end], changed[comma]);
      ASSERT_EQ(disagreement(changed, GetParam()), "") << end << " and " << comma << "\n" << changed;
    }
  }
}

TEST_P(Kernel, SaysTheSameWhereverABlockEnds) {
  Files files{4};
  std::string file;
  for (int style = 0; style < 4; ++style) file += files.rows(static_cast<Files::Style>(style), 7);
  std::string shortest;  // more of them than one behind the last that has room for the kernel
  for (int i = 0; i < 40; ++i)
    shortest += fmt::format("{},1,2,3,4,5,{},6,7,8,9,0\n", 1577836800000 + i, 1577836800000 + i);
  for (const std::string& each : {file, file + "x", file + "1,2\n" + file, shortest}) {
    const Answer expected = read(each, CsvKernel::none);
    for (std::size_t at = 0; at <= each.size(); ++at) {
      Answer answer;
      CsvParser parser{answer.candles, GetParam()};
      Parsed<void> done = parser.feed(std::string_view{each}.substr(0, at));
      if (done) done = parser.feed(std::string_view{each}.substr(at));
      if (done) done = parser.finish();
      ASSERT_EQ(problem_of(done), expected.problem) << at;
      ASSERT_EQ(difference(answer.candles, expected.candles), "") << at;
    }
    for (std::size_t size = 1; size < 700; ++size) ASSERT_EQ(disagreement(each, GetParam(), size), "") << size;
  }
}

/// Bytes between two pages that cannot be read, at the end or at the start of the memory between.
class Fenced {
 public:
  explicit Fenced(std::size_t size) : size_((size + page() - 1) / page() * page()) {
    all_ = static_cast<char*>(mmap(nullptr, size_ + 2 * page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_NE(all_, MAP_FAILED);
    EXPECT_EQ(mprotect(all_ + page(), size_, PROT_READ | PROT_WRITE), 0);
  }
  ~Fenced() { munmap(all_, size_ + 2 * page()); }
  Fenced(const Fenced&) = delete;
  Fenced& operator=(const Fenced&) = delete;

  std::string_view at_end(std::string_view bytes) { return put(all_ + page() + size_ - bytes.size(), bytes); }
  std::string_view at_start(std::string_view bytes) { return put(all_ + page(), bytes); }

 private:
  static std::size_t page() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }
  static std::string_view put(char* to, std::string_view bytes) {
    std::ranges::copy(bytes, to);
    return {to, bytes.size()};
  }

  std::size_t size_;
  char* all_;
};

TEST_P(Kernel, ReadsNothingOutsideTheBlock) {
  Files files{5};
  for (const Files::Style style :
       {Files::Style::spot_ms, Files::Style::spot_us, Files::Style::futures, Files::Style::wild}) {
    const std::string file = files.rows(style, 20);
    Fenced memory{file.size()};
    for (std::size_t size = 0; size <= file.size(); ++size) {
      for (const std::string_view block : {memory.at_end(std::string_view{file}.substr(0, size)),
                                           memory.at_start(std::string_view{file}.substr(file.size() - size))}) {
        const Answer expected = read(std::string{block}, CsvKernel::none);
        const Answer answer = read(block, GetParam());
        ASSERT_EQ(answer.problem, expected.problem);
        ASSERT_EQ(difference(answer.candles, expected.candles), "");
      }
    }
  }
}

TEST_P(Kernel, NumbersRowsAfterMany) {
  Files files{6};
  const std::string good = files.rows(Files::Style::spot_ms, 5000);
  EXPECT_EQ(read(good + "1,2\n" + good, GetParam()).problem, "row 5001: '1,2' has 2 fields, not 12");
  const std::string header =
      "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,"
      "ignore\n";
  EXPECT_EQ(read(header + good + "\n", GetParam()).problem, "row 5002 is blank");
}

/// Moving a month's columns because of rows that are only made ahead costs more than parsing them.
TEST_P(Kernel, RowsStayWhereThereIsRoomForThem) {
  Files files{7};
  for (const Files::Style style :
       {Files::Style::spot_ms, Files::Style::spot_us, Files::Style::futures, Files::Style::wild}) {
    const std::string file = files.rows(style, 5000);
    Candles candles;
    candles.reserve(5000 + kRowsAhead);
    const double* const before = candles.volume.data();
    CsvParser parser{candles, GetParam()};
    ASSERT_TRUE(parser.feed(file) && parser.finish());
    EXPECT_EQ(candles.size(), 5000);
    EXPECT_EQ(candles.volume.data(), before);
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Kernel, testing::Values(CsvKernel::none, CsvKernel::swar, CsvKernel::avx2),
                         [](const auto& kernel) {
                           switch (kernel.param) {
                             case CsvKernel::none:
                               return "none";
                             case CsvKernel::swar:
                               return "swar";
                             case CsvKernel::avx2:
                               break;
                           }
                           return "avx2";
                         });

TEST(Kernels, ColumnsThatLieInAStockHoldTheSame) {
  Files files{8};
  const std::string rows = files.rows(Files::Style::futures, 999) + "1577836800000,1,2,3,4,5,1577836800001,6,7,8,9,0\n";
  std::string file;
  for (std::size_t count = 0; count <= PageStock::kMinRegion / sizeof(double); count += 1000) file += rows;
  const Answer expected = read(file, CsvKernel::none);
  const auto stock = std::make_shared<PageStock>();
  for (int round = 0; round < 3; ++round) {
    Candles candles = candles_in(stock);
    candles.reserve(expected.candles.size() + kRowsAhead);
    CsvParser parser{candles};
    for (std::string_view rest = file; !rest.empty();) {
      const std::string_view block = rest.substr(0, 128 * 1024);
      ASSERT_TRUE(parser.feed(block));
      rest.remove_prefix(block.size());
    }
    ASSERT_TRUE(parser.finish());
    ASSERT_EQ(difference(candles, expected.candles), "");
  }
  EXPECT_GT(stock->kept(), 0);
}

TEST(Kernels, TheActiveOneIsThatOfTheKernelsInUse) {
  EXPECT_EQ(active_csv_kernel(), kernels_wanted() == processor::Kernels::avx2 ? CsvKernel::avx2 : CsvKernel::swar);
}

}  // namespace
}  // namespace klinekeep::codecs
