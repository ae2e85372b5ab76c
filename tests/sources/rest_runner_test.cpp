// What a REST step makes of an HTTP answer.
#include "sources/rest_runner.hpp"

#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/times.hpp"
#include "sources/fetch_loop.hpp"
#include "transport/fakes.hpp"

namespace klinekeep::sources {
namespace {

using transport::status;

class RestRunnerTest : public testing::Test {
 protected:
  RestRunnerTest() {
    options_.base_urls = {"http://rest"};
    options_.clock = time_.clock();
  }
  FetchResult fetched(const TimeRange& range, MarketType market = MarketType::SPOT) {
    const Series series{market, Symbol{"BTCUSDT"}, Interval::HOUR_1};
    RestRunner runner{series,
                      options_,
                      /*include_open=*/false,
                      {.transport = transport_,
                       .limiter = std::make_shared<transport::FreeLimiter>(),
                       .sleeper = std::make_shared<transport::FakeSleeper>(time_),
                       .exchange_clock = std::make_shared<transport::ExchangeClock>(),
                       .clock = time_.clock(),
                       .random = [] { return 0.5; }}};
    return fetch(series, range, DataSource::REST, runner, /*parallel=*/1, {});
  }

  transport::FakeTime time_;
  std::shared_ptr<transport::FakeTransport> transport_ = std::make_shared<transport::FakeTransport>(time_);
  RestOptions options_;
};

const TimeRange kThreePages = range("2023-12-01", "2024-03-01");  // 2,184 hours

TEST_F(RestRunnerTest, AsksThePagesAllTheSameWhenTheFirstCandleCannotBeRead) {
  transport_->script = {status(200, {}, "[]"), status(200, {}, "<html>"), status(200, {}, "[]")};
  const FetchResult result = fetched(kThreePages);
  EXPECT_EQ(transport_->asked().size(), 4U);
  ASSERT_EQ(result.report.gaps.size(), 1U);
  EXPECT_EQ(result.report.gaps[0], (Gap{kThreePages, kAbsentInRest}));
}

TEST_F(RestRunnerTest, AsksAMalformedPageOnceMore) {
  transport_->script = {status(200, {}, "[[1]]"), status(200, {}, "[]")};
  EXPECT_EQ(fetched(range("2024-03-01", "2024-03-02")).report.gaps.size(), 1U);
  EXPECT_EQ(transport_->asked().size(), 2U);
}

TEST_F(RestRunnerTest, DistrustsAPageThatStaysMalformed) {
  transport_->script = {status(200, {}, "[[1]]")};
  EXPECT_THROW(fetched(range("2024-03-01", "2024-03-02")), IntegrityError);
  EXPECT_EQ(transport_->asked().size(), 2U);
}

TEST_F(RestRunnerTest, KnowsAnInvalidSymbol) {
  transport_->script = {status(400, {}, R"({"code":-1121,"msg":"Invalid symbol."})")};
  EXPECT_THROW(fetched(kThreePages), UnknownSymbol);
  EXPECT_EQ(transport_->asked().size(), 1U);
}

TEST_F(RestRunnerTest, EscapesWhatAServerSays) {
  transport_->script = {status(400, {}, R"({"code":-1100,"msg":"Illegal\u001b[31m\u202e characters"})")};
  try {
    (void)fetched(range("2024-03-01", "2024-03-02"));
    FAIL() << "nothing was thrown";
  } catch (const SourceUnavailable& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("-1100"));
    EXPECT_THAT(error.what(), testing::HasSubstr(R"('Illegal\x1b[31m\u202e characters' (-1100))"));
  }
}

}  // namespace
}  // namespace klinekeep::sources
