// `--columns a,b,..`: which columns of the schema to print, and in which order.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace klinekeep::input {

/// The indices in kSchema of the columns named in a comma-separated list, in the order of the list; blanks around a
/// name are ignored. Throws InvalidRequest for an empty list, an empty, unknown or repeated name; the message lists the
/// known names.
[[nodiscard]] std::vector<std::size_t> parse_columns(std::string_view list);

}  // namespace klinekeep::input
