#include "codecs/klines_json.hpp"

#include "codecs/reference.hpp"
#include "entry.hpp"
#include "same.hpp"

namespace klinekeep::fuzz {

void klines_json(std::string_view input) {
  const auto ours = codecs::parse_klines(input);
  const auto expected = codecs::reference::klines(input);
  require(!ours || expected, "a body is taken only when it is JSON of good rows");
  require(!ours || same(*ours, *expected), "rows are what another JSON reader and strtod say");
  // The reference is laxer in three things.
  const bool strict = input.find('\\') == std::string_view::npos && !input.starts_with("\xEF\xBB\xBF") &&
                      input.find('\0') == std::string_view::npos;
  require(!strict || !expected || ours, "a body of good rows is taken");
}

}  // namespace klinekeep::fuzz
