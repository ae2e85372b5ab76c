#include "manager/delivery.hpp"

#include <arrow/record_batch.h>
#include <arrow/table.h>

#include <utility>

#include "frame/status.hpp"
#include "frame/table.hpp"
#include "manager/fill.hpp"

namespace klinekeep::manager {
namespace {

/// Counts in the report what will be filled.
std::optional<Filler> filler_for(const Request& request, Report& report) {
  const Fill fill = request.options.fill;
  if (fill == Fill::none) return std::nullopt;
  const Interval interval = request.window.wanted().series.interval;
  const RangeSet slots = slots_to_fill(report, request.window.slots(), fill);
  for (const TimeRange& range : slots) report.filled += interval.count(range);
  report.rows += report.filled;
  return Filler{slots, fill, interval};
}

}  // namespace

Retrieved nothing_retrieved(const Request& request) {
  Retrieved nothing;
  nothing.report.upstream = request.window.wanted().series.upstream;
  nothing.report.kind = request.window.wanted().series.kind;
  return nothing;
}

FetchStream stream_of(const Request& request, Retrieved retrieved) {
  auto filler = filler_for(request, retrieved.report);
  auto reader = reader_of(frame::arrow_schema(request.columns_to_read().indices()), std::move(retrieved.batches),
                          std::move(retrieved.snapshot));
  if (filler) reader = filled(std::move(reader), *std::move(filler), request.options.columns.indices());
  return {std::move(reader), std::move(retrieved.report)};
}

FetchResult result_of(const Request& request, Retrieved retrieved) {
  if (request.options.fill != Fill::none) {
    FetchStream stream = stream_of(request, std::move(retrieved));
    return {frame::value_of(stream.reader->ToTable()), std::move(stream.report)};
  }
  const auto schema = frame::arrow_schema(request.options.columns.indices());
  return {table_of(schema, retrieved.batches, retrieved.snapshot), std::move(retrieved.report)};
}

}  // namespace klinekeep::manager
