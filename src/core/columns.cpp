#include "klinekeep/columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/quote.hpp"
#include "klinekeep/errors.hpp"
#include "klinekeep/schema.hpp"

namespace klinekeep {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  std::string known;
  for (const Column& column : kSchema) known += fmt::format("{}{}", known.empty() ? "" : ", ", column.name);
  throw InvalidRequest(fmt::format("{}; the columns are {}", what, known));
}

}  // namespace

Columns::Columns() : indices_(kSchema.size()) { std::iota(indices_.begin(), indices_.end(), std::size_t{0}); }

Columns::Columns(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) add(name);
  check_any();
}

Columns::Columns(const std::vector<std::string>& names) {
  for (const std::string& name : names) add(name);
  check_any();
}

void Columns::add(std::string_view name) {
  if (name.empty()) refuse("a name is missing beside a comma");
  const auto index = column_index(name);
  if (!index) refuse(fmt::format("there is no column {}", quote(name)));
  if (std::ranges::count(indices_, *index) > 0) refuse(fmt::format("column {} is named twice", name));
  indices_.push_back(*index);
}

void Columns::check_any() const {
  if (indices_.empty()) refuse("no column is named");
}

}  // namespace klinekeep
