#include "klinekeep/kind.hpp"

#include <algorithm>

namespace klinekeep {

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::klines:
      return "klines";
    case Kind::mark_price_klines:
      return "markPriceKlines";
  }
  return "unknown";
}

std::optional<Kind> parse_kind(std::string_view name) {
  const auto* const found = std::ranges::find(kKinds, name, [](Kind kind) { return klinekeep::name(kind); });
  return found == kKinds.end() ? std::nullopt : std::optional{*found};
}

}  // namespace klinekeep
