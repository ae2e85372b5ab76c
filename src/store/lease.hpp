// What a Lease holds; for Store.
#pragma once

#include "store/directory.hpp"
#include "store/store.hpp"

namespace klinekeep::store {

class Lease::Impl {
 public:
  /// As Store::lease; none where no lock can be made.
  [[nodiscard]] static std::unique_ptr<Impl> take(const Directory& directory, const Series& series,
                                                  const std::vector<Month>& months, const std::stop_token& stop);

  std::unique_ptr<LockFile> lock;
  bool waited = false;
};

}  // namespace klinekeep::store
