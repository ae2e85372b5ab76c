#include "planner/step.hpp"

#include <fmt/format.h>

#include "core/last_open.hpp"

namespace klinekeep::planner {
namespace {

struct Describe {
  Interval interval;

  std::string operator()(const ArchiveFile& file) const {
    return fmt::format("{} file {}{}", name(file.granularity), period_name(file.granularity, file.period),
                       file.accept_unverified ? ", unverified" : "");
  }
  std::string operator()(const RestPage& page) const {
    std::string text = "REST page " + from_to(page.window, interval);
    if (page.candles > 0) text += fmt::format(" ({} {})", page.candles, page.candles == 1 ? "candle" : "candles");
    return page.again ? text + ", again" : text;
  }
  std::string operator()(const FirstCandle& /*action*/) const { return "first candle"; }
  std::string operator()(const NextCandle& next) const { return "next candle from " + format_iso(next.window.begin); }
  std::string operator()(const List& list) const {
    std::string text = fmt::format("listing of {} files", name(list.granularity));
    if (list.after) text += " after " + period_name(list.granularity, *list.after);
    return text;
  }
};

}  // namespace

std::string describe(const Step& step, Interval interval) { return std::visit(Describe{interval}, step.action); }

std::string_view name(Granularity granularity) { return granularity == Granularity::daily ? "daily" : "monthly"; }

std::string period_name(Granularity granularity, Timestamp period) {
  constexpr std::size_t kDay = std::string_view{"2024-03-15"}.size();
  constexpr std::size_t kMonth = std::string_view{"2024-03"}.size();
  return format_iso(period).substr(0, granularity == Granularity::daily ? kDay : kMonth);
}

}  // namespace klinekeep::planner
