#include "klinekeep/time.hpp"

#include <fmt/format.h>

#include "klinekeep/clock.hpp"

namespace klinekeep {

std::string format_iso(Timestamp t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{t - day};
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (const auto micros = clock.subseconds().count(); micros != 0) {
    text += micros % 1000 == 0 ? fmt::format(".{:03}", micros / 1000) : fmt::format(".{:06}", micros);
  }
  return text + 'Z';
}

Timestamp system_now() { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

}  // namespace klinekeep
