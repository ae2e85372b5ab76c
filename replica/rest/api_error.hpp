#pragma once

#include <string_view>

#include "http/message.hpp"

namespace replica {

/// {"code":-1121,"msg":"Invalid symbol."}, thrown by whoever finds the fault and answered as it is.
struct ApiError {
  unsigned status;
  int code;
  std::string message;

  Reply reply() const;
};

}  // namespace replica
