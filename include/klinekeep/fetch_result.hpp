// What a fetch gives back.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>

#include "klinekeep/report.hpp"

namespace klinekeep {

struct FetchResult {
  std::shared_ptr<arrow::Table> table;  // of the one schema, open_time strictly increasing; also when it is empty
  Report report;
};

}  // namespace klinekeep
