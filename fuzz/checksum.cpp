#include "codecs/checksum.hpp"

#include "entry.hpp"

namespace klinekeep::fuzz {

void checksum(std::string_view input) {
  const auto parsed = codecs::parse_checksum(input);
  if (!parsed) return;
  require(parsed->file_name.find_first_of("/\\*\n\r ") == std::string::npos, "the name is one of a file");
  require(!parsed->file_name.empty(), "there is a name");
  const auto again = codecs::parse_checksum(codecs::hex(parsed->sha256) + "  " + parsed->file_name);
  require(again && again->sha256 == parsed->sha256, "the sum can be written and read again");
  require(again->file_name == parsed->file_name, "and the name");
}

}  // namespace klinekeep::fuzz
