// One array of objects, one object a line; the keys are the columns' names.
#pragma once

#include <memory>

#include "output/writer.hpp"

namespace klinekeep::cli {

/// As make_writer; `schema` has been checked.
[[nodiscard]] std::unique_ptr<CandleWriter> make_json_writer(std::unique_ptr<ByteSink> sink,
                                                             std::shared_ptr<arrow::Schema> schema,
                                                             const WriterOptions& options);

}  // namespace klinekeep::cli
