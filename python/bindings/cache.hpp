// UnifiedCacheManager.
#pragma once

#include "values.hpp"

namespace klinekeep::python {

void bind_cache(nb::module_& m);

}  // namespace klinekeep::python
