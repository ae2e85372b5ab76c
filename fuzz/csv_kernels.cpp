#include "codecs/csv.hpp"
#include "codecs/csv_kernel.hpp"
#include "entry.hpp"
#include "same.hpp"

namespace klinekeep::fuzz {
namespace {

struct Answer {
  Candles candles;
  codecs::Parsed<void> done;
};

Answer read(std::string_view file, codecs::CsvKernel kernel, std::size_t block) {
  Answer answer;
  codecs::CsvParser parser{answer.candles, kernel};
  for (; answer.done && !file.empty(); file.remove_prefix(std::min(block, file.size()))) {
    answer.done = parser.feed(file.substr(0, block));
  }
  if (answer.done) answer.done = parser.finish();
  return answer;
}

void compare(std::string_view file) {
  using codecs::CsvKernel;
  const Answer expected = read(file, CsvKernel::none, file.size());
  for (const CsvKernel kernel : {CsvKernel::none, CsvKernel::swar, CsvKernel::avx2}) {
    if (!codecs::runs_here(kernel)) continue;
    for (const std::size_t block : {file.size(), std::size_t{1000}, std::size_t{77}}) {
      const Answer ours = read(file, kernel, block);
      require(ours.done.has_value() == expected.done.has_value(), "every kernel takes the same files");
      require(ours.done || ours.done.error() == expected.done.error(), "every kernel has the same words for a bad row");
      require(same(ours.candles, expected.candles), "every kernel reads the same rows");
    }
  }
}

}  // namespace

void csv_kernels(std::string_view input) {
  compare(input);
  // Rows are read in groups: so there are some, whatever stands in the first lines.
  std::string many;
  while (!input.empty() && many.size() < 4000) many += input;
  compare(many);
}

}  // namespace klinekeep::fuzz
