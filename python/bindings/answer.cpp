#include "answer.hpp"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "frame/status.hpp"

namespace klinekeep::python {
namespace {

constexpr std::size_t kValueSize = 8;

std::span<const std::byte> bytes_of(const arrow::ArrayData& column) {
  const auto* const first = reinterpret_cast<const std::byte*>(column.buffers[1]->data());
  const auto offset = static_cast<std::size_t>(column.offset) * kValueSize;
  return {first + offset, static_cast<std::size_t>(column.length) * kValueSize};
}

/// A column of a batch on its way into a frame.
struct Piece {
  std::span<const std::byte> from;
  std::uint8_t* to;
  std::int64_t factor;  // of whole numbers that increase; 1: as they are
};

std::span<const std::int64_t> numbers_of(const Piece& piece) {
  return {reinterpret_cast<const std::int64_t*>(piece.from.data()), piece.from.size() / kValueSize};
}

void check_range(const Piece& piece) {
  if (piece.from.empty()) return;
  const std::int64_t last = numbers_of(piece).back();
  if (last <= std::numeric_limits<std::int64_t>::max() / piece.factor) return;
  throw InvalidRequest("the unit cannot express " + format_iso(from_ms(last)) + ": take a coarser one");
}

void copy(std::span<const Piece> pieces) {
  for (const Piece& piece : pieces) {
    if (piece.from.empty()) continue;
    if (piece.factor == 1) {
      std::memcpy(piece.to, piece.from.data(), piece.from.size());
      continue;
    }
    auto* out = reinterpret_cast<std::int64_t*>(piece.to);
    for (const std::int64_t number : numbers_of(piece)) *out++ = number * piece.factor;
  }
}

/// Two threads, where a thread costs less than what it saves: one core cannot use all of the memory's bandwidth.
void copy_side_by_side(std::span<const Piece> pieces, std::size_t bytes) {
  constexpr std::size_t kWorthAThread = 2 << 20;
  if (bytes < kWorthAThread || std::thread::hardware_concurrency() < 2) return copy(pieces);
  const std::span second = pieces.subspan(pieces.size() / 2);
  std::jthread other;
  try {
    other = std::jthread{[second] { copy(second); }};
  } catch (const std::system_error&) {  // threads have run out
    copy(second);
  }
  copy(pieces.first(pieces.size() / 2));
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
  frame::check(arrow::ExportRecordBatchReader(std::move(reader_), stream.get()));
  return nb::capsule(stream.release(), "arrow_array_stream", delete_stream);
}

std::int64_t Answer::load() {
  const nb::gil_scoped_release no_gil;
  batches_ = frame::value_of(reader_->ToRecordBatches());
  std::int64_t rows = 0;
  for (const auto& batch : batches_) rows += batch->num_rows();
  return rows;
}

void Answer::copy_to(const Bytes& to, const std::vector<std::size_t>& places, std::int64_t per_ms) const {
  const nb::gil_scoped_release no_gil;
  const auto& schema = *reader_->schema();
  std::size_t rows = 0;
  for (const auto& batch : batches_) rows += static_cast<std::size_t>(batch->num_rows());
  const std::span memory{to.data(), to.size()};
  std::vector<Piece> pieces;
  for (int i = 0; i < schema.num_fields(); ++i) {
    const bool is_time = schema.field(i)->type()->id() == arrow::Type::TIMESTAMP;
    auto place = memory.subspan(places.at(static_cast<std::size_t>(i)) * rows * kValueSize, rows * kValueSize);
    for (const auto& batch : batches_) {
      pieces.push_back({bytes_of(*batch->column_data(i)), place.data(), is_time ? per_ms : 1});
      place = place.subspan(static_cast<std::size_t>(batch->num_rows()) * kValueSize);
    }
  }
  std::ranges::for_each(pieces, check_range);
  copy_side_by_side(pieces, rows * kValueSize * static_cast<std::size_t>(schema.num_fields()));
}

void Answer::detach() {
  const nb::gil_scoped_release no_gil;
  for (auto& batch : frame::value_of(reader_->ToRecordBatches())) {
    std::vector<std::shared_ptr<arrow::ArrayData>> columns;
    for (int i = 0; i < batch->num_columns(); ++i) {
      const auto bytes = bytes_of(*batch->column_data(i));
      std::shared_ptr<arrow::Buffer> copy =
          frame::value_of(arrow::AllocateBuffer(static_cast<std::int64_t>(bytes.size())));
      if (!bytes.empty()) std::memcpy(copy->mutable_data(), bytes.data(), bytes.size());
      columns.push_back(
          arrow::ArrayData::Make(batch->schema()->field(i)->type(), batch->num_rows(), {nullptr, copy}, 0));
    }
    batches_.push_back(arrow::RecordBatch::Make(batch->schema(), batch->num_rows(), std::move(columns)));
  }
  reader_ = frame::value_of(arrow::RecordBatchReader::Make(std::move(batches_), reader_->schema()));
}

void bind_answer(nb::module_& m) {
  nb::class_<Answer>(m, "Answer")
      .def(
          "__arrow_c_stream__", [](Answer& self, const nb::object&) { return self.stream(); },
          nb::arg("requested_schema") = nb::none())
      .def("load", &Answer::load)
      .def("copy_to", &Answer::copy_to, nb::arg("to"), nb::arg("places"), nb::arg("per_ms"))
      .def("detach", &Answer::detach)
      .def_prop_ro("report", [](const Answer& self) { return dict_of(self.report(), self.interval()); });
}

}  // namespace klinekeep::python
