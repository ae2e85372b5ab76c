#include "rest/api_error.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace replica {

Reply ApiError::reply() const {
  const auto body = fmt::format(R"({{"code":{},"msg":{}}})", code_, nlohmann::json(what()).dump());
  return make_reply(status_, "application/json;charset=UTF-8", body);
}

}  // namespace replica
