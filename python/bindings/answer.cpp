#include "answer.hpp"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>

#include <cstring>
#include <limits>
#include <span>
#include <stdexcept>

namespace klinekeep::python {
namespace {

constexpr std::size_t kValueSize = 8;

template <class T>
T value_or_throw(arrow::Result<T> result) {
  if (!result.ok()) throw std::runtime_error("Arrow: " + result.status().ToString());
  return std::move(result).ValueUnsafe();
}

std::span<const std::byte> bytes_of(const arrow::ArrayData& column) {
  const auto* const first = reinterpret_cast<const std::byte*>(column.buffers[1]->data());
  const auto offset = static_cast<std::size_t>(column.offset) * kValueSize;
  return {first + offset, static_cast<std::size_t>(column.length) * kValueSize};
}

/// `times` are those of one batch, in order.
void scale(std::span<std::int64_t> times, std::int64_t factor) {
  if (times.empty() || factor == 1) return;
  if (times.back() > std::numeric_limits<std::int64_t>::max() / factor) {
    throw InvalidRequest("the unit cannot express " + format_iso(from_ms(times.back())) + ": take a coarser one");
  }
  for (std::int64_t& time : times) time *= factor;
}

void delete_stream(void* pointer) noexcept {
  auto* const stream = static_cast<ArrowArrayStream*>(pointer);
  if (stream->release != nullptr) stream->release(stream);
  delete stream;
}

}  // namespace

Answer::Answer(FetchStream stream, Interval interval)
    : reader_(std::move(stream.reader)), report_(std::move(stream.report)), interval_(interval) {}

Answer::Answer(const FetchResult& result, Interval interval)
    : reader_(std::make_shared<arrow::TableBatchReader>(result.table)), report_(result.report), interval_(interval) {}

Answer::~Answer() = default;
Answer::Answer(Answer&&) noexcept = default;

nb::capsule Answer::stream() {
  if (!reader_) throw std::logic_error("this answer has been taken already");
  auto stream = std::make_unique<ArrowArrayStream>();
  const arrow::Status status = arrow::ExportRecordBatchReader(std::move(reader_), stream.get());
  if (!status.ok()) throw std::runtime_error("Arrow: " + status.ToString());
  return nb::capsule(stream.release(), "arrow_array_stream", delete_stream);
}

std::int64_t Answer::load() {
  const nb::gil_scoped_release no_gil;
  batches_ = value_or_throw(reader_->ToRecordBatches());
  std::int64_t rows = 0;
  for (const auto& batch : batches_) rows += batch->num_rows();
  return rows;
}

void Answer::copy_to(const Bytes& to, std::int64_t per_ms) const {
  const nb::gil_scoped_release no_gil;
  std::byte* out = reinterpret_cast<std::byte*>(to.data());
  const std::byte* const end = out + to.size();
  const auto& schema = *reader_->schema();
  for (int column = 0; column < schema.num_fields(); ++column) {
    const bool is_time = schema.field(column)->type()->id() == arrow::Type::TIMESTAMP;
    for (const auto& batch : batches_) {
      const auto bytes = bytes_of(*batch->column_data(column));
      if (bytes.size() > static_cast<std::size_t>(end - out))
        throw std::logic_error("there is no room for the columns");
      if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
      if (is_time) scale({reinterpret_cast<std::int64_t*>(out), bytes.size() / kValueSize}, per_ms);
      out += bytes.size();
    }
  }
}

void Answer::detach() {
  const nb::gil_scoped_release no_gil;
  for (auto& batch : value_or_throw(reader_->ToRecordBatches())) {
    std::vector<std::shared_ptr<arrow::ArrayData>> columns;
    for (int i = 0; i < batch->num_columns(); ++i) {
      const auto bytes = bytes_of(*batch->column_data(i));
      std::shared_ptr<arrow::Buffer> copy =
          value_or_throw(arrow::AllocateBuffer(static_cast<std::int64_t>(bytes.size())));
      if (!bytes.empty()) std::memcpy(copy->mutable_data(), bytes.data(), bytes.size());
      columns.push_back(
          arrow::ArrayData::Make(batch->schema()->field(i)->type(), batch->num_rows(), {nullptr, copy}, 0));
    }
    batches_.push_back(arrow::RecordBatch::Make(batch->schema(), batch->num_rows(), std::move(columns)));
  }
  reader_ = value_or_throw(arrow::RecordBatchReader::Make(std::move(batches_), reader_->schema()));
}

void bind_answer(nb::module_& m) {
  nb::class_<Answer>(m, "Answer")
      .def(
          "__arrow_c_stream__", [](Answer& self, const nb::object&) { return self.stream(); },
          nb::arg("requested_schema") = nb::none())
      .def("load", &Answer::load)
      .def("copy_to", &Answer::copy_to, nb::arg("to"), nb::arg("per_ms"))
      .def("detach", &Answer::detach)
      .def_prop_ro("report", [](const Answer& self) { return dict_of(self.report(), self.interval()); });
}

}  // namespace klinekeep::python
