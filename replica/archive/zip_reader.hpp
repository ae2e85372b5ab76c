#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace replica {

struct ZipEntry {
  std::string name;
  std::string content;
  Instant modified;  // the entry's DOS time, taken as UTC
};

/// The only entry of a zip; nothing when the bytes are no such zip.
std::optional<ZipEntry> read_zip(std::string_view bytes);

/// The DOS time of the first entry, without inflating it.
std::optional<Instant> read_zip_time(std::string_view bytes);

}  // namespace replica
