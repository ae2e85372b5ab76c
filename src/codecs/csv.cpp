#include "codecs/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/quote.hpp"

namespace klinekeep::codecs {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Splits `line` at its commas; returns how many fields there are, of which the first twelve are filled in.
std::size_t split(std::string_view line, Fields& fields) {
  std::size_t count = 0;
  for (;;) {
    const std::size_t comma = line.find(',');
    if (count < fields.size()) fields[count] = line.substr(0, comma);
    ++count;
    if (comma == std::string_view::npos) return count;
    line.remove_prefix(comma + 1);
  }
}

}  // namespace

Parsed<void> CsvParser::feed(std::string_view block) {
  if (problem_) return fail(*problem_);
  lay_out_for(block.size());
  if (start_.empty()) {
    // The last lines have too little behind them in the block for the kernel.
    const std::size_t far_enough = block.size() - std::min(block.size(), kKernelSlack);
    const std::size_t size = block.substr(0, far_enough).rfind('\n') + 1;
    if (auto taken = take_lines(block.substr(0, size)); !taken) return taken;
    block.remove_prefix(size);
  }
  const std::size_t end = block.find('\n');
  if (auto kept = keep_start(block.substr(0, end)); !kept || end == std::string_view::npos) return kept;
  if (auto taken = take_start(); !taken) return taken;
  return feed(block.substr(end + 1));
}

Parsed<void> CsvParser::finish() {
  if (problem_) return fail(*problem_);
  if (start_.empty()) return {};
  auto taken = take_line(start_);
  start_.clear();
  if (!taken) return fail(std::move(taken).error());
  return {};
}

/// A block of each column ahead, so that it is rarely asked for.
void CsvParser::lay_out_for(std::size_t bytes) {
  const std::size_t rows = to_.size() + bytes / kShortestRow + 1;
  if (rows <= laid_out_) return;
  laid_out_ = in_column_blocks(rows);
  to_.lay_out(laid_out_);
}

/// Appends to the line whose end has not come yet. Its CR counts here, so that one byte more than the limit may be
/// kept.
Parsed<void> CsvParser::keep_start(std::string_view part) {
  if (start_.size() + part.size() > kMaxCsvLine + 1) return fail(too_long());
  start_ += part;
  return {};
}

/// Takes the line that is kept, whose end has now come.
Parsed<void> CsvParser::take_start() {
  const std::size_t size = start_.size() + 1;
  start_ += '\n';
  start_.append(kKernelSlack, '\0');
  auto taken = take_lines(std::string_view{start_}.substr(0, size));
  start_.clear();
  return taken;
}

/// Each of `lines` ends with LF, and what the kernel may read behind them is there.
Parsed<void> CsvParser::take_lines(std::string_view lines) {
  while (!lines.empty()) {
    const RowsTaken plain = take_plain_rows(kernel_, lines, to_);
    rows_ += plain.rows;
    lines.remove_prefix(plain.bytes);
    if (lines.empty()) break;
    const std::size_t end = lines.find('\n');
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (auto taken = take_line(line); !taken) return fail(std::move(taken).error());
  }
  return {};
}

/// `line` has neither LF nor the CR before it.
Parsed<void> CsvParser::take_line(std::string_view line) {
  if (line.size() > kMaxCsvLine) return tl::unexpected<Malformed>(too_long());
  ++rows_;
  if (line.empty()) return malformed(fmt::format("row {} is blank", rows_));
  Fields fields;
  if (const std::size_t count = split(line, fields); count != fields.size()) {
    return malformed(fmt::format("row {}: {} has {} fields, not {}", rows_, quote(line), count, fields.size()));
  }
  if (rows_ == 1 && is_letter(line.front())) return take_header(fields);
  if (order_ == kUsualOrder) return append_row(fields, rows_, to_);
  if (auto taken = append_row(in_usual_order(fields, order_), rows_, to_); !taken)
    return tl::unexpected<Malformed>(std::move(taken).error());
  return check_last_row(to_, rows_);
}

Parsed<void> CsvParser::take_header(const Fields& names) {
  auto order = read_header(names);
  if (!order) return tl::unexpected<Malformed>(std::move(order).error());
  order_ = *order;
  if (order_ != kUsualOrder) kernel_ = CsvKernel::none;  // kernels know the usual order alone
  return {};
}

Parsed<void> CsvParser::fail(Malformed problem) {
  problem_ = std::move(problem);
  return tl::unexpected<Malformed>(*problem_);
}

Malformed CsvParser::too_long() const {
  return Malformed{fmt::format("row {} is longer than {} bytes", rows_ + 1, kMaxCsvLine)};
}

Parsed<Candles> parse_csv(std::string_view file) {
  Candles candles;
  CsvParser parser{candles};
  auto done = parser.feed(file);
  if (done) done = parser.finish();
  if (!done) return tl::unexpected<Malformed>(std::move(done).error());
  return candles;
}

}  // namespace klinekeep::codecs
