// A left-to-right dynamic programme. Its nodes are the slots at which something may begin: the first of each stretch,
// and where a page ended at its reach. What was decided about the current month and the current day is their state.
#include "planner/cover.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "planner/costs.hpp"

namespace klinekeep::planner {
namespace {

enum class Use : std::uint8_t {
  open,     // nothing was decided about the file
  used,     // it serves what it can
  refused,  // something else has served a slot that it could: it would be served twice
};

struct State {
  Use month = Use::open;
  Use day = Use::open;

  [[nodiscard]] std::size_t index() const {
    return static_cast<std::size_t>(month) * 3 + static_cast<std::size_t>(day);
  }
  static State from(std::size_t index) { return {static_cast<Use>(index / 3), static_cast<Use>(index % 3)}; }
};
constexpr std::size_t kStates = 9;

enum class Via : std::uint8_t { nothing, month, day, page };

constexpr std::int64_t kUnreached = std::numeric_limits<std::int64_t>::max();

/// The cheapest way to a node in one state.
struct Way {
  std::int64_t cost = kUnreached;
  std::uint32_t from = 0;  // node
  std::uint8_t from_state = 0;
  Via via = Via::nothing;
  Timestamp until;  // the end of what was paid for, where it is a page
};

struct Node {
  std::size_t stretch;
  Timestamp begin;
  std::array<Way, kStates> ways{};
};

class Cover {
 public:
  Cover(const Series& series, const Policy& policy, const std::vector<Stretch>& stretches)
      : series_(series), policy_(policy), stretches_(stretches) {
    for (const Stretch& stretch : stretches) {
      nodes_.push_back({.stretch = nodes_.size(), .begin = stretch.range.begin});
      places_.push_back({.month = period_of(Granularity::monthly, stretch.range.begin),
                         .day = period_of(Granularity::daily, stretch.range.begin),
                         .bars_to_end = bars_to(stretch.range.end)});
    }
    nodes_.push_back({.stretch = nodes_.size(), .begin = kEndOfTime});
    places_.push_back({.month = kEndOfTime, .day = kEndOfTime, .bars_to_end = 0});
  }

  std::vector<Choice> cheapest() {
    nodes_.front().ways[State{}.index()].cost = 0;
    for (std::size_t k = 0; k < stretches_.size(); ++k) {
      leave(k);
      // Leaving one of them may add another, further on.
      while (!inner_.empty() && inner_.begin()->first < stretches_[k].range.end) {
        leave(inner_.begin()->second);
        inner_.erase(inner_.begin());
      }
    }
    return way_back();
  }

 private:
  void leave(std::size_t node) {
    for (std::size_t s = 0; s < kStates; ++s) {
      if (nodes_[node].ways[s].cost != kUnreached) leave(node, State::from(s));
    }
  }

  void leave(std::size_t node, State state) {
    const std::size_t k = nodes_[node].stretch;
    const Stretch& stretch = stretches_[k];
    const Reached reached{node, state, nodes_[node].ways[state.index()].cost};
    if (serves(state, stretch)) {
      reach(reached, k + 1, passed(state, k), 0, Via::nothing);
      return;
    }
    const Interval interval = series_.interval;
    if (stretch.daily && state.day == Use::open) {
      State next = state;
      next.day = Use::used;
      if (stretch.monthly) next.month = Use::refused;
      reach(reached, k + 1, passed(next, k), file_cost(policy_, interval, Granularity::daily, places_[k].day),
            Via::day);
    }
    if (stretch.monthly && state.month == Use::open) {
      State next = state;
      next.month = Use::used;
      if (stretch.daily) next.day = Use::refused;
      reach(reached, k + 1, passed(next, k), file_cost(policy_, interval, Granularity::monthly, places_[k].month),
            Via::month);
    }
    if (stretch.page) leave_by_pages(reached, k);
  }

  struct Reached {
    std::size_t node;
    State state;
    std::int64_t cost;
  };

