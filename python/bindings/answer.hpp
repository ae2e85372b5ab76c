// An answer on its way to Python: as an Arrow C stream, or copied into memory that numpy owns.
#pragma once

#include <arrow/type_fwd.h>
#include <nanobind/ndarray.h>

#include <memory>

#include "values.hpp"

namespace klinekeep::python {

using Bytes = nb::ndarray<std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

/// The candles of one request, to be taken once: by `stream`, or by `load` and then `copy_to`. Used by one thread at a
/// time.
class Answer {
 public:
  Answer(FetchStream stream, Interval interval);
  Answer(const FetchResult& result, Interval interval);
  ~Answer();
  Answer(Answer&&) noexcept;

  [[nodiscard]] const Report& report() const { return report_; }
  [[nodiscard]] Interval interval() const { return interval_; }

  /// A PyCapsule of Arrow's C stream interface.
  nb::capsule stream();

  /// Opens all batches, so that the number of rows is known, which it returns.
  std::int64_t load();
  /// Copies the columns into `to`, eight bytes a value: column i begins after `places[i]` columns' worth of rows;
  /// open_time in units of 1/`per_ms` milliseconds. One copy in one go, because the memory that a frame owns is the
  /// dearest part of a warm answer. Releases the GIL. Throws InvalidRequest where the unit cannot express a time.
  void copy_to(const Bytes& to, const std::vector<std::size_t>& places, std::int64_t per_ms) const;
  /// The same candles in memory of their own, no view of the cache.
  void detach();

 private:
  std::shared_ptr<arrow::RecordBatchReader> reader_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches_;
  Report report_;
  Interval interval_;
};

void bind_answer(nb::module_& m);

}  // namespace klinekeep::python
