#include "input/time_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "klinekeep/errors.hpp"

namespace klinekeep::input {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

constexpr Timestamp kMidnight = std::chrono::sys_days{std::chrono::year{2024} / 3 / 15};
constexpr Timestamp kNow = kMidnight + 12h + 34min + 56s + 789ms;

Timestamp start_of(std::string_view word, Timestamp now = kNow) { return parse_time_word(word).resolve_start(now); }
Timestamp end_of(std::string_view word, Timestamp now = kNow) { return parse_time_word(word).resolve_end(now); }

std::string problem(std::string_view word) {
  try {
    (void)parse_time_word(word);
  } catch (const InvalidRequest& error) {
    return error.what();
  }
  return "accepted";
}

TEST(TimeWords, TakesEachSpellingOfAnInstant) {
  const std::vector<std::pair<std::string, Duration>> words{
      {"2024-03-15T12:34", 12h + 34min},
      {"2024-03-15 12:34", 12h + 34min},
      {"2024-03-15t12:34z", 12h + 34min},
      {"2024-03-15T12:34:56", 12h + 34min + 56s},
      {"2024-03-15T12:34:56Z", 12h + 34min + 56s},
      {"2024-03-15T12:34:56.7", 12h + 34min + 56s + 700ms},
      {"2024-03-15T12:34:56,789Z", 12h + 34min + 56s + 789ms},
      {"2024-03-15T12:34:56.000001", 12h + 34min + 56s + 1us},
      {"2024-03-15T12:34:56.123456000000", 12h + 34min + 56s + 123456us},
      {"2024-03-15T12:34:56+02", 10h + 34min + 56s},
      {"2024-03-15T12:34:56+0230", 10h + 4min + 56s},
      {"2024-03-15T12:34:56.5+02:30", 10h + 4min + 56s + 500ms},
      {"2024-03-15T12:34-05:00", 17h + 34min},
      {"2024-03-15T12:34-00:00", 12h + 34min},
      {"2024-03-15T23:30-01:00", 24h + 30min},
      {"20240315T1234", 12h + 34min},
      {"20240315T123456Z", 12h + 34min + 56s},
      {"20240315T123456.789+0100", 11h + 34min + 56s + 789ms},
      {"20240315 123456", 12h + 34min + 56s},
      {"2024-03-15T00:00", 0h},
      {"2024-03-15T23:59:59.999999", 24h - 1us},
      {"1710506096789", 12h + 34min + 56s + 789ms},
      {"+1710506096789", 12h + 34min + 56s + 789ms},
  };
  for (const auto& [word, of_day] : words) {
    EXPECT_EQ(format_iso(start_of(word)), format_iso(kMidnight + of_day)) << word;
    EXPECT_EQ(start_of(word), end_of(word)) << word;
    EXPECT_EQ(parse_time_word(word).kind(), TimeWord::Kind::instant) << word;
  }
}

TEST(TimeWords, TakesEpochMilliseconds) {
  for (const std::string_view word : {"0",
                                      "-0",
                                      "+7",
                                      "-7",
                                      "1000",
                                      "2008",
                                      "2100",
                                      "12345678",
                                      "20241301",
                                      "20080101",
                                      "21000101",
                                      "+2024",
                                      "+20240315",
                                      "-20240315",
                                      "86400000",
                                      "99999999999",
                                      "1710506096789",
                                      "99999999999999",
                                      "253402300799999",
                                      "-62135596800000",
                                      "000000000000001"}) {
    EXPECT_EQ(to_ms(start_of(word)), std::stoll(std::string(word))) << word;
    EXPECT_EQ(start_of(word), end_of(word)) << word;
  }
}

TEST(TimeWords, RefusesNumbersThatMeanSomethingElse) {
  for (const auto* const word : {"1710506096", "171050609", "-171050609"}) {
    EXPECT_THAT(problem(word), AllOf(HasSubstr("look like seconds"), HasSubstr("13 digits"), HasSubstr(word)));
  }
  EXPECT_THAT(problem("1710506096789012"), HasSubstr("16 digits look like microseconds"));
  EXPECT_THAT(problem("1710506096789012345"), HasSubstr("19 digits look like nanoseconds"));
  EXPECT_THAT(problem(std::string(1000, '9')), HasSubstr("nanoseconds"));
  EXPECT_THAT(problem("253402300800000"), HasSubstr("outside the years 0001 to 9999"));
  EXPECT_THAT(problem("-62135596800001"), HasSubstr("outside the years 0001 to 9999"));
  EXPECT_THAT(problem("20240315"), AllOf(HasSubstr("2024-03-15"), HasSubstr("+20240315")));
  EXPECT_THAT(problem("2024"), AllOf(HasSubstr("2024-01-01"), HasSubstr("+2024")));
}

TEST(TimeWords, KnowsTheCalendar) {
  EXPECT_EQ(format_iso(start_of("2024-02-29")), "2024-02-29T00:00:00Z");
  EXPECT_EQ(format_iso(start_of("2000-02-29")), "2000-02-29T00:00:00Z");
  EXPECT_THAT(problem("2023-02-29"), HasSubstr("2023-02 has 28 days"));
  EXPECT_THAT(problem("2024-02-30T00:00"), HasSubstr("2024-02 has 29 days"));
  EXPECT_THAT(problem("1900-02-29"), HasSubstr("28 days"));
  EXPECT_THAT(problem("2024-04-31"), HasSubstr("30 days"));
  EXPECT_THAT(problem("2024-01-32"), HasSubstr("31 days"));
  EXPECT_THAT(problem("2024-01-00"), HasSubstr("day 00 does not exist"));
  EXPECT_THAT(problem("2024-00-01"), HasSubstr("month 00 does not exist"));
  EXPECT_THAT(problem("2024-13-01"), HasSubstr("month 13 does not exist"));
  EXPECT_THAT(problem("0000-01-01"), HasSubstr("0001 to 9999"));
  EXPECT_THAT(problem("2024-03-15T24:00:00"), HasSubstr("00:00 of the next day"));
  EXPECT_THAT(problem("2024-03-15T25:00"), HasSubstr("hour 25 does not exist"));
  EXPECT_THAT(problem("2024-03-15T12:60"), HasSubstr("minute 60 does not exist"));
  EXPECT_THAT(problem("2016-12-31T23:59:60Z"), HasSubstr("leap second"));
  EXPECT_THAT(problem("2024-03-15T12:34:61"), HasSubstr("second 61 does not exist"));
  EXPECT_THAT(problem("2024-03-15T12:34+24:00"), HasSubstr("zone"));
  EXPECT_THAT(problem("2024-03-15T12:34+02:60"), HasSubstr("zone"));
  EXPECT_THAT(problem("0001-01-01T00:00+01"), HasSubstr("outside the years"));
  EXPECT_THAT(problem("9999-12-31T23:59-01"), HasSubstr("outside the years"));
  EXPECT_EQ(format_iso(start_of("0001-01-01")), "0001-01-01T00:00:00Z");
  EXPECT_EQ(format_iso(end_of("9999-12-31")), "9999-12-31T23:59:59.999999Z");
}

TEST(TimeWords, RefusesWhatIsNoTimeAndSaysWhatIs) {
  for (const std::string word : {"",
                                 " ",
                                 "-",
                                 "+",
                                 "yesterday",
                                 "NOW",
                                 "now ",
                                 " now",
                                 "2024-3-15",
                                 "24-03-15",
                                 "2024/03/15",
                                 "15.03.2024",
                                 "2024-03",
                                 "2024-03-15T",
                                 "2024-03-15T12",
                                 "2024-03-15T1234",
                                 "20240315T12:34",
                                 "2024-0315",
                                 "202403-15",
                                 "2024-03-15Z",
                                 "2024-03-15+02:00",
                                 "2024-03-15T12:34:",
                                 "2024-03-15T12:34:5",
                                 "2024-03-15T12:34:56.",
                                 "2024-03-15T12:34.5",
                                 "2024-03-15T12:34:56 Z",
                                 "2024-03-15T12:34:56Zz",
                                 "2024-03-15T12:34:56+2",
                                 "2024-03-15T12:34:56+02:0",
                                 "2024-03-15T12:34:56+020",
                                 "2024-03-15T12:34:56+02:000",
                                 "2024-03-15T12:34:56.7.8",
                                 "2024-03-15  12:34",
                                 "2024-W11-5",
                                 "2024-075",
                                 "12024-03-15",
                                 "-2024-03-15",
                                 "0x10",
                                 "1e12",
                                 "1.5",
                                 "1710506096789.5",
                                 "2h",
                                 "-h",
                                 "--2h",
                                 "-2y",
                                 "-2H",
                                 "-2M",
                                 "-2ms",
                                 "2024-03-15T12:34:56Z\n",
                                 "２０２４-03-15"}) {
    const std::string message = problem(word);
    EXPECT_THAT(message, HasSubstr("is not a time: ")) << word;
    EXPECT_THAT(message, testing::AnyOf(HasSubstr("write ISO 8601"), HasSubstr("relative"))) << word;
  }
  EXPECT_THAT(problem("x\x1b[31m\n"), HasSubstr(R"('x\x1b[31m\n' is not a time)"));
}

TEST(TimeWords, GoesBackFromNow) {
  EXPECT_EQ(start_of("now"), kNow);
  EXPECT_EQ(end_of("now"), kNow);
  EXPECT_EQ(start_of("-45s"), kNow - 45s);
  EXPECT_EQ(start_of("-30m"), kNow - 30min);
  EXPECT_EQ(start_of("-2h"), kNow - 2h);
  EXPECT_EQ(start_of("-7d"), kNow - 168h);
  EXPECT_EQ(start_of("-2w"), kNow - 336h);
  EXPECT_EQ(end_of("-2h"), kNow - 2h);
  EXPECT_EQ(start_of("-0s"), kNow);
  EXPECT_EQ(start_of("-365000d"), kNow - std::chrono::days{365000});
  EXPECT_EQ(parse_time_word("-2h").kind(), TimeWord::Kind::relative);
  EXPECT_THAT(problem("+2h"), HasSubstr("-2h"));
  EXPECT_THAT(problem("-1.5h"), HasSubstr("whole number"));
  EXPECT_THAT(problem("-1h30m"), HasSubstr("whole number"));
  EXPECT_THAT(problem("-366000d"), HasSubstr("1,000 years"));
  EXPECT_THAT(problem("-99999999999999999999999s"), HasSubstr("1,000 years"));
}

TEST(TimeWords, TakesABareDateForTheWholeDayUpToNow) {
  EXPECT_EQ(parse_time_word("2024-03-15").kind(), TimeWord::Kind::date);
  EXPECT_EQ(start_of("2024-03-15"), kMidnight);
  EXPECT_EQ(end_of("2024-03-14"), kMidnight - 1us);
  EXPECT_EQ(end_of("2024-03-15"), kNow);
  EXPECT_EQ(end_of("2024-03-15", kMidnight), kMidnight);
  EXPECT_EQ(end_of("2024-03-15", kMidnight + 24h - 1us), kMidnight + 24h - 1us);
  EXPECT_EQ(end_of("2024-03-15", kMidnight + 24h), kMidnight + 24h - 1us);
  EXPECT_EQ(end_of("2024-03-15", kMidnight - 1us), kMidnight + 24h - 1us);  // not begun: stays in the future
  EXPECT_EQ(end_of("2024-03-16"), kMidnight + 48h - 1us);
}

TEST(TimeWords, RoundsDigitsBelowTheMicrosecondIntoTheWindow) {
  const Timestamp below = kMidnight + 123456us;
  EXPECT_EQ(start_of("2024-03-15T00:00:00.1234560"), below);
  EXPECT_EQ(start_of("2024-03-15T00:00:00.1234561"), below + 1us);
  EXPECT_EQ(end_of("2024-03-15T00:00:00.1234569"), below);
  EXPECT_EQ(start_of("2024-03-15T00:00:00.123456000000000000000000000001"), below + 1us);
  EXPECT_EQ(start_of("2024-03-15T23:59:59.9999999"), kMidnight + 24h);
  EXPECT_EQ(start_of("1969-12-31T23:59:59.9999999"), Timestamp{});
  EXPECT_EQ(end_of("1969-12-31T23:59:59.9999999"), Timestamp{-1us});
}

Timestamp any_instant() {
  const std::int64_t first = Timestamp{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}}.time_since_epoch().count();
  const std::int64_t end =
      Timestamp{std::chrono::sys_days{std::chrono::year{10000} / 1 / 1}}.time_since_epoch().count();
  return Timestamp{Duration{*rc::gen::inRange(first, end)}};
}

