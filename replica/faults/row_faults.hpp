#pragma once

#include <functional>
#include <memory>

#include "core/row.hpp"
#include "data/truth.hpp"
#include "faults/fault.hpp"

namespace replica {

/// A step that rows pass through on their way to a file or a page.
class RowStep {
 public:
  virtual ~RowStep() = default;
  virtual void put(const Row& row) = 0;
  virtual void put_raw(std::string_view text) = 0;  // stands where a row should be
  virtual void finish() {}                          // no row follows
};

/// The steps of the faults among `faults` that change rows, before `last`, which must outlive them.
std::unique_ptr<RowStep> make_row_steps(std::span<const Fault> faults, RowStep& last);

/// Whether a row is there at all, under the faults that take rows away.
Truth::Wanted make_row_filter(std::span<const Fault> faults);

}  // namespace replica
