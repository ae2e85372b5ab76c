// How the codecs say that bytes are not what they should be: as a value.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace klinekeep::codecs {

/// Bytes from outside that cannot be used.
struct Malformed {
  /// One sentence without a full stop: where (rows count from 1, a header row included), what stands there (quoted by
  /// core/quote.hpp), what would be right. It names neither file nor URL: the caller knows them.
  std::string what;

  friend bool operator==(const Malformed&, const Malformed&) = default;
};

/// A value, or why there is none.
template <class T>
using Parsed = tl::expected<T, Malformed>;

/// `return malformed("…")` in a function that returns Parsed.
[[nodiscard]] inline tl::unexpected<Malformed> malformed(std::string what) {
  return tl::unexpected<Malformed>(Malformed{std::move(what)});
}

}  // namespace klinekeep::codecs
