// How the command line writes JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace klinekeep::cli {

using Json = nlohmann::ordered_json;

/// Pretty-printed, with a newline at its end; bytes that are not UTF-8 (of paths) are replaced.
[[nodiscard]] inline std::string json_text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace klinekeep::cli