  /// One page from the node, to each end that it may have. A stretch for REST alone that is longer than a page is paged
  /// through at once, for there is nothing to decide inside of it.
  void leave_by_pages(const Reached& reached, std::size_t k) {
    Timestamp begin = nodes_[reached.node].begin;
    Timestamp limit = page_reach(series_, begin);
    std::int64_t paid = 0;
    const Stretch& own = stretches_[k];
    if (!own.daily && !own.monthly) {
      for (; limit < own.range.end; limit = page_reach(series_, begin)) {
        paid += page_cost(policy_, series_.interval.count({begin, limit}));
        begin = limit;
      }
    }
    const std::int64_t bars_to_begin = bars_to(begin);
    State state = reached.state;
    for (std::size_t j = k; j < stretches_.size(); ++j) {
      const Stretch& stretch = stretches_[j];
      if (j > k) state = passed(state, j - 1);
      if (!stretch.page || stretch.range.begin >= limit || serves(state, stretch)) return;
      if (stretch.monthly) state.month = Use::refused;
      if (stretch.daily) state.day = Use::refused;
      if (stretch.range.end > limit) {
        const std::int64_t cost = paid + page_cost(policy_, series_.interval.count({begin, limit}));
        reach(reached, inner_node(j, limit), state, cost, Via::page, limit);
        return;
      }
      const std::int64_t cost = paid + page_cost(policy_, bars_between(bars_to_begin, places_[j].bars_to_end));
      reach(reached, j + 1, passed(state, j), cost, Via::page, stretch.range.end);
    }
  }

  // Counting through the calendar for each end of each page would take most of the time. For 3d these are days.
  [[nodiscard]] std::int64_t bars_to(Timestamp t) const {
    const TimeRange before{stretches_.front().range.begin, t};
    return series_.interval == Interval::DAY_3 ? (before.end - before.begin) / std::chrono::days{1}
                                               : series_.interval.count(before);
  }
  [[nodiscard]] std::int64_t bars_between(std::int64_t begin, std::int64_t end) const {
    return series_.interval == Interval::DAY_3 ? (end - begin + 2) / 3 : end - begin;
  }

  static bool serves(State state, const Stretch& stretch) {
    return (stretch.monthly && state.month == Use::used) || (stretch.daily && state.day == Use::used);
  }

  /// The state at the beginning of the stretch after the k-th.
  [[nodiscard]] State passed(State state, std::size_t k) const {
    if (places_[k].month != places_[k + 1].month) state.month = Use::open;
    if (places_[k].day != places_[k + 1].day) state.day = Use::open;
    return state;
  }

  std::size_t inner_node(std::size_t k, Timestamp begin) {
    const auto [at, is_new] = inner_.try_emplace(begin, nodes_.size());
    if (is_new) nodes_.push_back({.stretch = k, .begin = begin});
    return at->second;
  }

  void reach(const Reached& reached, std::size_t node, State state, std::int64_t cost, Via via, Timestamp until = {}) {
    Way& way = nodes_[node].ways[state.index()];
    // Of equals the later reached: full pages come first, and only the last one may be small.
    if (reached.cost + cost > way.cost) return;
    way = {.cost = reached.cost + cost,
           .from = static_cast<std::uint32_t>(reached.node),
           .from_state = static_cast<std::uint8_t>(reached.state.index()),
           .via = via,
           .until = until};
  }

  [[nodiscard]] std::vector<Choice> way_back() const {
    std::vector<Choice> choices;
    std::size_t node = stretches_.size();
    for (std::size_t state = State{}.index(); node != 0;) {
      const Way& way = nodes_[node].ways[state];
      node = way.from;
      state = way.from_state;
      const Node& from = nodes_[node];
      const auto add = [&](auto what) { choices.push_back({.what = what, .first = &stretches_[from.stretch]}); };
      const Place& place = places_[from.stretch];
      if (way.via == Via::day) add(ArchiveFile{Granularity::daily, place.day});
      if (way.via == Via::month) add(ArchiveFile{Granularity::monthly, place.month});
      if (way.via == Via::page) {
        auto windows = pages_between(from.begin, way.until);
        std::ranges::reverse(windows);  // as all else is, until the end
        for (const TimeRange& window : windows) add(RestPage{window, 0});
      }
    }
    std::ranges::reverse(choices);
    return choices;
  }

  [[nodiscard]] std::vector<TimeRange> pages_between(Timestamp begin, Timestamp end) const {
    std::vector<TimeRange> windows;
    for (Timestamp next; begin < end; begin = next) {
      next = std::min(end, page_reach(series_, begin));
      windows.push_back({begin, next});
    }
    return windows;
  }

  struct Place {
    Timestamp month;
    Timestamp day;
    std::int64_t bars_to_end;
  };

  const Series& series_;
  const Policy& policy_;
  const std::vector<Stretch>& stretches_;
  std::vector<Node> nodes_;    // first those of the stretches, and the end
  std::vector<Place> places_;  // of the stretches, and the end
  std::map<Timestamp, std::size_t> inner_;
};

}  // namespace

std::vector<Choice> cheapest_cover(const Series& series, const Policy& policy, const std::vector<Stretch>& stretches) {
  if (stretches.empty()) return {};
  return Cover{series, policy, stretches}.cheapest();
}

}  // namespace klinekeep::planner
