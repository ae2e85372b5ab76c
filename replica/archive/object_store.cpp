#include "archive/object_store.hpp"

#include "archive/digest.hpp"

namespace replica {

std::optional<Object> ObjectStore::find(const std::string& name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  kept_.splice(kept_.begin(), kept_, found->second);
  return Object{found->second->bytes, facts_.at(name)};
}

void ObjectStore::keep(const std::string& name, const Object& object) {
  kept_.push_front({name, object.bytes});
  by_name_[name] = kept_.begin();
  facts_.insert_or_assign(name, object.facts);
  size_ += object.bytes->size();
  while (size_ > limit_ && kept_.size() > 1) {
    size_ -= kept_.back().bytes->size();
    by_name_.erase(kept_.back().name);
    kept_.pop_back();
  }
}

Object ObjectStore::get(const std::string& name, const Builder& build) {
  {
    std::unique_lock lock{mutex_};
    built_.wait(lock, [&] { return !building_.contains(name); });
    if (auto object = find(name)) return *object;
    building_.insert(name);
  }
  struct Done {
    ObjectStore& store;
    const std::string& name;
    ~Done() {
      const std::scoped_lock lock{store.mutex_};
      store.building_.erase(name);
      store.built_.notify_all();
    }
  } const done{*this, name};
  const auto bytes = std::make_shared<const std::string>(build());
  const Object object{bytes, {bytes->size(), md5_of(*bytes), sha256_of(*bytes)}};
  const std::scoped_lock lock{mutex_};
  keep(name, object);
  return object;
}

std::optional<ObjectFacts> ObjectStore::facts(const std::string& name) const {
  const std::scoped_lock lock{mutex_};
  const auto found = facts_.find(name);
  if (found == facts_.end()) return std::nullopt;
  return found->second;
}

}  // namespace replica
