// What a partition says of itself, and its JSON in the file's footer. Pure. docs/cache-format.md is the law here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "klinekeep/schema.hpp"
#include "store/coverage.hpp"
#include "store/names.hpp"

namespace klinekeep::store {

inline constexpr std::uint64_t kFormat = 2;
inline constexpr std::int64_t kBatchRows = 65'536;
inline constexpr std::int64_t kValueBytes = 8;  // of every column
inline constexpr const char* kFooterKey = "klinekeep";
inline constexpr const char* kFooterSumKey = "klinekeep.xxh3";

/// A record batch: where it lies in the file, what it holds, and the sum of each of its columns.
struct BatchEntry {
  std::int64_t offset = 0;
  std::int64_t metadata_length = 0;
  std::int64_t body_length = 0;
  std::int64_t rows = 0;
  std::int64_t first = 0;  // open_time in ms of the first and the last row
  std::int64_t last = 0;
  std::array<std::string, kSchema.size()> xxh3;

  /// Where a column's values begin in the file.
  [[nodiscard]] std::int64_t column_offset(std::size_t column) const {
    return offset + metadata_length + static_cast<std::int64_t>(column) * rows * kValueBytes;
  }
  friend bool operator==(const BatchEntry&, const BatchEntry&) = default;
};

struct Footer {
  std::int64_t rows = 0;
  Coverage coverage;
  std::vector<BatchEntry> batches;

  /// Opens of the first and the last row; none without rows.
  [[nodiscard]] std::optional<Timestamp> first() const;
  [[nodiscard]] std::optional<Timestamp> last() const;
  /// The end of what it covers or holds: where a tail may begin. kBeginOfTime where that is nothing.
  [[nodiscard]] Timestamp end() const;
  /// The begin of what it covers or holds; kEndOfTime where that is nothing.
  [[nodiscard]] Timestamp begin() const;
  friend bool operator==(const Footer&, const Footer&) = default;
};

/// Why a file is not to be read.
struct Refusal {
  enum class Kind : std::uint8_t {
    damaged,       // to be moved aside
    newer_format,  // to be left alone
  };
  Kind kind;
  std::string why;  // a sentence
};

/// Upstream, kind, market, symbol, interval and month go into the text from `key`.
[[nodiscard]] std::string to_json(const Footer& footer, const PartitionKey& key);

/// The reverse: only what keeps all rules, and is about `key` (but for its part), becomes a footer.
[[nodiscard]] std::variant<Footer, Refusal> parse_footer(std::string_view text, const PartitionKey& key);

/// Whether `text` is a sum as a footer has it: so many lower-case hex digits.
[[nodiscard]] bool is_hex(std::string_view text, std::size_t digits);

/// What is wrong in `footer` as that of a partition of `key`, as a sentence; empty: nothing.
[[nodiscard]] std::string fault_of(const Footer& footer, const PartitionKey& key);

}  // namespace klinekeep::store
