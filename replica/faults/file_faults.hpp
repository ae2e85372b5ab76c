#pragma once

#include <string>

#include "faults/fault.hpp"

namespace replica {

/// Whether any of the faults changes what is inside the zip, so that it has to be written anew.
bool changes_lines(std::span<const Fault> faults);

/// The finished zip under the faults that damage or replace it: corrupt_zip, bomb. `stem` names its entry.
std::string change_zip(std::string zip, const std::string& stem, std::span<const Fault> faults);

}  // namespace replica
