#include "faults/fault.hpp"

#include <algorithm>

namespace replica {

const Fault* find_fault(std::span<const Fault> faults, std::string_view kind) {
  const auto found = std::ranges::find(faults, kind, &Fault::kind);
  return found == faults.end() ? nullptr : &*found;
}

std::string names_of_rules(std::span<const Fault> faults) {
  std::string names;
  for (const auto& fault : faults) (names += names.empty() ? '#' : ',') += std::to_string(fault.rule);
  return names;
}

}  // namespace replica
