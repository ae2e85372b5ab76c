#include "codecs/decimal.hpp"

#include <bit>

#include "codecs/reference.hpp"
#include "entry.hpp"

namespace klinekeep::fuzz {

void decimal(std::string_view input) {
  const std::string text{input};
  const auto ours = codecs::parse_decimal(input);
  const auto expected = codecs::reference::decimal(text);
  require(ours.has_value() == expected.has_value(), "a decimal is taken when the reference takes it");
  require(!ours || std::bit_cast<std::uint64_t>(*ours) == std::bit_cast<std::uint64_t>(*expected),
          "a decimal is what strtod says");
  require(codecs::parse_integer(input) == codecs::reference::integer(text), "an integer is what strtoll says");
}

}  // namespace klinekeep::fuzz
