// Which columns of the candles are wanted, and in which order.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "klinekeep/export.hpp"

namespace klinekeep {

/// At least one column of kSchema, none of them twice, in the order in which they are wanted. A value; immutable.
class KLINEKEEP_API Columns {
 public:
  /// All, in the schema's order.
  Columns();
  /// By their names, `{"close", "volume"}`. Throws InvalidRequest, which lists the schema's names, where none is named,
  /// and for a name that is unknown or comes twice.
  Columns(std::initializer_list<std::string_view> names);
  explicit Columns(const std::vector<std::string>& names);

  /// Their places in kSchema.
  [[nodiscard]] const std::vector<std::size_t>& indices() const { return indices_; }

  friend bool operator==(const Columns&, const Columns&) = default;

 private:
  void add(std::string_view name);
  void check_any() const;

  std::vector<std::size_t> indices_;
};

}  // namespace klinekeep
