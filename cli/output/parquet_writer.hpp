// Parquet, compressed.
#pragma once

#include <memory>

#include "output/writer.hpp"

namespace klinekeep::cli {

/// As make_writer; `schema` has been checked.
[[nodiscard]] std::unique_ptr<CandleWriter> make_parquet_writer(std::unique_ptr<ByteSink> sink,
                                                                std::shared_ptr<arrow::Schema> schema);

}  // namespace klinekeep::cli
