// Candles as an arrow::Table of the one schema.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>

#include "core/candles.hpp"

namespace klinekeep::frame {

/// The Arrow schema that follows from kSchema: no column is nullable.
[[nodiscard]] std::shared_ptr<arrow::Schema> arrow_schema();

/// Takes the columns over without a copy. The table owns them.
[[nodiscard]] std::shared_ptr<arrow::Table> to_table(Candles candles);

/// A copy of a table of the one schema.
[[nodiscard]] Candles to_candles(const arrow::Table& table);

}  // namespace klinekeep::frame
