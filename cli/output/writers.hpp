// The writers of each format, for the table of formats (format.cpp).
#pragma once

#include <memory>

#include "output/writer.hpp"

namespace klinekeep::cli {

/// As make_writer; `schema` has been checked.
using MakeWriter = std::unique_ptr<CandleWriter>(std::unique_ptr<ByteSink> sink, std::shared_ptr<arrow::Schema> schema,
                                                 const WriterOptions& options);

MakeWriter make_csv_writer;
MakeWriter make_json_writer;
MakeWriter make_arrow_writer;
MakeWriter make_parquet_writer;
MakeWriter make_table_writer;

}  // namespace klinekeep::cli
