#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/row.hpp"
#include "data/catalogue.hpp"
#include "data/fixtures.hpp"

namespace replica {

/// Recorded rows of one series. Within the span they are the whole truth: what is not among them did not open.
class Recording {
 public:
  using Loader = std::function<std::vector<Row>()>;

  Recording(Span span, int rank, Loader loader) : span_(span), rank_(rank), loader_(std::move(loader)) {}

  Span span() const { return span_; }
  int rank() const { return rank_; }     // where two overlap the higher one counts
  const std::vector<Row>& rows() const;  // read at the first call; thread-safe; ascending

 private:
  Span span_;
  int rank_;
  Loader loader_;
  mutable std::once_flag once_;
  mutable std::vector<Row> rows_;
};

/// Where the truth of a part of a series comes from.
struct Piece {
  Span span;
  const Recording* recording;
};

/// What the fixtures know of each series: recordings cut into pieces that do not overlap, and candles recorded while
/// open.
class Overlay {
 public:
  void add(const Series& series, std::shared_ptr<const Recording> recording);
  void add_forming(const Series& series, const Row& row) { forming_[series].push_back(row); }

  /// Cuts the pieces. To be called once, after the last add.
  void settle();

  const std::vector<Piece>& pieces_of(const Series& series) const;
  std::optional<Row> forming(const Series& series, Instant open) const;

 private:
  std::map<Series, std::vector<std::shared_ptr<const Recording>>> recordings_;
  std::map<Series, std::vector<Piece>> pieces_;
  std::map<Series, std::vector<Row>> forming_;
};

/// Everything under tests/data that holds rows of a known symbol. Archive files of a month rank lowest, then REST
/// bodies, then archive files of a day and what was computed from them.
Overlay load_overlay(const Fixtures& fixtures, const Catalogue& catalogue);

/// The rows of an archive file's CSV.
std::vector<Row> parse_archive_csv(std::string_view csv);

}  // namespace replica
