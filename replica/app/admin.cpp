#include "app/application.hpp"
#include "archive/digest.hpp"
#include "faults/kinds.hpp"

namespace replica {
namespace {

using Json = nlohmann::json;

Reply json_reply(const auto& value, unsigned status = 200) {
  return make_reply(status, "application/json", value.dump() + "\n");
}

Reply refuse(const std::string& why) { return json_reply(Json{{"error", why}}, 400); }

Instant read_instant(const Json& value) {
  const auto instant = parse_instant(value.is_string() ? value.get<std::string>() : value.dump());
  if (!instant) throw BadRule{"no instant: " + value.dump()};
  return *instant;
}

template <class T>
std::optional<T> optional_value(const Json& object, const char* name) {
  if (!object.contains(name)) return std::nullopt;
  return object[name].get<T>();
}

std::string require(const Request& request, std::string_view name) {
  const std::string* value = request.parameter(name);
  if (value == nullptr) throw BadRule{"the query lacks " + std::string{name}};
  return *value;
}

const MarketRules& require_market(std::string_view name) {
  const MarketRules* market = find_market(name);
  if (market == nullptr) throw BadRule{"a market is spot, um or cm"};
  return *market;
}

}  // namespace

Reply Application::answer_admin(const Request& request) {
  const std::string name = request.method + ' ' + request.path.substr(std::string_view{"/_replica/"}.size());
  try {
    if (name == "GET log") return json_reply(log_.list());
    if (name == "DELETE log") return log_.clear(), json_reply(Json::object());
    if (name == "GET faults") return json_reply(rules_.list());
    if (name == "DELETE faults") return rules_.clear(), json_reply(Json::object());
    if (name == "GET rows") return answer_rows(request);
    if (name == "GET info") return json_reply(info());
    if (name == "POST faults") return add_faults(Json::parse(request.body));
    if (name == "POST clock") return set_clock(Json::parse(request.body));
    if (name == "POST link") return set_link(Json::parse(request.body));
    if (name == "POST budget") return set_budget(Json::parse(request.body));
    if (name == "POST rebuild") return rebuild(Json::parse(request.body));
  } catch (const BadRule& error) {
    return refuse(error.what());
  } catch (const Json::exception& error) {
    return refuse(error.what());
  }
  return json_reply(Json{{"error", "nothing answers " + name}}, 404);
}

/// One rule or an array of rules.
Reply Application::add_faults(const Json& asked) {
  return json_reply(Json{{"rules", rules_.add(asked.is_array() ? asked : Json::array({asked}))}});
}

Reply Application::set_clock(const Json& asked) {
  if (asked.contains("now")) clock_.set(read_instant(asked["now"]));
  if (asked.contains("advance_ms")) clock_.advance(Millis{asked["advance_ms"].get<std::int64_t>()});
  return json_reply(Json{{"now", to_iso(clock_.now())}});
}

Reply Application::set_link(const Json& asked) {
  link_.set(Millis{asked.value("round_trip_ms", link_.round_trip().count())},
            asked.value("bytes_per_second", link_.bytes_per_second()));
  return json_reply(link());
}

Json Application::link() const {
  return {{"round_trip_ms", link_.round_trip().count()}, {"bytes_per_second", link_.bytes_per_second()}};
}

Reply Application::set_budget(const Json& asked) {
  Budget& budget = rest_.budget(require_market(asked.at("market").get<std::string>()).id);
  budget.set(optional_value<int>(asked, "limit"), optional_value<int>(asked, "used"));
  return json_reply(Json{{"limit", budget.limit()}, {"used", budget.used()}});
}

/// A recorded zip written anew by the replica's own writer.
Reply Application::rebuild(const Json& asked) const {
  const auto file = parse_key(catalogue_, asked.at("key").get<std::string>());
  const auto bytes = file ? factory_.rebuild(*file) : std::nullopt;
  if (!bytes) return refuse("no recorded file has this key");
  return json_reply(Json{{"size", bytes->size()}, {"md5", md5_of(*bytes)}, {"sha256", sha256_of(*bytes)}});
}

/// The truth, past and future, in half-open [from, to).
Reply Application::answer_rows(const Request& request) const {
  const MarketRules& market = require_market(require(request, "market"));
  const Symbol* symbol = catalogue_.find(market.id, require(request, "symbol"));
  const Interval* interval = find_interval_of_rest(require(request, "interval"));
  if (symbol == nullptr || interval == nullptr) throw BadRule{"no such symbol or interval"};
  std::string body;
  truth_.visit({symbol, interval}, {read_instant(require(request, "from")), read_instant(require(request, "to"))},
               [&](const Row& row) {
                 body += body.empty() ? "[" : ",\n";
                 append_json(body, row, TimeUnit::kMillis);
                 return true;
               });
  return make_reply(200, "application/json", body.empty() ? "[]\n" : body + "]\n");
}

Json Application::info() {
  Json symbols = Json::object();
  Json budgets = Json::object();
  for (const auto& market : all_markets()) {
    const std::string name{market.name};
    symbols[name] = catalogue_.symbols_of(market.id).size();
    budgets[name] = {{"limit", rest_.budget(market.id).limit()}, {"used", rest_.budget(market.id).used()}};
  }
  return {{"now", to_iso(clock_.now())},
          {"frozen", options_.frozen},
          {"seed", options_.seed},
          {"fixtures", options_.fixtures},
          {"symbols", symbols},
          {"budgets", budgets},
          {"link", link()},
          {"delay_hours", std::chrono::duration<double, std::ratio<3600>>{options_.daily_delay}.count()}};
}

}  // namespace replica
