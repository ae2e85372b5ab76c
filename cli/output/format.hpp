// The formats of output, and which one is meant where none is named.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace klinekeep::cli {

/// In the order of the table in format.cpp, from which names, endings, help and refusals follow.
enum class Format : std::uint8_t { csv, json, arrow, parquet, table };

/// As `-f` spells it.
[[nodiscard]] std::string_view name(Format format);

/// Whether it shows which rows came in one batch.
[[nodiscard]] bool shows_batches(Format format);

[[nodiscard]] std::vector<std::string_view> format_names();
/// What `get --help` says of `-f`.
[[nodiscard]] std::string formats_help();

/// Throws InvalidRequest, naming the formats there are.
[[nodiscard]] Format parse_format(std::string_view name);

/// Without `-f`: with an `-o` path, by its ending (.csv .json .arrow .feather .parquet, in any case; csv where it has
/// none); without one (`output_path` empty), a table on a terminal, else csv. Throws InvalidRequest for another ending.
[[nodiscard]] Format default_format(bool stdout_is_terminal, std::string_view output_path);

}  // namespace klinekeep::cli
