// DataSourceManager.
#pragma once

#include "values.hpp"

namespace klinekeep::python {

void bind_manager(nb::module_& m);

}  // namespace klinekeep::python
