#include "manager.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <utility>

#include "answer.hpp"
#include "clients.hpp"
#include "input/interval_word.hpp"

namespace klinekeep::python {
namespace {

using MaybeInteger = std::optional<std::int64_t>;

void make_manager(DataSourceManager* self, std::string_view market, const RestClient* rest, const VisionClient* vision,
                  const std::string& cache_dir, bool use_cache, nb::object clock, const PlanningOptions& planning,
                  MaybeInteger cache_max_size, MaybeInteger cache_max_age, const std::optional<std::string>& upstream) {
  input::Given given;
  if (rest != nullptr) given = rest->given;
  if (vision != nullptr) given.vision_url = vision->given.vision_url;
  if (vision != nullptr && !given.upstream) given.upstream = vision->given.upstream;
  if (upstream) given.upstream = upstream;
  given.cache_dir = cache_dir;
  input::Settings settings = input::resolve(given);
  ManagerOptions options;
  options.market_type = market_of(market);
  if (rest != nullptr) options.rest_client = rest->client;
  if (vision != nullptr) options.vision_client = vision->client;
  options.rest_options = settings.rest;
  options.vision_options = settings.vision;
  options.upstream = settings.upstream;
  options.cache_dir = settings.cache_dir;
  options.use_cache = use_cache;
  options.clock = clock_of(std::move(clock));
  if (!options.clock && settings.now_given) options.clock = [now = settings.now] { return now; };
  options.planning = planning;
  options.cache_max_size = cache_max_size ? cache_max_size : settings.cache_max_size;
  options.cache_max_age = settings.cache_max_age;
  if (cache_max_age) options.cache_max_age = Duration{*cache_max_age};
  new (self) DataSourceManager(std::move(options));
}

void make_planning(PlanningOptions* self, std::int64_t vision_data_delay_hours, std::int64_t rest_max_points,
                   std::int64_t request_cost, std::int64_t rest_factor) {
  new (self) PlanningOptions{std::chrono::hours{vision_data_delay_hours}, rest_max_points, request_cost, rest_factor};
}

void make_options(GetOptions* self, bool use_cache, std::string_view enforce_source,
                  const std::vector<std::string>& columns, bool partial, std::string_view fill, bool keep_off_grid,
                  bool include_open, bool verify_always, bool accept_unverified, nb::object progress,
                  const Stop& stop) {
  GetOptions options;
  options.use_cache = use_cache;
  options.enforce_source = source_of(enforce_source);
  if (!columns.empty()) options.columns = Columns{columns};
  options.partial = partial;
  options.fill = fill_of(fill);
  options.keep_off_grid = keep_off_grid;
  options.include_open = include_open;
  options.verify = verify_always ? Verify::ALWAYS : Verify::AUTO;
  options.accept_unverified = accept_unverified;
  options.progress = progress_of(std::move(progress));
  options.stop = stop.source.get_token();
  new (self) GetOptions(std::move(options));
}

Answer get(const DataSourceManager& self, std::string_view symbol, std::string_view interval_word, Microseconds start,
           Microseconds end, const GetOptions& options) {
  const nb::gil_scoped_release no_gil;
  const Interval interval = input::parse_interval(interval_word);
  return {self.get_stream(Symbol{symbol}, interval, instant(start), instant(end), options), interval};
}

nb::dict plan(const DataSourceManager& self, std::string_view symbol, std::string_view interval_word,
              Microseconds start, Microseconds end, const GetOptions& options) {
  const Interval interval = input::parse_interval(interval_word);
  FetchPlan plan;
  {
    const nb::gil_scoped_release no_gil;
    plan = self.plan(Symbol{symbol}, interval, instant(start), instant(end), options);
  }
  nb::list steps;
  for (const PlannedStep& step : plan.steps) {
    const nb::tuple range = tuple_of(step.range, interval);
    steps.append(nb::make_tuple(step.action, range[0], range[1], step.requests, step.bytes, step.reason, step.json));
  }
  nb::dict dict;
  dict["upstream"] = plan.upstream.name();
  dict["steps"] = steps;
  dict["missing"] = list_of(plan.missing, interval);
  dict["requests"] = plan.requests;
  dict["bytes"] = plan.bytes;
  return dict;
}

nb::dict stats(const DataSourceManager& self) {
  const CacheStats stats = self.get_cache_stats();
  nb::dict dict;
  dict["hits"] = stats.hits;
  dict["misses"] = stats.misses;
  dict["errors"] = stats.errors;
  return dict;
}

nb::tuple validate(const DataSourceManager& self, std::string_view symbol, std::string_view interval,
                   Microseconds date) {
  CacheCheck check;
  {
    const nb::gil_scoped_release no_gil;
    check = self.validate_cache_integrity(Symbol{symbol}, input::parse_interval(interval), instant(date));
  }
  return nb::make_tuple(check.ok, check.why);
}

bool repair(const DataSourceManager& self, std::string_view symbol, std::string_view interval, Microseconds date,
            const Stop& stop) {
  const nb::gil_scoped_release no_gil;
  return self.repair_cache(Symbol{symbol}, input::parse_interval(interval), instant(date), stop.source.get_token());
}

nb::dict refresh(const DataSourceManager& self, std::string_view symbol, std::string_view interval_word,
                 const Stop& stop) {
  const Interval interval = input::parse_interval(interval_word);
  RefreshResult result;
  {
    const nb::gil_scoped_release no_gil;
    result = self.refresh(Symbol{symbol}, interval, stop.source.get_token());
  }
  nb::list values;
  for (const ChangedValue& value : result.values) {
    values.append(nb::make_tuple(microseconds(value.open_time), value.column, value.before, value.after));
  }
  nb::dict dict;
  dict["partitions"] = result.partitions;
  dict["requests"] = result.requests;
  dict["bytes"] = result.bytes;
  dict["rows_added"] = result.rows_added;
  dict["changed_files"] = result.changed_files;
  dict["values"] = values;
  dict["failed"] = list_of(result.failed, interval);
  dict["notes"] = result.notes;
  return dict;
}

}  // namespace

void bind_manager(nb::module_& m) {
  nb::class_<PlanningOptions>(m, "PlanningOptions")
      .def("__init__", &make_planning, nb::kw_only(), nb::arg("vision_data_delay_hours"), nb::arg("rest_max_points"),
           nb::arg("request_cost"), nb::arg("rest_factor"));

  nb::class_<GetOptions>(m, "GetOptions")
      .def("__init__", &make_options, nb::kw_only(), nb::arg("use_cache") = true, nb::arg("enforce_source") = "auto",
           nb::arg("columns") = std::vector<std::string>{}, nb::arg("partial"), nb::arg("fill") = "none",
           nb::arg("keep_off_grid"), nb::arg("include_open"), nb::arg("verify_always") = false,
           nb::arg("accept_unverified"), nb::arg("progress").none(), nb::arg("stop"));

  nb::class_<DataSourceManager>(m, "Manager")
      .def("__init__", &make_manager, nb::kw_only(), nb::arg("market"), nb::arg("rest_client").none(),
           nb::arg("vision_client").none(), nb::arg("cache_dir"), nb::arg("use_cache"), nb::arg("clock").none(),
           nb::arg("planning"), nb::arg("cache_max_size").none(), nb::arg("cache_max_age").none(),
           nb::arg("upstream").none())
      .def("get", &get, nb::arg("symbol"), nb::arg("interval"), nb::arg("start"), nb::arg("end"), nb::arg("options"))
      .def("plan", &plan, nb::arg("symbol"), nb::arg("interval"), nb::arg("start"), nb::arg("end"), nb::arg("options"))
      .def("upstream", [](const DataSourceManager& self) { return self.upstream().name(); })
      .def("close_connections", &DataSourceManager::close_connections, nb::call_guard<nb::gil_scoped_release>())
      .def("stats", &stats)
      .def("validate", &validate, nb::arg("symbol"), nb::arg("interval"), nb::arg("date"))
      .def("repair", &repair, nb::arg("symbol"), nb::arg("interval"), nb::arg("date"), nb::arg("stop"))
      .def("refresh", &refresh, nb::arg("symbol"), nb::arg("interval"), nb::arg("stop"));
}

}  // namespace klinekeep::python
