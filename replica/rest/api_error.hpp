#pragma once

#include <stdexcept>
#include <string>

#include "http/message.hpp"

namespace replica {

/// {"code":-1121,"msg":"Invalid symbol."}, thrown by whoever finds the fault and answered as it is.
class ApiError : public std::runtime_error {
 public:
  ApiError(unsigned status, int code, const std::string& message)
      : std::runtime_error{message}, status_{status}, code_{code} {}

  Reply reply() const;

 private:
  unsigned status_;
  int code_;
};

}  // namespace replica
