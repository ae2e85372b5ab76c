#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"

namespace replica {

/// What a fault changes, and so where it is applied and what counts as one use of it.
enum class Stage {
  kWire,     // how the bytes of an answer travel; one use is one request
  kReply,    // the answer, its headers; one use is one request
  kObject,   // whether a file or its CHECKSUM is there, and what the CHECKSUM says; one use is one request
  kContent,  // rows and bytes of an answer; of the archive one use is one file, which then stays so, with its CHECKSUM
};

/// One fault that has fired, or is about to.
struct Fault {
  int rule;
  std::string kind;
  Stage stage;
  nlohmann::json arguments;

  template <class T>
  T argument(const char* name, T otherwise) const {
    return arguments.value(name, otherwise);
  }
  bool is(std::string_view name) const { return kind == name; }
};

using Faults = std::vector<Fault>;

const Fault* find_fault(std::span<const Fault> faults, std::string_view kind);

/// "#3,7": names a file as these rules change it; empty without faults.
std::string names_of_rules(std::span<const Fault> faults);

}  // namespace replica
