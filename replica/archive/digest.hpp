#pragma once

#include <string>
#include <string_view>

namespace replica {

/// In lower-case hex.
std::string md5_of(std::string_view bytes);
std::string sha256_of(std::string_view bytes);

}  // namespace replica
