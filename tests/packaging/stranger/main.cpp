// Built against an installed klinekeep and run; with BAD defined, one line must not compile.
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

#if BAD == 1
  adjust_time_window(1'710'506'096'500, end, Interval::SECOND_1);  // bad 1: a number is not an instant
#elif BAD == 2
  vision.symbols(MarketType::SPOT);  // bad 2: exchangeInfo is REST's, and this is the archive's client
#elif BAD == 3
  const VisionDataClient rest{RestOptions{}};  // bad 3: options of the other source
#elif BAD == 4
  vision.fetch(MarketType::SPOT, "BTCUSDT", Interval::DAY_1, range);  // bad 4: a text is not a proven symbol
#elif BAD == 5
  adjust_time_window(start, end, "1s");  // bad 5: a text is not an interval
#elif BAD == 6
  adjust_time_window(std::chrono::local_days{2024y / 3 / 15}, end,
                     Interval::SECOND_1);  // bad 6: a local time is not UTC
#elif BAD == 7
  vision.fetch(symbol, MarketType::SPOT, Interval::DAY_1, range);  // bad 7: swapped
#elif BAD == 8
  vision.fetch(MarketType::SPOT, symbol, Interval::DAY_1, range);  // bad 8: the answer is thrown away
#endif
}
