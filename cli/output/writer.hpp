// Candles on their way out: record batches in, bytes of one format to a sink.
#pragma once

#include <arrow/type_fwd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "output/byte_sink.hpp"
#include "output/format.hpp"
#include "output/number_digits.hpp"

namespace klinekeep::cli {

enum class TimeStyle : std::uint8_t {
  ms,   // 1704067200000
  iso,  // 2024-01-01T00:00:00Z, with .mmm only where it is not zero
};

struct WriterOptions {
  TimeStyle time = TimeStyle::ms;                 // csv and json: how open_time is written
  Kernels kernels = processor::active_kernels();  // csv and json, for benchmarks: all write the same

  // The rest is for the table only.
  std::string title;  // "BTCUSDT 1h spot", a line above the header; none if empty
  int width = 80;     // of the terminal; no line is wider
  bool colour = false;
  std::size_t head_rows = 5;
  std::size_t tail_rows = 5;
};

/// One output. Used by one thread at a time. Throws what its sink throws (OutputError, PipeClosed), and OutputError for
/// what Arrow reports.
class CandleWriter {
 public:
  CandleWriter() = default;
  CandleWriter(const CandleWriter&) = delete;
  CandleWriter& operator=(const CandleWriter&) = delete;
  virtual ~CandleWriter() = default;

  /// Appends the rows of `batch`, whose schema is the one that the writer was made with (metadata apart) and which has
  /// no nulls; else std::invalid_argument. Nothing of the batch is kept after the call.
  virtual void write(const arrow::RecordBatch& batch) = 0;

  /// Writes what ends the format and commits the sink. At most once, nothing after it. A writer destroyed without it
  /// writes no more and does not commit.
  virtual void finish() = 0;
};

/// A writer of `schema`: columns of the candle schema, all or some, in any order: timestamp[ms], float64 and int64;
/// else std::invalid_argument. What may be written at once is (a header row, a magic), so call it when the data is
/// proven.
///   csv      a header row, then a row a candle; see number_text.hpp for the spelling; NaN is `nan`
///   json     one array of objects, one a line; NaN is null; `[]` when there is none
///   arrow    IPC, the file format where the sink is a file, else the stream format; metadata of the schema is kept
///   parquet  with Arrow's schema and metadata inside
///   table    for people: the first and last rows and a summary, in constant memory; written by finish()
[[nodiscard]] std::unique_ptr<CandleWriter> make_writer(Format format, std::unique_ptr<ByteSink> sink,
                                                        std::shared_ptr<arrow::Schema> schema,
                                                        const WriterOptions& options);

}  // namespace klinekeep::cli
