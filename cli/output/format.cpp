#include "output/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/ascii.hpp"
#include "core/quote.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep::cli {
namespace {

using Named = std::pair<std::string_view, Format>;

constexpr std::array<Named, 5> kFormats{{{"csv", Format::csv},
                                         {"json", Format::json},
                                         {"arrow", Format::arrow},
                                         {"parquet", Format::parquet},
                                         {"table", Format::table}}};

constexpr std::array<Named, 5> kExtensions{{{".csv", Format::csv},
                                            {".json", Format::json},
                                            {".arrow", Format::arrow},
                                            {".feather", Format::arrow},
                                            {".parquet", Format::parquet}}};

/// In lower case; empty where the file's name has none.
std::string extension_of(std::string_view path) {
  path = path.substr(path.find_last_of('/') + 1);
  const std::size_t dot = path.find_last_of('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  std::string extension{path.substr(dot)};
  std::ranges::transform(extension, extension.begin(), ascii_lower);
  return extension;
}

}  // namespace

std::string_view name(Format format) { return std::ranges::find(kFormats, format, &Named::second)->first; }

bool shows_batches(Format format) { return format == Format::arrow || format == Format::parquet; }

Format parse_format(std::string_view name) {
  const auto* const found = std::ranges::find(kFormats, name, &Named::first);
  if (found == kFormats.end()) {
    throw InvalidRequest(
        fmt::format("there is no format {}; the formats are csv, json, arrow, parquet and table", quote(name)));
  }
  return found->second;
}

Format default_format(bool stdout_is_terminal, std::string_view output_path) {
  if (output_path.empty()) return stdout_is_terminal ? Format::table : Format::csv;
  const std::string extension = extension_of(output_path);
  if (extension.empty()) return Format::csv;
  const auto* const found = std::ranges::find(kExtensions, extension, &Named::first);
  if (found != kExtensions.end()) return found->second;
  throw InvalidRequest(
      fmt::format("no format has files that end in {}: .csv, .json, .arrow, .feather and .parquet are known; for "
                  "another ending name the format (-f)",
                  quote(extension)));
}

}  // namespace klinekeep::cli
