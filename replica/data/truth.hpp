#pragma once

#include <functional>
#include <vector>

#include "data/overlay.hpp"

namespace replica {

/// Returns whether to go on.
using RowVisitor = std::function<bool(const Row&)>;

/// Every candle that ever opened: recorded where there is a recording, invented elsewhere. What the archive and REST
/// print.
class Truth {
 public:
  explicit Truth(Overlay overlay) : overlay_(std::move(overlay)) {}

  /// The rows that open in the span, ascending.
  void visit(const Series& series, Span span, const RowVisitor& visitor) const;

  /// At most `limit` rows of the span that satisfy `wanted`, ascending: the first ones, or the last ones.
  using Wanted = std::function<bool(const Row&)>;
  std::vector<Row> oldest(const Series& series, Span span, std::size_t limit, const Wanted& wanted) const;
  std::vector<Row> newest(const Series& series, Span span, std::size_t limit, const Wanted& wanted) const;

  bool any(const Series& series, Span span) const;

  /// The candle of `row` as it looks at `now`, before it has closed.
  Row forming(const Series& series, const Row& row, Instant now) const;

 private:
  Overlay overlay_;
};

}  // namespace replica
