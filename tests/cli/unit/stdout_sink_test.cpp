#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>

#include "output/byte_sink.hpp"

namespace klinekeep::cli {
namespace {

class StdoutSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);
    ASSERT_EQ(pipe(ends_.data()), 0);
  }
  void TearDown() override {
    for (const int fd : ends_) close(fd);
  }
  void close_reader() {
    close(reader());
    ends_[0] = -1;
  }
  void close_writer() {
    close(writer());
    ends_[1] = -1;
  }
  [[nodiscard]] int reader() const { return ends_[0]; }
  [[nodiscard]] int writer() const { return ends_[1]; }

 private:
  std::array<int, 2> ends_{-1, -1};
};

std::string message_of(StdoutSink&& sink) {
  try {
    sink.write("bytes");
  } catch (const OutputError& error) {
    return error.what();
  }
  return "no error";
}

std::string made_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + i * 7 % 26);
  return bytes;
}

std::atomic<int> interruptions{0};

TEST_F(StdoutSinkTest, WritesAllOverInterruptionsAndShortWrites) {
  struct sigaction action{};
  action.sa_handler = [](int) { interruptions.fetch_add(1); };  // no SA_RESTART: write fails with EINTR
  struct sigaction before{};
  sigaction(SIGUSR1, &action, &before);
  const std::string bytes = made_bytes(4 << 20);
  std::string received;
  const pthread_t main_thread = pthread_self();
  std::jthread other{[&] {
    std::array<char, 50'000> block{};
    while (true) {
      for (int i = 0; i < 4; ++i) {  // the first ends a write that has got rid of something, the next one that has not
        // ThreadSanitizer keeps a signal that comes between two calls until the next one ends, which may wait for us:
        // again, then.
        for (const int before_this = interruptions; interruptions == before_this; std::this_thread::yield()) {
          pthread_kill(main_thread, SIGUSR1);
        }
      }
      const ssize_t count = read(reader(), block.data(), block.size());
      if (count <= 0) return;
      received.append(block.data(), static_cast<std::size_t>(count));
    }
  }};
  StdoutSink sink{writer()};
  EXPECT_NO_THROW(sink.write(bytes));
  EXPECT_NO_THROW(sink.commit());
  close_writer();
  other.join();
  sigaction(SIGUSR1, &before, nullptr);
  EXPECT_TRUE(received == bytes);
  EXPECT_GT(interruptions.load(), 10);
}

TEST_F(StdoutSinkTest, WaitsWhereTheDescriptorDoesNotBlock) {
  fcntl(writer(), F_SETFL, O_NONBLOCK);
  const std::string bytes = made_bytes(4 << 20);
  std::string received;
  std::jthread other{[&] {
    std::array<char, 50'000> block{};
    for (ssize_t count = 1; (count = read(reader(), block.data(), block.size())) > 0;) {
      received.append(block.data(), static_cast<std::size_t>(count));
    }
  }};
  EXPECT_NO_THROW(StdoutSink{writer()}.write(bytes));
  close_writer();
  other.join();
  EXPECT_TRUE(received == bytes);
}

TEST_F(StdoutSinkTest, TellsAClosedPipeFromAFailure) {
  close_reader();
  EXPECT_THROW(StdoutSink{writer()}.write("bytes"), PipeClosed);
}

TEST_F(StdoutSinkTest, LeavesTheDescriptorOpen) {
  {
    StdoutSink sink{writer()};
    sink.write("a");
    sink.commit();
  }
  EXPECT_EQ(write(writer(), "b", 1), 1);
}

TEST_F(StdoutSinkTest, SaysWhatCouldNotBeWrittenAndWhy) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  EXPECT_EQ(message_of(StdoutSink{full}), "cannot write standard output: No space left on device");
  close(full);
  EXPECT_EQ(message_of(StdoutSink{-1}), "cannot write standard output: Bad file descriptor");
}

TEST_F(StdoutSinkTest, IsNoFile) { EXPECT_FALSE(StdoutSink{}.is_file()); }

}  // namespace
}  // namespace klinekeep::cli