RC_GTEST_PROP(TimeWords, ReadsWhatFormatIsoWrites, ()) {
  const Timestamp t = any_instant();
  RC_ASSERT(start_of(format_iso(t)) == t);
  RC_ASSERT(end_of(format_iso(t)) == t);
}

RC_GTEST_PROP(TimeWords, NeverWidensTheWindow, ()) {
  const Timestamp t = any_instant();
  const auto nanos = *rc::gen::inRange(0, 1000);
  std::string word = format_iso(std::chrono::floor<std::chrono::seconds>(t));
  char fraction[24];
  std::snprintf(fraction, sizeof fraction, ".%06d%03dZ",
                static_cast<int>((t - std::chrono::floor<std::chrono::seconds>(t)).count()), nanos);
  word.replace(word.size() - 1, 1, fraction);
  RC_ASSERT(start_of(word) == (nanos == 0 ? t : t + 1us));
  RC_ASSERT(end_of(word) == t);
}

RC_GTEST_PROP(TimeWords, ShiftsByTheZone, ()) {
  const Timestamp t =
      std::chrono::floor<std::chrono::minutes>(Timestamp{std::chrono::seconds{*rc::gen::inRange(0, 2'000'000'000)}});
  const auto minutes = *rc::gen::inRange(-23 * 60, 23 * 60);
  std::string word = format_iso(t + std::chrono::minutes{minutes});
  char zone[24];
  std::snprintf(zone, sizeof zone, "%c%02d:%02d", minutes < 0 ? '-' : '+', std::abs(minutes) / 60,
                std::abs(minutes) % 60);
  word.replace(word.size() - 1, 1, zone);
  RC_ASSERT(start_of(word) == t);
}

RC_GTEST_PROP(TimeWords, NeverThrowsAnythingElse, ()) {
  const auto word = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789-+:.,TZ nowhd\xff")));
  try {
    (void)parse_time_word(word);
  } catch (const InvalidRequest&) {
  }
}

}  // namespace
}  // namespace klinekeep::input
