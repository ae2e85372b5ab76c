#include "output/format.hpp"

#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "core/ascii.hpp"
#include "core/quote.hpp"
#include "klinekeep/errors.hpp"
#include "output/batch_view.hpp"
#include "output/writers.hpp"

namespace klinekeep::cli {
namespace {

/// All that is known of a format: what it is called, the endings of its files, what it is.
struct FormatRow {
  std::string_view name;
  std::array<std::string_view, 2> endings;  // the first is its own; empty: none
  bool shows_batches;
  MakeWriter* make;
};

constexpr std::array<FormatRow, 5> kFormats{{{"csv", {".csv"}, false, make_csv_writer},
                                             {"json", {".json"}, false, make_json_writer},
                                             {"arrow", {".arrow", ".feather"}, true, make_arrow_writer},
                                             {"parquet", {".parquet"}, true, make_parquet_writer},
                                             {"table", {}, false, make_table_writer}}};

const FormatRow& row_of(Format format) { return kFormats.at(static_cast<std::size_t>(format)); }

Format format_of(const FormatRow& row) { return static_cast<Format>(&row - kFormats.data()); }

/// "a, b and c"
std::string listed(const std::vector<std::string_view>& words) {
  return fmt::format("{} and {}", fmt::join(words.begin(), words.end() - 1, ", "), words.back());
}

std::vector<std::string_view> all_endings() {
  std::vector<std::string_view> endings;
  for (const FormatRow& row : kFormats) {
    std::ranges::copy_if(row.endings, std::back_inserter(endings), [](std::string_view e) { return !e.empty(); });
  }
  return endings;
}

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

std::string_view name(Format format) { return row_of(format).name; }

bool shows_batches(Format format) { return row_of(format).shows_batches; }

std::vector<std::string_view> format_names() {
  std::vector<std::string_view> names;
  names.reserve(kFormats.size());
  for (const FormatRow& row : kFormats) names.push_back(row.name);
  return names;
}

std::string formats_help() {
  const auto names = format_names();
  return fmt::format("{} or {}; without it,\nby FILE's ending ({}), else csv,\nand a table on a terminal",
                     fmt::join(names.begin(), names.end() - 1, ", "), names.back(), fmt::join(all_endings(), " "));
}

Format parse_format(std::string_view name) {
  const auto* const found = std::ranges::find(kFormats, name, &FormatRow::name);
  if (found == kFormats.end()) {
    throw InvalidRequest(fmt::format("there is no format {}; the formats are {}", quote(name), listed(format_names())));
  }
  return format_of(*found);
}

Format default_format(bool stdout_is_terminal, std::string_view output_path) {
  if (output_path.empty()) return stdout_is_terminal ? Format::table : Format::csv;
  const std::string extension = extension_of(output_path);
  if (extension.empty()) return Format::csv;
  const auto* const found = std::ranges::find_if(
      kFormats, [&](const FormatRow& row) { return std::ranges::count(row.endings, extension) > 0; });
  if (found != kFormats.end()) return format_of(*found);
  throw InvalidRequest(
      fmt::format("no format has files that end in {}: {} are known; for another ending name the format (-f)",
                  quote(extension), listed(all_endings())));
}

std::unique_ptr<CandleWriter> make_writer(Format format, std::unique_ptr<ByteSink> sink,
                                          std::shared_ptr<arrow::Schema> schema, const WriterOptions& options) {
  if (candle_columns(*schema).empty()) throw std::invalid_argument("a schema without columns");
  return row_of(format).make(std::move(sink), std::move(schema), options);
}

}  // namespace klinekeep::cli
