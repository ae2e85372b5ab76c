// The times of an answer of REST.
#include "sources/http_answers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/times.hpp"

namespace klinekeep::sources {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Timestamp kSent = at("2024-03-15T12:00:00.25");
const Timestamp kHeard = at("2024-03-15T12:00:03.5");

transport::Response response(const char* date) {
  transport::Response made{.head = {.status = 200, .headers = {}}, .sent = kSent, .heard = kHeard};
  if (date != nullptr) made.head.headers.push_back({"Date", date});
  return made;
}

TEST(TimesOfRest, ReachAsFarAsTheDateOfThatVeryAnswer) {
  const planner::AnswerTimes times = times_of_rest(response("Fri, 15 Mar 2024 12:00:02 GMT"));
  EXPECT_EQ(times.asked_at, kSent);
  EXPECT_EQ(times.heard_at, kHeard);
  EXPECT_EQ(times.as_of, at("2024-03-15T12:00:02"));
  EXPECT_EQ(times_of_rest(response("Fri, 15 Mar 2024 04:00:00 GMT")).as_of, at("2024-03-15T04:00:00"))
      << "whether it can be right is not judged here";
}

TEST(TimesOfRest, NeverReachBeyondOurClockAsTheHeadArrives) {
  EXPECT_EQ(times_of_rest(response("Fri, 15 Mar 2024 12:00:04 GMT")).as_of, kHeard);
  EXPECT_EQ(times_of_rest(response("Fri, 15 Mar 2030 12:00:00 GMT")).as_of, kHeard);
}

TEST(TimesOfRest, WithoutAReadableDateReachAsFarAsWhenItWasSent) {
  for (const char* const date : {static_cast<const char*>(nullptr), "", "yesterday", "2024-03-15T12:00:02Z"}) {
    EXPECT_EQ(times_of_rest(response(date)).as_of, kSent);
    EXPECT_EQ(remark_on_date(response(date)), std::nullopt);
  }
}

TEST(RemarkOnDate, ComesOutsideOfTwoSecondsBeforeSendingAndOneAfterHearing) {
  for (const char* const fits : {"Fri, 15 Mar 2024 11:59:59 GMT", "Fri, 15 Mar 2024 12:00:04 GMT"}) {
    EXPECT_EQ(remark_on_date(response(fits)), std::nullopt) << fits;
  }
  EXPECT_EQ(remark_on_date(response("Fri, 15 Mar 2024 11:59:58 GMT")),
            "an answer of REST was dated 2024-03-15T11:59:58Z when our clock showed 2024-03-15T12:00:03Z: "
            "ours is ahead, or the answer's time is wrong");
  EXPECT_EQ(remark_on_date(response("Fri, 15 Mar 2024 12:00:05 GMT")),
            "an answer of REST was dated 2024-03-15T12:00:05Z when our clock showed 2024-03-15T12:00:03Z: "
            "ours is behind, and what has closed since then is left out");
}

}  // namespace
}  // namespace klinekeep::sources
