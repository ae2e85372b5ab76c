// What a series holds. All functions are pure and thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "klinekeep/export.hpp"

namespace klinekeep {

/// A part of the key of everything that is fetched or kept. Clients fetch klines only; the cache can tell the others
/// apart.
enum class Kind : std::uint8_t {
  klines,
  mark_price_klines,  // of the mark price, which liquidations go by: no volumes; futures only
};

inline constexpr std::array<Kind, 2> kKinds{Kind::klines, Kind::mark_price_klines};

/// "klines", "markPriceKlines": as the archive's folders spell it.
[[nodiscard]] KLINEKEEP_API std::string_view name(Kind kind);
/// The kind of that name, or none.
[[nodiscard]] KLINEKEEP_API std::optional<Kind> parse_kind(std::string_view name);

}  // namespace klinekeep
