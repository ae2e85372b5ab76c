#include "rest/klines.hpp"

#include <algorithm>

#include "faults/row_faults.hpp"

namespace replica {
namespace {

/// Prints rows as the elements of an array.
class JsonEnd final : public RowStep {
 public:
  explicit JsonEnd(TimeUnit unit) : unit_(unit) {}

  void put(const Row& row) override {
    separate();
    append_json(body_, row, unit_);
  }
  void put_raw(std::string_view text) override {
    separate();
    body_ += text;
  }
  std::string body() && { return std::move(body_ += ']'); }

 private:
  void separate() { body_ += body_.empty() ? '[' : ','; }

  TimeUnit unit_;
  std::string body_;
};

}  // namespace

std::vector<Row> find_klines(const KlinesQuery& query, const Truth& truth, Instant now, std::span<const Fault> faults) {
  const Series& series = query.series;
  const Instant last = std::min(query.end.value_or(now), now);
  const Span opens{query.start.value_or(Instant{}), last + Millis{1}};
  const auto wanted = make_row_filter(faults);
  const bool coin_window = series.symbol->market == Market::kCoinM && query.end.has_value();
  auto rows = query.start && !coin_window ? truth.oldest(series, opens, query.limit, wanted)
                                          : truth.newest(series, opens, query.limit, wanted);
  if (!rows.empty() && next_open(*series.interval, rows.back().open_time) > now) {
    rows.back() = truth.forming(series, rows.back(), now);
  }
  return rows;
}

std::string print_klines(const std::vector<Row>& rows, TimeUnit unit, std::span<const Fault> faults) {
  JsonEnd end{unit};
  const auto steps = make_row_steps(faults, end);
  for (const Row& row : rows) steps->put(row);
  steps->finish();
  std::string body = std::move(end).body();
  if (body == "]") body = "[]";
  return body;
}

}  // namespace replica
