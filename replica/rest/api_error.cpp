#include "rest/api_error.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace replica {

Reply ApiError::reply() const {
  const auto body = fmt::format("{{\"code\":{},\"msg\":{}}}", code, nlohmann::json(message).dump());
  return make_reply(status, "application/json;charset=UTF-8", body);
}

}  // namespace replica
