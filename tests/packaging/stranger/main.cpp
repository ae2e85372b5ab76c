// Built against an installed klinekeep and run; with BAD defined, no line marked as bad may compile.
#include <arrow/table.h>

#include <iostream>
#include <klinekeep/klinekeep.hpp>

using namespace klinekeep;
using std::chrono::sys_days;
using namespace std::chrono_literals;

namespace {

template <class Expected, class Action>
void must_throw(const char* what, Action action) {
  try {
    action();
    std::cout << what << ": nothing was thrown\n";
  } catch (const Expected& error) {
    std::cout << what << ": " << error.exit_code() << '\n';
  }
}

}  // namespace

int main() {
  const Timestamp start = sys_days{2024y / 3 / 15} + 12h + 34min + 56s + 500ms;
  const Timestamp end = sys_days{2024y / 3 / 15} + 12h + 35min + 2s + 123ms;
  const auto window = adjust_time_window(start, end, Interval::SECOND_1);
  if (window) std::cout << format_iso(window->first) << ' ' << format_iso(window->second) << '\n';

  must_throw<InvalidRequest>("symbol", [] { Symbol{"../x"}; });
  must_throw<Error>("symbol, by its base", [] { Symbol{"../x"}; });

  VisionOptions options;
  options.base_url = options.listing_url = "http://127.0.0.1:9";  // the discard port: nobody listens
  options.network.proxy = "";
  options.network.request_timeout = 200ms;
  const VisionDataClient vision{options};
  const Symbol symbol{"BTCUSDT"};
  const TimeRange range{sys_days{2024y / 3 / 15}, sys_days{2024y / 3 / 16}};
  const auto fetch = [&] {
    std::cout << vision.fetch(MarketType::SPOT, symbol, Interval::DAY_1, range).table->num_rows();
  };
  must_throw<SourceUnavailable>("vision", fetch);
  must_throw<IncompleteData>("vision, by its base", fetch);

#ifdef BAD
  adjust_time_window(1'710'506'096'500, end, Interval::SECOND_1);       // bad: a number is not an instant
  adjust_time_window(sys_days{2024y / 3 / 15}, end, "1s");              // bad: a text is not an interval
  adjust_time_window(std::chrono::local_days{}, end, Interval::DAY_1);  // bad: a local time is not UTC
  vision.symbols(MarketType::SPOT);            // bad: exchangeInfo is REST's, this is the archive
  const VisionDataClient rest{RestOptions{}};  // bad: options of the other source
  vision.fetch(MarketType::SPOT, "BTCUSDT", Interval::DAY_1, range);  // bad: a text is not a proven symbol
  vision.fetch(symbol, MarketType::SPOT, Interval::DAY_1, range);     // bad: swapped
  vision.fetch(MarketType::SPOT, symbol, Interval::DAY_1, range);     // bad: the answer is thrown away
#endif
}
