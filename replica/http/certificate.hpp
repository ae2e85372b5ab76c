#pragma once

#include <string>

namespace replica {

/// PEM texts of a key and of a certificate that it signs itself, for localhost and 127.0.0.1, good for a year.
struct Certificate {
  std::string certificate;
  std::string key;
};
Certificate make_certificate();

}  // namespace replica
