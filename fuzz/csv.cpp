#include "codecs/csv.hpp"

#include "codecs/reference.hpp"
#include "entry.hpp"
#include "same.hpp"

namespace klinekeep::fuzz {
namespace {

/// The file fed in blocks whose sizes the file itself decides, so that the fuzzer can choose them.
codecs::Parsed<Candles> parse_in_blocks(std::string_view file) {
  Candles candles;
  codecs::CsvParser parser{candles};
  std::size_t at = 0;
  for (std::size_t i = 0; at < file.size(); ++i) {
    const std::size_t size = 1 + static_cast<unsigned char>(file[i * 7 % file.size()]) % 61;
    const auto fed = parser.feed(file.substr(at, size));
    if (!fed) return tl::unexpected<codecs::Malformed>(fed.error());
    at += size;
  }
  const auto done = parser.finish();
  if (!done) return tl::unexpected<codecs::Malformed>(done.error());
  return candles;
}

}  // namespace

void csv(std::string_view input) {
  const auto ours = codecs::parse_csv(input);
  const auto expected = codecs::reference::csv(input);
  require(ours.has_value() == expected.has_value(), "a file is taken when the reference takes it");
  require(!ours || same(*ours, *expected), "rows are what strtod says");
  const auto in_blocks = parse_in_blocks(input);
  require(ours.has_value() == in_blocks.has_value(), "blocks do not decide whether a file is taken");
  require(ours ? same(*ours, *in_blocks) : ours.error() == in_blocks.error(), "blocks do not change the answer");
}

}  // namespace klinekeep::fuzz
