// For people: the first and last candles and a summary.
#pragma once

#include <memory>

#include "output/writer.hpp"

namespace klinekeep::cli {

/// As make_writer; `schema` has been checked.
[[nodiscard]] std::unique_ptr<CandleWriter> make_table_writer(std::unique_ptr<ByteSink> sink,
                                                              std::shared_ptr<arrow::Schema> schema,
                                                              const WriterOptions& options);

}  // namespace klinekeep::cli
