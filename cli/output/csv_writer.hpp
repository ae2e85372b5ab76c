// Comma-separated text: a header row with the columns' names, then a row a candle; lines end in \n.
#pragma once

#include <memory>

#include "output/writer.hpp"

namespace klinekeep::cli {

/// As make_writer; `schema` has been checked.
[[nodiscard]] std::unique_ptr<CandleWriter> make_csv_writer(std::unique_ptr<ByteSink> sink,
                                                            std::shared_ptr<arrow::Schema> schema,
                                                            const WriterOptions& options);

}  // namespace klinekeep::cli
