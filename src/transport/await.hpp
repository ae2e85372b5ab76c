// Waiting for what is otherwise called back.
#pragma once

#include <future>
#include <memory>
#include <utility>

namespace klinekeep::transport {

/// What `start` hands to the callback that it is given. Not for the threads that call back.
template <class Result, class Start>
[[nodiscard]] Result await(const Start& start) {
  // Shared, as whoever sets it may not be done with it when it is there.
  const auto promise = std::make_shared<std::promise<Result>>();
  auto result = promise->get_future();
  start([promise](Result come) { promise->set_value(std::move(come)); });
  return result.get();
}

}  // namespace klinekeep::transport
