#include "sources/workers.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "sources/threads.hpp"

namespace klinekeep::sources {
namespace {

std::size_t cores() { return std::max<std::size_t>(std::thread::hardware_concurrency(), 1); }

}  // namespace

/// A child has none of its parent's threads.
Workers& Workers::of_process() {
  static std::atomic<Workers*> workers = new Workers;
  Workers* mine = workers;
  if (mine->process_ == ::getpid()) return *mine;
  auto* const fresh = new Workers;
  if (workers.compare_exchange_strong(mine, fresh)) return *fresh;
  delete fresh;
  return *mine;
}

void Workers::add(Source& source) {
  const std::scoped_lock lock{mutex_};
  sources_.push_back(&source);
}

void Workers::remove(Source& source) {
  std::vector<std::jthread> ended;  // joined without the lock
  const std::scoped_lock lock{mutex_};
  std::erase(sources_, &source);
  if (!sources_.empty()) return;
  ++generation_;
  ended.swap(threads_);
  changed_.notify_all();
}

void Workers::wake() noexcept {
  const std::scoped_lock lock{mutex_};
  if (idle_ > 0) return changed_.notify_one();
  if (threads_.size() == cores() || sources_.empty()) return;
  try {
    threads_.reserve(cores());
    static_cast<void>(add_thread(threads_, [this, generation = generation_] { work(generation); }));
  } catch (const std::bad_alloc&) {
  }
}

void Workers::work(int generation) {
  std::unique_lock lock{mutex_};
  while (generation == generation_) {
    auto task = next();
    if (!task) {
      ++idle_;
      changed_.wait(lock);
      --idle_;
      continue;
    }
    lock.unlock();
    task->run();
    task = nullptr;
    lock.lock();
  }
}

std::shared_ptr<Workers::Task> Workers::next() {
  for (std::size_t left = sources_.size(); left > 0; --left) {
    Source* const source = sources_.front();
    sources_.splice(sources_.end(), sources_, sources_.begin());
    if (auto task = source->take_task()) return task;
  }
  return {};
}

}  // namespace klinekeep::sources
