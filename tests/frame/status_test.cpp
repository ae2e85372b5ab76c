#include "frame/status.hpp"

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>

namespace klinekeep::frame {
namespace {

TEST(ArrowStatus, TellsThatMemoryRanOutAndNothingElse) {
  EXPECT_THROW(check(arrow::Status::OutOfMemory("no room")), std::bad_alloc);
  EXPECT_THROW(check_memory(arrow::Status::OutOfMemory("no room")), std::bad_alloc);
  EXPECT_THROW(check(arrow::Status::Invalid("not so")), std::runtime_error);
  EXPECT_NO_THROW(check_memory(arrow::Status::Invalid("not so")));
  EXPECT_NO_THROW(check(arrow::Status::OK()));
}

TEST(ArrowStatus, GivesTheValueOrSaysWhyThereIsNone) {
  EXPECT_EQ(*value_of(arrow::Result<std::unique_ptr<int>>(std::make_unique<int>(7))), 7);
  EXPECT_THROW((void)value_of(arrow::Result<int>(arrow::Status::Invalid("not so"))), std::runtime_error);
  constexpr std::int64_t kMoreThanThereIs = std::int64_t{1} << 60;
  EXPECT_THROW((void)value_of(arrow::AllocateBuffer(kMoreThanThereIs)), std::bad_alloc);
}

}  // namespace
}  // namespace klinekeep::frame
