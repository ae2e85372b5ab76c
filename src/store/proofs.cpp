#include "store/proofs.hpp"

#include <arrow/buffer.h>

namespace klinekeep::store {

bool Proof::covers(std::size_t batch, std::uint32_t columns) const {
  const std::scoped_lock lock{mutex_};
  return batch < proven_.size() && (proven_[batch] & columns) == columns;
}

void Proof::add(std::size_t batch, std::uint32_t columns) {
  const std::scoped_lock lock{mutex_};
  if (condemned_) return;
  if (proven_.size() <= batch) proven_.resize(batch + 1);
  proven_[batch] |= columns;
}

void Proof::condemn(const std::string& why) {
  const std::scoped_lock lock{mutex_};
  if (!condemned_) condemned_ = why;
  proven_.clear();
}

std::optional<std::string> Proof::condemned() const {
  const std::scoped_lock lock{mutex_};
  return condemned_;
}

std::shared_ptr<arrow::Buffer> Proof::mapping(const std::function<std::shared_ptr<arrow::Buffer>()>& map) {
  const std::scoped_lock lock{mutex_};
  auto held = mapping_.lock();
  if (!held) mapping_ = held = map();
  return held;
}

std::shared_ptr<Proof> Proofs::of(const std::shared_ptr<Files>& files, const FileStat& stat) {
  const Key key{files.get(), stat.device, stat.inode, stat.size, stat.modified_ns, stat.changed_ns};
  const std::scoped_lock lock{mutex_};
  if (const auto found = places_.find(key); found != places_.end()) {
    Entry& entry = *found->second;
    order_.splice(order_.begin(), order_, found->second);
    if (entry.files.expired()) entry = {key, files, std::make_shared<Proof>()};
    return entry.proof;
  }
  auto proof = std::make_shared<Proof>();
  order_.push_front({key, files, proof});
  places_.emplace(key, order_.begin());
  if (order_.size() > capacity_) {
    places_.erase(order_.back().key);
    order_.pop_back();
  }
  return proof;
}

std::size_t Proofs::size() const {
  const std::scoped_lock lock{mutex_};
  return order_.size();
}

}  // namespace klinekeep::store
