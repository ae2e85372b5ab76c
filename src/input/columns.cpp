#include "input/columns.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace klinekeep::input {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

}  // namespace

Columns parse_columns(std::string_view list) {
  std::vector<std::string> names;
  for (bool more = !trim(list).empty(); more;) {
    const std::size_t comma = list.find(',');
    names.emplace_back(trim(list.substr(0, comma)));
    more = comma != std::string_view::npos;
    if (more) list.remove_prefix(comma + 1);
  }
  return Columns{names};
}

}  // namespace klinekeep::input
