#include "data/truth.hpp"

#include <algorithm>

#include "data/generator.hpp"

namespace replica {
namespace {

bool visit_recorded(const Recording& recording, Span span, const RowVisitor& visitor) {
  const auto& rows = recording.rows();
  for (auto row = std::ranges::lower_bound(rows, span.from, {}, &Row::open_time);
       row != rows.end() && row->open_time < span.to; ++row) {
    if (!visitor(*row)) return false;
  }
  return true;
}

bool visit_invented(const Series& series, Span span, const RowVisitor& visitor) {
  const Span life = series.symbol->life;
  span = intersect(span, {floor_open(*series.interval, life.from), life.to});
  if (span.empty()) return true;
  Generator generator{series};
  for (Instant open = ceil_open(*series.interval, span.from); open < span.to;
       open = next_open(*series.interval, open)) {
    if (generator.opens(open) && !visitor(generator.row(open))) return false;
  }
  return true;
}

}  // namespace

void Truth::visit(const Series& series, Span span, const RowVisitor& visitor) const {
  const auto& pieces = overlay_.pieces_of(series);
  auto piece = std::ranges::upper_bound(pieces, span.from, {}, [](const Piece& p) { return p.span.to; });
  while (!span.empty()) {
    if (piece == pieces.end()) {
      visit_invented(series, span, visitor);
      return;
    }
    const Span before = intersect(span, {span.from, piece->span.from});
    if (!before.empty() && !visit_invented(series, before, visitor)) return;
    const Span inside = intersect(span, piece->span);
    if (!inside.empty() && !visit_recorded(*piece->recording, inside, visitor)) return;
    span.from = piece->span.to;
    ++piece;
  }
}

std::vector<Row> Truth::oldest(const Series& series, Span span, std::size_t limit, const Wanted& wanted) const {
  std::vector<Row> rows;
  visit(series, span, [&](const Row& row) {
    if (wanted(row)) rows.push_back(row);
    return rows.size() < limit;
  });
  return rows;
}

std::vector<Row> Truth::newest(const Series& series, Span span, std::size_t limit, const Wanted& wanted) const {
  const Span life = series.symbol->life;
  span = intersect(span, {floor_open(*series.interval, life.from), life.to});
  std::vector<Row> rows;
  const Millis step = series.interval->monthly() ? Millis{31 * kDay} : series.interval->step;
  Millis reach = step * static_cast<std::int64_t>(limit);
  for (Span chunk{span.to, span.to}; rows.size() < limit && chunk.from > span.from; reach *= 2) {
    chunk = {std::max(span.from, chunk.from - reach), chunk.from};
    std::vector<Row> older = oldest(series, chunk, static_cast<std::size_t>(-1), wanted);
    older.insert(older.end(), rows.begin(), rows.end());
    rows = std::move(older);
  }
  if (rows.size() > limit) rows.erase(rows.begin(), rows.end() - static_cast<std::ptrdiff_t>(limit));
  return rows;
}

bool Truth::any(const Series& series, Span span) const {
  bool found = false;
  visit(series, span, [&](const Row&) {
    found = true;
    return false;
  });
  return found;
}

Row Truth::forming(const Series& series, const Row& row, Instant now) const {
  if (const auto recorded = overlay_.forming(series, row.open_time)) return *recorded;
  const Span span = series.candle_at(row.open_time);
  const auto passed = static_cast<double>((now - span.from).count());
  return forming_row(row, passed / static_cast<double>((span.to - span.from).count()));
}

}  // namespace replica
