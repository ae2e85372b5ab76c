#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace replica {

struct ObjectFacts {
  std::size_t size;
  std::string md5;
  std::string sha256;
};

struct Object {
  std::shared_ptr<const std::string> bytes;
  ObjectFacts facts;
};

/// Files made on demand. The bytes of the last used ones are kept up to a limit, their facts for good; when several ask
/// for a file that is not there yet, one makes it and the others wait. Thread-safe.
class ObjectStore {
 public:
  using Builder = std::function<std::string()>;

  explicit ObjectStore(std::size_t limit) : limit_(limit) {}

  Object get(const std::string& name, const Builder& build);
  std::optional<ObjectFacts> facts(const std::string& name) const;

 private:
  struct Kept {
    std::string name;
    std::shared_ptr<const std::string> bytes;
  };

  std::optional<Object> find(const std::string& name);
  void keep(const std::string& name, const Object& object);

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable built_;
  std::set<std::string> building_;
  std::list<Kept> kept_;  // last used first
  std::unordered_map<std::string, std::list<Kept>::iterator> by_name_;
  std::unordered_map<std::string, ObjectFacts> facts_;
  std::size_t size_ = 0;
};

}  // namespace replica
