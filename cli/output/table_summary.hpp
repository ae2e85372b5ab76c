// The lines under the table that say what the rows as a whole are. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "output/display_text.hpp"
#include "output/table_layout.hpp"

namespace klinekeep::cli {

/// How many rows, from when to when, how long; and, where closes are known, a sparkline of them, the change of price
/// and the extremes. What does not fit into `width` is left out, least important first. `shown` columns of the content
/// are in the table.
[[nodiscard]] std::vector<StyledLine> summarize(const TableContent& content, std::size_t shown, std::size_t width);

/// Where in a row of the content the column of that name is, or none.
[[nodiscard]] std::optional<std::size_t> place_of(const TableContent& content, std::string_view column);

}  // namespace klinekeep::cli
