#include "data/overlay.hpp"

#include <algorithm>
#include <set>

#include "data/fixtures.hpp"

namespace replica {

const std::vector<Row>& Recording::rows() const {
  std::call_once(once_, [this] {
    rows_ = loader_();
    std::ranges::stable_sort(rows_, {}, &Row::open_time);
  });
  return rows_;
}

void Overlay::add(const Series& series, std::shared_ptr<const Recording> recording) {
  recordings_[series].push_back(std::move(recording));
}

void Overlay::settle() {
  for (const auto& [series, recordings] : recordings_) {
    std::set<Instant> borders;
    for (const auto& recording : recordings) borders.insert({recording->span().from, recording->span().to});
    auto& pieces = pieces_[series];
    for (auto from = borders.begin(), to = std::next(from); to != borders.end(); from = to++) {
      const Recording* best = nullptr;
      for (const auto& recording : recordings) {
        if (recording->span().contains(*from) && (best == nullptr || recording->rank() > best->rank())) {
          best = recording.get();
        }
      }
      if (best != nullptr) pieces.push_back({{*from, *to}, best});
    }
  }
}

const std::vector<Piece>& Overlay::pieces_of(const Series& series) const {
  static const std::vector<Piece> kNone;
  const auto found = pieces_.find(series);
  return found == pieces_.end() ? kNone : found->second;
}

std::optional<Row> Overlay::forming(const Series& series, Instant open) const {
  const auto found = forming_.find(series);
  if (found == forming_.end()) return std::nullopt;
  const auto row = std::ranges::find(found->second, open, &Row::open_time);
  if (row == found->second.end()) return std::nullopt;
  return *row;
}

std::vector<Row> parse_archive_csv(std::string_view csv) {
  std::vector<Row> rows;
  for (const auto line : split(csv, '\n')) {
    if (const auto row = parse_csv(line)) rows.push_back(*row);
  }
  return rows;
}

}  // namespace replica
