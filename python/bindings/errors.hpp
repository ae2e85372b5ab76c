// The errors of the public API, as klinekeep.errors has them.
#pragma once

#include <nanobind/nanobind.h>

namespace klinekeep::python {

/// From now on the core's exceptions arrive as the classes of klinekeep.errors, with their fields.
void translate_errors();

}  // namespace klinekeep::python
