#include "klinekeep/schema.hpp"

#include <algorithm>

namespace klinekeep {

std::optional<std::size_t> column_index(std::string_view name) {
  const auto* const found = std::ranges::find(kSchema, name, &Column::name);
  if (found == kSchema.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kSchema.begin());
}

}  // namespace klinekeep
