#include "archive/zip_format.hpp"

namespace replica {

DosTime to_dos_time(Instant t) {
  const auto date = civil_date(t);
  const std::chrono::hh_mm_ss<Millis> time{t - floor_to_day(t)};
  const auto hours = static_cast<unsigned>(time.hours().count());
  const auto minutes = static_cast<unsigned>(time.minutes().count());
  const auto seconds = static_cast<unsigned>(time.seconds().count());
  const auto year = static_cast<unsigned>(int{date.year()} - 1980);
  return {static_cast<std::uint16_t>(hours << 11U | minutes << 5U | seconds / 2),
          static_cast<std::uint16_t>(year << 9U | unsigned{date.month()} << 5U | unsigned{date.day()})};
}

Instant from_dos_time(DosTime dos) {
  const unsigned date = dos.date;
  const unsigned time = dos.time;
  return make_instant(static_cast<int>(1980 + (date >> 9U)), date >> 5U & 15U, date & 31U) +
         std::chrono::hours{time >> 11U} + std::chrono::minutes{time >> 5U & 63U} +
         std::chrono::seconds{(time & 31U) * 2};
}

}  // namespace replica
