// The Python module. Capsule-thin: names and conversions, no logic.
#include <arrow/config.h>

#include "answer.hpp"
#include "cache.hpp"
#include "clients.hpp"
#include "errors.hpp"
#include "input/interval_word.hpp"
#include "manager.hpp"
#include "values.hpp"

namespace klinekeep::python {
namespace {

std::int64_t estimate(Microseconds start, Microseconds end, std::string_view interval) {
  return estimate_data_points(instant(start), instant(end), input::parse_interval(interval));
}

nb::object adjust(Microseconds start, Microseconds end, std::string_view interval) {
  const auto window = adjust_time_window(instant(start), instant(end), input::parse_interval(interval));
  if (!window) return nb::none();
  return nb::make_tuple(microseconds(window->first), microseconds(window->second));
}

/// (name, meaning) of each column, in their order.
nb::list schema() {
  nb::list list;
  for (const Column& column : kSchema) list.append(nb::make_tuple(column.name, column.meaning));
  return list;
}

}  // namespace
}  // namespace klinekeep::python

NB_MODULE(_core, m) {
  using namespace klinekeep::python;
  m.attr("__version__") = klinekeep::kVersion;
  m.attr("arrow_version") = arrow::GetBuildInfo().version_string;  // of the libarrow that was loaded
  nb::set_leak_warnings(false);  // daemon threads that hold a manager when Python ends are no fault of anybody
  translate_errors();
  m.def("estimate_data_points", &estimate, nb::arg("start"), nb::arg("end"), nb::arg("interval"));
  m.def("adjust_time_window", &adjust, nb::arg("start"), nb::arg("end"), nb::arg("interval"));
  m.def(
      "has_interval",
      [](std::string_view market, std::string_view interval) {
        return klinekeep::has_interval(market_of(market), klinekeep::input::parse_interval(interval));
      },
      nb::arg("market"), nb::arg("interval"));
  m.def("schema", &schema);
  bind_answer(m);
  bind_clients(m);
  bind_manager(m);
  bind_cache(m);
}
