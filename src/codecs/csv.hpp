// The archive's CSV files, read in blocks of any size.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codecs/csv_header.hpp"
#include "codecs/csv_kernel.hpp"
#include "codecs/malformed.hpp"
#include "core/candles.hpp"

namespace klinekeep::codecs {

/// The longest line that is read, in bytes, its line end not counted: what bounds the memory that hostile bytes can
/// take.
inline constexpr std::size_t kMaxCsvLine = 65'536;

/// Reads a CSV file that comes in blocks, split anywhere, and appends each row to a Candles as soon as its line is
/// complete.
///
/// Rows of 12 fields (codecs/row.hpp), comma between, LF or CRLF after each but perhaps the last; no quotes, no blank
/// lines, no BOM. Rows stay in the file's order, duplicates too. A first line that begins with a letter is a header
/// row, and tells the order of the fields by their names (codecs/csv_header.hpp). A file without rows is fine.
///
/// The first bad row ends it: every later call returns the same error. Rows before it were appended; whoever gets an
/// error must not use them, as the file is malformed. Not thread-safe.
class CsvParser {
 public:
  /// `to` must outlive the parser. Between calls it may be emptied. `kernel`, which must run here, is for tests: all
  /// give the same.
  explicit CsvParser(Candles& to, CsvKernel kernel = active_csv_kernel()) : to_(to), kernel_(kernel) {}

  /// Takes the next bytes of the file.
  [[nodiscard]] Parsed<void> feed(std::string_view block);
  /// Says that the file has ended, and takes its last line where no line end stood behind it. Once, after the last
  /// feed.
  [[nodiscard]] Parsed<void> finish();

 private:
  void lay_out_for(std::size_t bytes);
  Parsed<void> keep_start(std::string_view part);
  Parsed<void> take_start();
  Parsed<void> take_lines(std::string_view lines);
  Parsed<void> take_line(std::string_view line);
  Parsed<void> take_header(const Fields& names);
  Parsed<void> fail(Malformed problem);
  [[nodiscard]] Malformed too_long() const;

  Candles& to_;
  CsvKernel kernel_;
  FieldOrder order_ = kUsualOrder;
  std::string start_;     // of a line whose end has not come yet
  std::size_t rows_ = 0;  // lines taken, a header row included
  std::size_t laid_out_ = 0;
  std::optional<Malformed> problem_;
};

/// All rows of a whole file.
[[nodiscard]] Parsed<Candles> parse_csv(std::string_view file);

}  // namespace klinekeep::codecs
