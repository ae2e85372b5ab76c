#include "values.hpp"

#include <nanobind/stl/map.h>

#include <memory>
#include <utility>

#include "core/last_open.hpp"
#include "input/choices.hpp"

namespace klinekeep::python {
namespace {

/// A Python object that threads without the GIL may copy and drop.
using Shared = std::shared_ptr<nb::object>;

Shared share(nb::object object) {
  return {new nb::object(std::move(object)), [](nb::object* held) {
            const nb::gil_scoped_acquire gil;
            delete held;
          }};
}

}  // namespace

Timestamp instant(Microseconds t) { return Timestamp{Duration{t}}; }
Microseconds microseconds(Timestamp t) { return t.time_since_epoch().count(); }

TimeRange range_of(Interval interval, Microseconds start, Microseconds end) {
  const auto window = adjust_time_window(instant(start), instant(end), interval);
  if (!window) return {instant(start), instant(start)};
  return {window->first, window->second + std::chrono::milliseconds{1}};
}

MarketType market_of(std::string_view word) { return input::parse_market_flag(word); }

DataSource source_of(std::string_view word) {
  return input::parse_choice<DataSource>("enforce_source", word,
                                         {{"auto", DataSource::AUTO},
                                          {"rest", DataSource::REST},
                                          {"vision", DataSource::VISION},
                                          {"cache", DataSource::CACHE}});
}

Fill fill_of(std::string_view word) {
  return input::parse_choice<Fill>("fill", word, {{"none", Fill::none}, {"nan", Fill::nan}, {"ffill", Fill::ffill}});
}

std::optional<Clock> clock_of(nb::object callable) {
  if (callable.is_none()) return std::nullopt;
  return [shared = share(std::move(callable))] {
    const nb::gil_scoped_acquire gil;
    return instant(nb::cast<Microseconds>((*shared)()));
  };
}

std::function<void(const Progress&)> progress_of(nb::object callable) {
  if (callable.is_none()) return {};
  return [shared = share(std::move(callable))](const Progress& progress) {
    const nb::gil_scoped_acquire gil;
    (*shared)(progress.steps_done, progress.steps_expected, progress.bytes, progress.waiting);
  };
}

nb::tuple tuple_of(const TimeRange& range, Interval interval) {
  return nb::make_tuple(microseconds(range.begin), microseconds(last_open(range, interval)));
}

nb::list list_of(const std::vector<MissingRange>& missing, Interval interval) {
  nb::list list;
  for (const MissingRange& m : missing) {
    const nb::tuple range = tuple_of(m.range, interval);
    list.append(nb::make_tuple(range[0], range[1], name(m.cause), m.detail));
  }
  return list;
}

nb::list list_of(const std::vector<Timestamp>& times) {
  nb::list list;
  for (const Timestamp t : times) list.append(microseconds(t));
  return list;
}

nb::dict dict_of(const Report& report, Interval interval) {
  nb::list gaps;
  for (const Gap& gap : report.gaps) {
    const nb::tuple range = tuple_of(gap.range, interval);
    gaps.append(nb::make_tuple(range[0], range[1], gap.reason));
  }
  nb::dict dict;
  dict["upstream"] = report.upstream.name();
  dict["kind"] = name(report.kind);
  dict["rows"] = report.rows;
  dict["filled"] = report.filled;
  dict["rows_by_source"] = report.rows_by_source;
  dict["requests"] = report.requests;
  dict["bytes"] = report.bytes;
  dict["gaps"] = gaps;
  dict["missing"] = list_of(report.missing, interval);
  dict["duplicates"] = report.duplicates;
  dict["conflicts"] = list_of(report.conflicts);
  dict["off_grid"] = list_of(report.off_grid);
  dict["parts_by_trust"] = report.parts_by_trust;
  dict["notes"] = report.notes;
  dict["cache_failure"] = report.cache_failure;
  return dict;
}

}  // namespace klinekeep::python
