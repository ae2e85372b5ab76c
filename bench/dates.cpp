// Dates of HTTP and of S3 listings by our readers, beside Howard Hinnant's date, which the standard's
// std::chrono::parse comes from and g++ 12 lacks: what each accepts, and how long it takes.
//   klinekeep-bench-dates [--benchmark_filter=REGEX]
#include <benchmark/benchmark.h>
#include <date/date.h>
#include <fmt/format.h>

#include <array>
#include <locale>
#include <optional>
#include <sstream>
#include <string>

#include "codecs/http_text.hpp"

namespace klinekeep::bench {
namespace {

constexpr const char* kHttp = "%a, %d %b %Y %T GMT";
constexpr const char* kS3 = "%Y-%m-%dT%TZ";

/// All of `text`, as strictly as the library can be asked.
std::optional<Timestamp> by_library(const std::string& text, const char* format) {
  std::istringstream in{text};
  in.imbue(std::locale::classic());
  date::sys_time<Duration> time;
  date::from_stream(in, format, time);
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return Timestamp{time.time_since_epoch()};
}

void tell_what_is_accepted() {
  constexpr std::array kHttpTexts{
      "Fri, 15 Mar 2024 12:00:00 GMT",      "Fri, 15 Mar 2024 12:00:60 GMT", "Thu, 15 Mar 2024 12:00:00 GMT",
      "Friday, 15 March 2024 12:00:00 GMT", "fri, 15 mar 2024 12:00:00 GMT", "Fri,15 Mar 2024 12:00:00 GMT",
      "Fri, 15 Mar 24 12:00:00 GMT",        "Fri, 15 Mar 2024 1:0:0 GMT",    "Fri, +15 Mar 2024 12:00:00 GMT"};
  constexpr std::array kS3Texts{"2024-03-15T12:00:00.000Z", "2024-03-15T12:00:00Z", "2024-3-15T12:00:00Z",
                                "2024-03-15T1:00:00Z", "2024-03-15T12:00:00.Z"};
  const auto tell = [](const std::string& text, bool library, bool ours) {
    fmt::print("{:38} date {:8} ours {}\n", text, library ? "accepts" : "refuses", ours ? "accepts" : "refuses");
  };
  for (const std::string text : kHttpTexts) {
    tell(text, by_library(text, kHttp).has_value(), codecs::parse_http_date(text).has_value());
  }
  for (const std::string text : kS3Texts) {
    tell(text, by_library(text, kS3).has_value(), codecs::parse_s3_date(text).has_value());
  }
}

const std::string kDate = "Fri, 15 Mar 2024 12:00:00 GMT";
const std::string kModified = "2024-03-15T12:00:00.000Z";

void http_by_date(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(by_library(kDate, kHttp));
}
void http_by_us(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(codecs::parse_http_date(kDate));
}
void s3_by_date(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(by_library(kModified, kS3));
}
void s3_by_us(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(codecs::parse_s3_date(kModified));
}

BENCHMARK(http_by_date);
BENCHMARK(http_by_us);
BENCHMARK(s3_by_date);
BENCHMARK(s3_by_us);

}  // namespace
}  // namespace klinekeep::bench

int main(int argc, char** argv) {
  klinekeep::bench::tell_what_is_accepted();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
