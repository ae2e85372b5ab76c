#include "faults/kinds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace replica {
namespace {

/// Arguments as "name:type", types n(umber), s(tring), o(bject), t(ime), c(lock time); a trailing ! marks a needed one.
struct Kind {
  std::string_view name;
  Stage stage;
  std::array<std::string_view, 5> arguments;
};

using enum Stage;

constexpr std::array<Kind, 31> kKinds{{
    {"latency", kWire, {"ms:n!"}},
    {"reset", kWire, {"after_bytes:n"}},
    {"truncate", kWire, {"after_bytes:n!"}},
    {"lie_length", kWire, {"delta:n!"}},
    {"no_length", kWire, {}},
    {"chunked", kWire, {}},
    {"drip", kWire, {"bytes_per_second:n!"}},
    {"hang", kWire, {}},
    {"status", kReply, {"status:n!", "body:s", "content_type:s", "retry_after:s", "headers:o"}},
    {"html", kReply, {"text:s"}},
    {"body", kReply, {"text:s!", "content_type:s"}},
    {"redirect", kReply, {"location:s!", "status:n"}},
    {"wrong_etag", kReply, {}},
    {"no_etag", kReply, {}},
    {"clock_skew", kReply, {"ms:n!"}},
    {"no_date", kReply, {}},
    {"missing", kObject, {}},
    {"no_checksum", kObject, {}},
    {"stale_checksum", kObject, {}},
    {"partial_day", kContent, {"until:c!", "checksum:s"}},
    {"drop_rows", kContent, {"from:t!", "to:t!", "checksum:s"}},
    {"duplicate_rows", kContent, {"every:n!", "checksum:s"}},
    {"conflicting_rows", kContent, {"every:n!", "checksum:s"}},
    {"off_grid_rows", kContent, {"every:n!", "shift_ms:n!", "checksum:s"}},
    {"rubbish_row", kContent, {"row:n!", "text:s", "checksum:s"}},
    {"swap_rows", kContent, {"row:n", "checksum:s"}},
    {"header_row", kContent, {"text:s!", "checksum:s"}},
    {"crlf", kContent, {"checksum:s"}},
    {"corrupt_zip", kContent, {"flip:n", "checksum:s"}},
    {"bomb", kContent, {"mode:s", "bytes:n", "checksum:s"}},
    {"other_content", kContent, {"key:s!", "checksum:s"}},
}};

constexpr std::array<std::string_view, 4> kCommon{"match", "skip", "times", "kind"};

bool fits(const nlohmann::json& value, char type) {
  switch (type) {
    case 'n':
      return value.is_number_integer();
    case 'o':
      return value.is_object();
    case 't':
      return value.is_string() && parse_instant(value.get<std::string>());
    case 'c':
      return value.is_string() && parse_time_of_day(value.get<std::string>());
    default:
      return value.is_string();
  }
}

void check_argument(const nlohmann::json& rule, std::string_view kind, std::string_view spec) {
  const auto colon = spec.find(':');
  const std::string name{spec.substr(0, colon)};
  if (!rule.contains(name)) {
    if (spec.ends_with('!')) throw BadRule{fmt::format("{} needs \"{}\"", kind, name)};
    return;
  }
  if (!fits(rule[name], spec.at(colon + 1)))
    throw BadRule{fmt::format("\"{}\" of {} cannot be {}", name, kind, rule[name].dump())};
  if (name == "every" && rule[name] < 1) throw BadRule{"\"every\" begins at 1"};
  if (name == "checksum" && rule[name] != "fits" && rule[name] != "of_original") {
    throw BadRule{R"("checksum" is "fits" or "of_original")"};
  }
}

}  // namespace

Stage check_rule(const nlohmann::json& rule) {
  if (!rule.is_object()) throw BadRule{"a rule is an object"};
  const auto name = rule.value("kind", "");
  const auto* const kind = std::ranges::find(kKinds, name, &Kind::name);
  if (name.empty() || kind == kKinds.end()) throw BadRule{fmt::format("there is no kind \"{}\"", name)};
  for (const auto spec : kind->arguments) {
    if (!spec.empty()) check_argument(rule, name, spec);
  }
  for (const auto* const spec : {"match:s!", "skip:n", "times:n"}) check_argument(rule, name, spec);
  for (const auto& [key, value] : rule.items()) {
    const auto names_key = [&key = key](std::string_view spec) { return spec.substr(0, spec.find(':')) == key; };
    if (std::ranges::find(kCommon, key) == kCommon.end() && std::ranges::none_of(kind->arguments, names_key)) {
      throw BadRule{fmt::format("{} has no argument \"{}\"", name, key)};
    }
  }
  return kind->stage;
}

}  // namespace replica
