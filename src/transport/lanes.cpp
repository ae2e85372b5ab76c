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
  [[nodiscard]] bool take_next(Waiters::Taken& taken) {
    for (std::size_t left = lines.size(); left > 0; --left) {
      lines.splice(lines.end(), lines, lines.begin());
      if (lines.back().waiting->take_first(taken)) return true;
      lines.pop_back();
    }
    return false;
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
/// called only adds to who is to be called: all of a long line may, and would not fit on the stack. Needs no memory: a
/// place may be left because there is none.
void Lanes::leave(Lane& lane) {
  thread_local Waiters::Taken* calling = nullptr;  // by a leave of this thread, of these lanes or of others
  Waiters::Taken mine;
  Waiters::Taken& next = calling != nullptr ? *calling : mine;
  {
    const std::scoped_lock lock{mutex_};
    --lane.under_way;
    while (lane.under_way < lane.window.size() && lane.take_next(next)) ++lane.under_way;
  }
  if (calling != nullptr) return;
  calling = &mine;
  while (!mine.empty()) mine.call_first();
  calling = nullptr;
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
