#include "transport/lanes.hpp"

#include <algorithm>
#include <utility>

namespace klinekeep::transport {

struct Lanes::Lane {
  struct Line {
    const void* run;
    std::shared_ptr<Waiters> waiting;
  };

  explicit Lane(int first) : window(first) {}

  /// Who waits for longest in the line whose turn it is, which then is the last.
  Waiters::GoOn take_next() {
    for (std::size_t left = lines.size(); left > 0; --left) {
      lines.splice(lines.end(), lines, lines.begin());
      const Line& line = lines.back();
      if (Waiters::GoOn go_on = line.waiting->take_first()) return go_on;
      lines.pop_back();
    }
    return {};
  }

  std::shared_ptr<Waiters> line_of(const void* run) {
    const auto found = std::ranges::find(lines, run, &Line::run);
    if (found != lines.end()) return found->waiting;
    lines.push_back({run, std::make_shared<Waiters>()});
    return lines.back().waiting;
  }

  HostWindow window;
  int under_way = 0;
  std::list<Line> lines;
};

Lanes::Lanes() = default;
Lanes::~Lanes() = default;

void Lanes::enter(const std::string& host, const void* run, int first, const std::stop_token& stop,
                  const Entered& entered) {
  std::unique_lock lock{mutex_};
  auto& slot = lanes_[host];
  if (!slot) slot = std::make_unique<Lane>(first);
  Lane& lane = *slot;
  if (lane.under_way < lane.window.size()) {
    ++lane.under_way;
    const int era = lane.window.era();
    lock.unlock();
    return entered(std::optional<Place>{std::in_place, *this, lane, era});
  }
  const std::shared_ptr<Waiters> line = lane.line_of(run);
  const auto waiter = line->add([this, &lane, entered](bool is_stopped) {
    if (is_stopped) return entered(std::nullopt);
    int era = 0;
    {
      const std::scoped_lock again{mutex_};
      era = lane.window.era();
    }
    entered(std::optional<Place>{std::in_place, *this, lane, era});
  });
  lock.unlock();
  line->arm(waiter, stop);
}

/// The place goes to the next one, and more where the window has grown meanwhile. One that leaves as soon as it is
/// called only adds to who is to be called: all of a long line may, and would not fit on the stack.
void Lanes::leave(Lane& lane) {
  std::unique_lock lock{mutex_};
  --lane.under_way;
  const auto [calling, is_first] = calling_.try_emplace(std::this_thread::get_id());
  std::list<Waiters::GoOn>& next = calling->second;
  while (lane.under_way < lane.window.size()) {
    Waiters::GoOn go_on = lane.take_next();
    if (!go_on) break;
    ++lane.under_way;
    next.push_back(std::move(go_on));
  }
  if (!is_first) return;
  while (!next.empty()) {
    Waiters::GoOn go_on = std::move(next.front());
    next.pop_front();
    lock.unlock();
    go_on(false);
    go_on = nullptr;
    lock.lock();
  }
  calling_.erase(calling);
}

Lanes::Place::Place(Place&& other) noexcept
    : lanes_(std::exchange(other.lanes_, nullptr)), lane_(other.lane_), era_(other.era_) {}

Lanes::Place::~Place() {
  if (lanes_ != nullptr) lanes_->leave(lane_);
}

void Lanes::Place::answered(Duration until_head) {
  const std::scoped_lock lock{lanes_->mutex_};
  lane_.window.answered(era_, until_head);
}

void Lanes::Place::troubled() {
  const std::scoped_lock lock{lanes_->mutex_};
  lane_.window.troubled(era_);
}

}  // namespace klinekeep::transport
