#include "store/waiting.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "klinekeep/errors.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongestStep = 20ms;
constexpr auto kInSilence = 1s;
constexpr std::chrono::nanoseconds kStopped = 1s;  // a pause that took longer was not spent waiting

class RealPace final : public Pace {
 public:
  [[nodiscard]] std::chrono::nanoseconds now() const override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
  void pause(std::chrono::milliseconds time, const std::stop_token& stop) override {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock{mutex};
    stopped.wait_for(lock, stop, time, [] { return false; });
  }
};

}  // namespace

std::shared_ptr<Pace> real_pace() {
  static const std::shared_ptr<Pace> pace = std::make_shared<RealPace>();
  return pace;
}

Wait::Wait(Pace& pace, const Waiting& waiting, std::string sentence)
    : pace_(pace), waiting_(waiting), sentence_(std::move(sentence)) {}

void Wait::pause() {
  if (waiting_.stop.stop_requested()) throw Cancelled();
  const auto before = pace_.now();
  pace_.pause(step_, waiting_.stop);
  if (waiting_.stop.stop_requested()) throw Cancelled();
  lasted_ += std::min(pace_.now() - before, kStopped);
  step_ = std::min<std::chrono::milliseconds>(step_ * 2, kLongestStep);
  if (lasted_ < kInSilence || sentence_.empty()) return;
  const std::string sentence = std::exchange(sentence_, {});
  if (waiting_.tell) waiting_.tell(sentence);
}

}  // namespace klinekeep::store
