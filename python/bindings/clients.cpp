#include "clients.hpp"

#include <chrono>
#include <utility>

#include "answer.hpp"
#include "input/interval_word.hpp"

namespace klinekeep::python {
namespace {

using Text = std::optional<std::string>;
using Milliseconds = std::optional<std::int64_t>;

/// What the caller gave, over what the environment and the config file say.
NetworkOptions network(NetworkOptions options, const Text& proxy, const Text& ca_file, Milliseconds connect_timeout,
                       Milliseconds request_timeout) {
  if (proxy) options.proxy = proxy;
  if (ca_file) options.ca_file = *ca_file;
  if (connect_timeout) options.connect_timeout = std::chrono::milliseconds{*connect_timeout};
  if (request_timeout) options.request_timeout = std::chrono::milliseconds{*request_timeout};
  return options;
}

void make_rest(RestClient* self, const std::vector<std::string>& base_urls, double budget_share, int parallel,
               nb::object clock, const Text& proxy, const Text& ca_file, Milliseconds connect_timeout,
               Milliseconds request_timeout, const Text& upstream) {
  input::Given given;
  given.rest_urls = base_urls;
  given.upstream = upstream;
  RestOptions options = input::resolve(given).rest;
  options.budget_share = budget_share;
  options.parallel = parallel;
  if (auto own = clock_of(std::move(clock))) options.clock = std::move(own);
  options.network = network(options.network, proxy, ca_file, connect_timeout, request_timeout);
  new (self) RestClient{std::make_shared<const EnhancedRetriever>(std::move(options)), std::move(given)};
}

void make_vision(VisionClient* self, const Text& base_url, int parallel, nb::object clock, const Text& proxy,
                 const Text& ca_file, Milliseconds connect_timeout, Milliseconds request_timeout,
                 const Text& upstream) {
  input::Given given;
  given.vision_url = base_url.value_or("");
  given.upstream = upstream;
  VisionOptions options = input::resolve(given).vision;
  options.parallel = parallel;
  if (auto own = clock_of(std::move(clock))) options.clock = std::move(own);
  options.network = network(options.network, proxy, ca_file, connect_timeout, request_timeout);
  new (self) VisionClient{std::make_shared<const VisionDataClient>(std::move(options)), std::move(given)};
}

template <class Client>
Answer fetch(const Client& self, std::string_view market, std::string_view symbol, std::string_view interval_word,
             Microseconds start, Microseconds end, const GetOptions& options) {
  const nb::gil_scoped_release no_gil;
  const Interval interval = input::parse_interval(interval_word);
  return {self.client->fetch(market_of(market), Symbol{symbol}, interval, range_of(interval, start, end), options),
          interval};
}

template <class Client>
std::string upstream_of(const Client& self) {
  return self.client->upstream().name();
}

/// (symbol, status, onboard or None) each
nb::list symbols(const RestClient& self, std::string_view market, const Stop& stop) {
  std::vector<SymbolInfo> infos;
  {
    const nb::gil_scoped_release no_gil;
    infos = self.client->symbols(market_of(market), stop.source.get_token());
  }
  nb::list list;
  for (const SymbolInfo& info : infos) {
    std::optional<Microseconds> onboard;
    if (info.onboard) onboard = microseconds(*info.onboard);
    list.append(nb::make_tuple(info.symbol, info.status, onboard));
  }
  return list;
}

std::optional<Microseconds> first_file(const VisionClient& self, std::string_view market, std::string_view symbol,
                                       std::string_view interval, const Stop& stop) {
  const nb::gil_scoped_release no_gil;
  const auto first = self.client->first_file(market_of(market), Symbol{symbol}, input::parse_interval(interval),
                                             stop.source.get_token());
  if (!first) return std::nullopt;
  return microseconds(*first);
}

}  // namespace

void bind_clients(nb::module_& m) {
  nb::class_<Stop>(m, "Stop")
      .def(nb::init<>())
      .def("request", [](Stop& self) { self.source.request_stop(); })
      .def_prop_ro("requested", [](const Stop& self) { return self.source.stop_requested(); });

  nb::class_<RestClient>(m, "RestClient")
      .def("__init__", &make_rest, nb::kw_only(), nb::arg("base_urls"), nb::arg("budget_share"), nb::arg("parallel"),
           nb::arg("clock").none(), nb::arg("proxy").none(), nb::arg("ca_file").none(),
           nb::arg("connect_timeout").none(), nb::arg("request_timeout").none(), nb::arg("upstream").none())
      .def_prop_ro("upstream", &upstream_of<RestClient>)
      .def("fetch", &fetch<RestClient>, nb::arg("market"), nb::arg("symbol"), nb::arg("interval"), nb::arg("start"),
           nb::arg("end"), nb::arg("options"))
      .def("symbols", &symbols, nb::arg("market"), nb::arg("stop"))
      .def("exchange_now", [](const RestClient& self) -> std::optional<Microseconds> {
        const auto now = self.client->exchange_now();
        if (!now) return std::nullopt;
        return microseconds(*now);
      });

  nb::class_<VisionClient>(m, "VisionClient")
      .def("__init__", &make_vision, nb::kw_only(), nb::arg("base_url").none(), nb::arg("parallel"),
           nb::arg("clock").none(), nb::arg("proxy").none(), nb::arg("ca_file").none(),
           nb::arg("connect_timeout").none(), nb::arg("request_timeout").none(), nb::arg("upstream").none())
      .def_prop_ro("upstream", &upstream_of<VisionClient>)
      .def("fetch", &fetch<VisionClient>, nb::arg("market"), nb::arg("symbol"), nb::arg("interval"), nb::arg("start"),
           nb::arg("end"), nb::arg("options"))
      .def("first_file", &first_file, nb::arg("market"), nb::arg("symbol"), nb::arg("interval"), nb::arg("stop"));
}

}  // namespace klinekeep::python
