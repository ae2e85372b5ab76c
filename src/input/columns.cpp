#include "input/columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "core/quote.hpp"
#include "klinekeep/errors.hpp"
#include "klinekeep/schema.hpp"

namespace klinekeep::input {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

[[noreturn]] void fail(const std::string& what) {
  std::string known;
  for (const Column& column : kSchema) known += fmt::format("{}{}", known.empty() ? "" : ", ", column.name);
  throw InvalidRequest(fmt::format("{}; the columns are {}", what, known));
}

}  // namespace

std::vector<std::size_t> parse_columns(std::string_view list) {
  if (trim(list).empty()) fail("no column is named");
  std::vector<std::size_t> columns;
  for (bool more = true; more;) {
    const std::size_t comma = list.find(',');
    const std::string_view name = trim(list.substr(0, comma));
    more = comma != std::string_view::npos;
    if (more) list.remove_prefix(comma + 1);

    if (name.empty()) fail("a name is missing beside a comma");
    const auto index = column_index(name);
    if (!index) fail(fmt::format("there is no column {}", quote(name)));
    if (std::ranges::find(columns, *index) != columns.end()) fail(fmt::format("column {} is named twice", name));
    columns.push_back(*index);
  }
  return columns;
}

}  // namespace klinekeep::input
