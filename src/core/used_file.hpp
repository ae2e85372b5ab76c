// An archive file whose rows were used, and what proved it.
#pragma once

#include <string>

#include "klinekeep/report.hpp"
#include "klinekeep/time.hpp"

namespace klinekeep {

struct UsedFile {
  std::string name;  // BTCUSDT-1m-2024-03-15.zip
  Trust trust;
  std::string sha256;  // hex, of the zip
  std::string etag;    // hex MD5 as the archive stated it; empty where it did not
  Timestamp at;        // when it was asked for, a whole second

  friend bool operator==(const UsedFile&, const UsedFile&) = default;
};

}  // namespace klinekeep
