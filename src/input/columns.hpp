// `--columns a,b,..`: which columns of the schema to print, and in which order.
#pragma once

#include <string_view>

#include "klinekeep/columns.hpp"

namespace klinekeep::input {

/// The columns named in a comma-separated list; blanks around a name are ignored. Throws InvalidRequest as Columns
/// does, and where a name is missing beside a comma.
[[nodiscard]] Columns parse_columns(std::string_view list);

}  // namespace klinekeep::input
