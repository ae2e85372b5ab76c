// What an exchange tells of a symbol.
#pragma once

#include <optional>
#include <string>

#include "klinekeep/time.hpp"

namespace klinekeep {

/// A symbol as exchangeInfo has it.
struct SymbolInfo {
  std::string symbol;
  std::string status;                // TRADING, BREAK, DELIVERING, …; empty where exchangeInfo does not say
  std::optional<Timestamp> onboard;  // since when it is traded; futures only

  friend bool operator==(const SymbolInfo&, const SymbolInfo&) = default;
};

}  // namespace klinekeep
