// What a REST step makes of an HTTP answer.
#include "sources/rest_runner.hpp"

#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/times.hpp"
#include "manager/one_source.hpp"
#include "sources/fake_network.hpp"
#include "sources/fake_sources.hpp"

namespace klinekeep::sources {
namespace {

using transport::status;

class RestRunnerTest : public testing::Test {
 protected:
  RestRunnerTest() {
    options_.base_urls = {"http://rest"};
    options_.clock = network_.time.clock();
  }
  FetchResult fetched(const TimeRange& range, MarketType market = MarketType::SPOT) {
    const Series series{market, Symbol{"BTCUSDT"}, Interval::HOUR_1};
    RestRunner runner{series, options_, /*include_open=*/false, network_.services()};
    return manager::fetch_from_one(series, range, DataSource::REST, borrowed(runner), network_.time.now(),
                                   /*parallel=*/1, {});
  }

  FakeNetwork network_;
  std::shared_ptr<transport::FakeTransport> transport_ = network_.transport;
  RestOptions options_;
};

const TimeRange kThreePages = range("2023-12-01", "2024-03-01");  // 2,184 hours

TEST_F(RestRunnerTest, WhatAQuestionThatCannotBeReadWasAskedForIsMissing) {
  transport_->script = {status(200, {}, "[]"), status(200, {}, "<html>"), status(200, {}, "[]")};
  try {
    (void)fetched(kThreePages);
    FAIL() << "nothing was thrown";
  } catch (const IntegrityError& error) {
    ASSERT_EQ(error.missing().size(), 1U);
    EXPECT_EQ(error.missing()[0].range, range("2023-12-01", "2024-01-11T16:00:00"));
    EXPECT_THAT(error.missing()[0].detail, testing::HasSubstr("startTime=0&limit=1: '<html>'"));
  }
  EXPECT_GE(transport_->asked().size(), 4U) << "the other pages are asked all the same";
}

TEST_F(RestRunnerTest, AsksAMalformedPageOnceMore) {
  transport_->script = {status(200, {}, "[[1]]"), status(200, {}, "[]")};
  EXPECT_EQ(fetched(range("2024-03-01", "2024-03-02")).report.gaps.size(), 1U);
  ASSERT_EQ(transport_->asked().size(), 3U) << "and whether its emptiness is true";
  EXPECT_EQ(transport_->asked()[0], transport_->asked()[1]);
}

TEST_F(RestRunnerTest, TellsADateThatCannotBeRightOnceWhateverCameWithIt) {
  const std::vector<transport::Header> slow{{"Date", "Fri, 15 Mar 2024 04:00:00 GMT"}};
  transport_->script = {status(200, slow, "[[1]]"), status(200, slow, "[]")};
  EXPECT_THAT(fetched(range("2024-03-01", "2024-03-02")).report.notes,
              testing::Contains(testing::HasSubstr("was dated 2024-03-15T04:00:00Z when our clock showed")).Times(1));
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
