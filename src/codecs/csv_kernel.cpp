#include "codecs/csv_kernel.hpp"

#include "codecs/csv_kernel_avx2.hpp"
#include "codecs/csv_row_swar.hpp"
#include "processor/kernels.hpp"

namespace klinekeep::codecs {
namespace {

using processor::Kernels;

constexpr std::size_t kAtOnce = 256;  // rows made ahead
static_assert(kAtOnce <= kRowsAhead);

RowsTaken take_by_swar(std::string_view lines, Candles& to) {
  const char* at = lines.data();
  const char* const end = at + lines.size();
  RowsTaken taken;
  for (bool plain = true; plain && at < end;) {
    RowsAhead rows{to, std::min(kAtOnce, static_cast<std::size_t>(end - at) / kShortestRow + 1)};
    const ColumnsFrom columns = rows.columns();
    std::size_t count = 0;
    while (count < kAtOnce && at < end) {
      const char* const next = plain_row(at, columns, count);
      plain = next != nullptr;
      if (!plain) break;
      at = next;
      ++count;
    }
    rows.keep(count);
    taken.rows += count;
  }
  taken.bytes = static_cast<std::size_t>(at - lines.data());
  return taken;
}

}  // namespace

bool runs_here(CsvKernel kernel) { return kernel != CsvKernel::avx2 || processor::runs_here(Kernels::avx2); }

CsvKernel active_csv_kernel() {
  return processor::active_kernels() == Kernels::avx2 ? CsvKernel::avx2 : CsvKernel::swar;
}

RowsTaken take_plain_rows(CsvKernel kernel, std::string_view lines, Candles& to) {
  switch (kernel) {
    case CsvKernel::none:
      return {};
    case CsvKernel::swar:
      return take_by_swar(lines, to);
    case CsvKernel::avx2:
      break;
  }
  return take_by_avx2(lines, to);
}

}  // namespace klinekeep::codecs
