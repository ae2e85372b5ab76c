#include "output/writer.hpp"

#include <arrow/type.h>

#include <stdexcept>
#include <utility>

#include "output/arrow_writer.hpp"
#include "output/batch_view.hpp"
#include "output/csv_writer.hpp"
#include "output/json_writer.hpp"
#include "output/parquet_writer.hpp"
#include "output/table_writer.hpp"

namespace klinekeep::cli {

std::unique_ptr<CandleWriter> make_writer(Format format, std::unique_ptr<ByteSink> sink,
                                          std::shared_ptr<arrow::Schema> schema, const WriterOptions& options) {
  if (candle_columns(*schema).empty()) throw std::invalid_argument("a schema without columns");
  switch (format) {
    case Format::csv:
      return make_csv_writer(std::move(sink), std::move(schema), options);
    case Format::json:
      return make_json_writer(std::move(sink), std::move(schema), options);
    case Format::arrow:
      return make_arrow_writer(std::move(sink), std::move(schema));
    case Format::parquet:
      return make_parquet_writer(std::move(sink), std::move(schema));
    case Format::table:
      return make_table_writer(std::move(sink), std::move(schema), options);
  }
  throw std::invalid_argument("no such format");
}

}  // namespace klinekeep::cli
