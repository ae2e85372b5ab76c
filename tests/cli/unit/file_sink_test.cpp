#include "output/file_sink.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "klinekeep/errors.hpp"

namespace klinekeep::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FileSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "klinekeep-file-sink-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = fs::canonical(pattern);
    umask_before_ = umask(022);
  }
  void TearDown() override {
    umask(umask_before_);
    fs::remove_all(folder_);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  /// The names in the folder, sorted.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_)) found.push_back(entry.path().filename());
    std::ranges::sort(found);
    return found;
  }

  void put(const std::string& name, const std::string& text) const { std::ofstream{path(name)} << text; }

  [[nodiscard]] std::string text(const std::string& name) const {
    std::ifstream in{path(name)};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  [[nodiscard]] mode_t mode(const std::string& name) const {
    struct stat info{};
    EXPECT_EQ(stat(path(name).c_str(), &info), 0);
    return info.st_mode & 07777;
  }

  /// Writes `text` to `name` and commits.
  void replace(const std::string& name, const std::string& text) const {
    FileSink sink{path(name)};
    sink.write(text);
    sink.commit();
  }

 private:
  fs::path folder_;
  mode_t umask_before_ = 0;
};

template <class Action>
std::string message_of(const Action& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

/// What `action` returns in a process of its own.
template <class Action>
int in_child(const Action& action) {
  const pid_t child = fork();
  if (child == 0) _exit(action());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST_F(FileSinkTest, ShowsANewFileOnlyWhenItIsWhole) {
  FileSink sink{path("out.csv")};
  EXPECT_TRUE(sink.is_file());
  sink.write("first ");
  sink.write("second");
  EXPECT_FALSE(fs::exists(path("out.csv")));
  sink.commit();
  EXPECT_EQ(text("out.csv"), "first second");
  EXPECT_EQ(mode("out.csv"), 0644U);
  EXPECT_THAT(names(), ElementsAre("out.csv"));
}

TEST_F(FileSinkTest, TakesNoMoreOfTheDiskThanItsBytes) {
  const std::string piece(300'000, 'x');
  FileSink sink{path("rows.csv")};
  for (int i = 0; i < 20; ++i) sink.write(piece);
  sink.commit();
  struct stat status{};
  ASSERT_EQ(stat(path("rows.csv").c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 6'000'000);
  EXPECT_LT(status.st_blocks * 512, 6'000'000 + 100'000);
}

TEST_F(FileSinkTest, RespectsTheUmask) {
  umask(027);
  replace("out.csv", "x");
  EXPECT_EQ(mode("out.csv"), 0640U);
}

TEST_F(FileSinkTest, LeavesTheTargetAsItWasWithoutACommit) {
  put("out.csv", "old");
  {
    FileSink sink{path("out.csv")};
    sink.write("new");
    EXPECT_EQ(text("out.csv"), "old");
    EXPECT_EQ(names().size(), 2U);
  }
  EXPECT_EQ(text("out.csv"), "old");
  EXPECT_THAT(names(), ElementsAre("out.csv"));
  {
    const FileSink sink{path("other.csv")};
  }
  EXPECT_THAT(names(), ElementsAre("out.csv"));
}

TEST_F(FileSinkTest, HidesWhatIsNotWholeFromPatterns) {
  const FileSink sink{path("out.csv")};
  ASSERT_EQ(names().size(), 1U);
  EXPECT_EQ(names().front().front(), '.');
  EXPECT_NE(fs::path(names().front()).extension(), ".csv");
}

TEST_F(FileSinkTest, KeepsTheModeOfWhatItReplaces) {
  for (const mode_t wanted : {mode_t{0600}, mode_t{0666}, mode_t{0755}}) {
    put("out.csv", "old");
    ASSERT_EQ(chmod(path("out.csv").c_str(), wanted), 0);
    replace("out.csv", "new");
    EXPECT_EQ(mode("out.csv"), wanted);
    EXPECT_EQ(text("out.csv"), "new");
  }
}

TEST_F(FileSinkTest, FollowsLinksAndKeepsThem) {
  fs::create_directory(path("data"));
  put("data/real.csv", "old");
  fs::create_symlink("data/real.csv", path("relative"));
  fs::create_symlink(path("relative"), path("chain"));
  for (const std::string link : {"relative", "chain"}) {
    replace(link, "by " + link);
    EXPECT_TRUE(fs::is_symlink(path(link)));
    EXPECT_FALSE(fs::is_symlink(path("data/real.csv")));
    EXPECT_EQ(text("data/real.csv"), "by " + link);
  }
}

TEST_F(FileSinkTest, MakesWhatADanglingLinkPointsTo) {
  fs::create_symlink("later.csv", path("link"));
  replace("link", "new");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(text("later.csv"), "new");
  fs::create_symlink("missing/later.csv", path("astray"));
  EXPECT_THROW(FileSink{path("astray")}, InvalidRequest);
  fs::create_symlink("loop", path("loop"));
  EXPECT_THAT(message_of([&] { FileSink{path("loop")}; }), HasSubstr("Too many levels"));
}

TEST_F(FileSinkTest, RefusesAtOnceWhatCannotBeAFile) {
  put("file", "");
  EXPECT_THROW(FileSink{""}, InvalidRequest);
  EXPECT_THROW(FileSink{path("")}, InvalidRequest);
  EXPECT_THROW(FileSink{path(".")}, InvalidRequest);
  EXPECT_THROW(FileSink{path("new/")}, InvalidRequest);
  EXPECT_THROW(FileSink{path("file/")}, InvalidRequest);
  EXPECT_THROW(FileSink{path("file/out.csv")}, InvalidRequest);
  EXPECT_THROW(FileSink{"/"}, InvalidRequest);
  EXPECT_THROW((FileSink{std::string("out\0.csv", 8)}), InvalidRequest);
  EXPECT_THROW(FileSink{path(std::string(300, 'x'))}, OutputError);
  EXPECT_THAT(
      message_of([&] { FileSink{path("missing/out.csv")}; }),
      testing::AllOf(HasSubstr("cannot write '"), HasSubstr("missing/out.csv'"), HasSubstr("there is no folder '")));
  EXPECT_THAT(message_of([&] { FileSink{path("")}; }), HasSubstr("Is a directory"));
  EXPECT_THAT(names(), ElementsAre("file"));
}

TEST_F(FileSinkTest, DoesNotReplaceAFileThatMayNotBeWritten) {
  put("out.csv", "old");
  ASSERT_EQ(chmod(path("out.csv").c_str(), 0444), 0);
  ASSERT_EQ(chmod(path("").c_str(), 0777), 0);
  const int result = in_child([&] {
    if (geteuid() == 0 && seteuid(65534) != 0) return 2;  // root may write anything
    return message_of([&] { FileSink{path("out.csv")}; }).find("Permission denied") == std::string::npos ? 1 : 0;
  });
  EXPECT_EQ(result, 0);
  EXPECT_THAT(names(), ElementsAre("out.csv"));
}

TEST_F(FileSinkTest, WritesToTheLongestName) {
  const std::string name(255, 'x');
  replace(name, "new");
  EXPECT_EQ(text(name), "new");
}

TEST_F(FileSinkTest, StaysWhereItWasOpened) {
  const fs::path before = fs::current_path();
  fs::create_directory(path("sub"));
  fs::current_path(path("sub"));
  FileSink sink{"../out.csv"};
  fs::current_path(before);
  sink.write("new");
  sink.commit();
  EXPECT_EQ(text("out.csv"), "new");
}

TEST_F(FileSinkTest, WritesStraightToWhatIsNoRegularFile) {
  FileSink null{"/dev/null"};
  EXPECT_FALSE(null.is_file());
  null.write("gone");
  null.commit();
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_THAT(message_of([] { FileSink{"/dev/full"}.write("bytes"); }),
              "cannot write '/dev/full': No space left on device");
}

TEST_F(FileSinkTest, WritesStraightToAFifo) {
  signal(SIGPIPE, SIG_IGN);
  ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
  const int reader = open(path("fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  FileSink sink{path("fifo")};
  EXPECT_FALSE(sink.is_file());
  sink.write("bytes");
  std::string read_back(5, ' ');
  EXPECT_EQ(read(reader, read_back.data(), 5), 5);
  EXPECT_EQ(read_back, "bytes");
  close(reader);
  EXPECT_THROW(sink.write("more"), PipeClosed);
  EXPECT_THAT(names(), ElementsAre("fifo"));
}

TEST_F(FileSinkTest, AppendsToTheDescriptorThatAPathNames) {
  put("log", "before,");
  const int fd = open(path("log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  for (const std::string name : {"/dev/fd/", "/proc/self/fd/"}) {
    FileSink sink{name + std::to_string(fd)};
    EXPECT_FALSE(sink.is_file());
    sink.write(name);
    sink.commit();
  }
  EXPECT_EQ(write(fd, ",after", 6), 6);  // still open
  close(fd);
  EXPECT_EQ(text("log"), "before,/dev/fd//proc/self/fd/,after");
  EXPECT_THROW(FileSink{"/dev/fd/987654"}, OutputError);
  EXPECT_THROW(FileSink{"/dev/fd/99999999999"}, OutputError);
}

TEST_F(FileSinkTest, TakesDevStdoutForTheDescriptor) {
  put("log", "before,");
  const int result = in_child([&] {
    const int fd = open(path("log").c_str(), O_WRONLY | O_APPEND);
    dup2(fd, STDOUT_FILENO);
    FileSink sink{"/dev/stdout"};
    sink.write("after");
    sink.commit();
    return sink.is_file() ? 1 : 0;
  });
  EXPECT_EQ(result, 0);
  EXPECT_EQ(text("log"), "before,after");
}

TEST_F(FileSinkTest, LeavesTheTargetWhenTheDiskIsFull) {
  put("out.csv", "old");
  const int result = in_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const std::string message = message_of([&] {
      FileSink sink{path("out.csv")};
      sink.write(std::string(5000, 'x'));  // the first 1000 bytes are written
      sink.commit();
    });
    return message.ends_with("out.csv': File too large") ? 0 : 1;
  });
  EXPECT_EQ(result, 0);
  EXPECT_EQ(text("out.csv"), "old");
  EXPECT_THAT(names(), ElementsAre("out.csv"));
}

TEST_F(FileSinkTest, SaysWhenItCannotTakeThePlace) {
  {
    FileSink sink{path("out.csv")};
    fs::create_directory(path("out.csv"));
    EXPECT_THAT(message_of([&] { sink.commit(); }), HasSubstr("Is a directory"));
  }
  EXPECT_THAT(names(), ElementsAre("out.csv"));
}

/// What a sink asks of the system as it takes its target's place, in order, by the names that the files have then.
class Calls {
 public:
  /// `fails`: this call, counted from 0, fails with `error`, as often as `times`.
  explicit Calls(int fails = -1, int error = 0, int times = 1) : fails_(fails), error_(error), times_(times) {}

  [[nodiscard]] ReplacingCalls calls() {
    return {.sync = [this](int fd) { return note("sync " + name_of(fd)); },
            .rename =
                [this](const char* from, const char* to) {
                  const int result = note("rename to " + fs::path(to).filename().string());
                  return result != 0 ? result : std::rename(from, to);
                }};
  }
  [[nodiscard]] const std::vector<std::string>& made() const { return made_; }

 private:
  static std::string name_of(int fd) {
    const fs::path path = fs::read_symlink("/proc/self/fd/" + std::to_string(fd));
    if (fs::is_directory(path)) return "the folder";
    std::ifstream in{path};
    return "of '" + std::string{std::istreambuf_iterator<char>{in}, {}} + "'";
  }
  int note(const std::string& call) {
    const auto number = static_cast<int>(made_.size());
    made_.push_back(call);
    if (fails_ < 0 || number < fails_ || number >= fails_ + times_) return 0;
    errno = error_;
    return -1;
  }

  int fails_;
  int error_;
  int times_;
  std::vector<std::string> made_;
};

TEST_F(FileSinkTest, ItsBytesAreOnTheDiskBeforeTheyTakeTheTargetsPlaceAndItsNameAfter) {
  for (const bool replaces : {false, true}) {
    if (replaces) put("out.csv", "old");
    Calls calls;
    FileSink sink{path("out.csv"), calls.calls()};
    sink.write("new");
    sink.commit();
    EXPECT_THAT(calls.made(), ElementsAre("sync of 'new'", "rename to out.csv", "sync the folder"));
    EXPECT_EQ(text("out.csv"), "new");
  }
}

TEST_F(FileSinkTest, ALargeFileIsCutToItsBytesBeforeItIsSynced) {
  const std::string piece(300'000, 'x');
  Calls calls;
  FileSink sink{path("rows.csv"), calls.calls()};
  for (int i = 0; i < 20; ++i) sink.write(piece);
  sink.commit();
  ASSERT_FALSE(calls.made().empty());
  EXPECT_EQ(calls.made().front().size(), std::string{"sync of ''"}.size() + 6'000'000);
}

TEST_F(FileSinkTest, BytesThatDoNotReachTheDiskLeaveTheTarget) {
  for (const auto& [fails, error] : {std::pair{0, EIO}, {0, ENOSPC}, {0, EDQUOT}, {1, EIO}}) {
    put("out.csv", "old");
    Calls calls{fails, error};
    {
      FileSink sink{path("out.csv"), calls.calls()};
      sink.write("new");
      EXPECT_THAT(message_of([&] { sink.commit(); }), HasSubstr(std::generic_category().message(error)));
    }
    EXPECT_EQ(text("out.csv"), "old");
    EXPECT_THAT(names(), ElementsAre("out.csv"));
  }
}

TEST_F(FileSinkTest, TellsWhenTheNameMayNotLast) {
  Calls calls{2, EIO};
  FileSink sink{path("out.csv"), calls.calls()};
  sink.write("new");
  EXPECT_THAT(message_of([&] { sink.commit(); }), HasSubstr("Input/output error"));
  EXPECT_EQ(text("out.csv"), "new") << "it has taken the place";
}

TEST_F(FileSinkTest, TakesAFileSystemThatCannotSyncForWhatItIs) {
  for (const int error : {EINVAL, ENOSYS, ENOTSUP}) {
    for (const int fails : {0, 2}) {
      Calls calls{fails, error};
      FileSink sink{path("out.csv"), calls.calls()};
      sink.write("new");
      EXPECT_NO_THROW(sink.commit());
      EXPECT_EQ(text("out.csv"), "new");
    }
  }
}

TEST_F(FileSinkTest, SyncsAgainWhenASignalComesBetween) {
  Calls calls{0, EINTR, 2};
  FileSink sink{path("out.csv"), calls.calls()};
  sink.write("new");
  EXPECT_NO_THROW(sink.commit());
  EXPECT_THAT(calls.made(),
              ElementsAre("sync of 'new'", "sync of 'new'", "sync of 'new'", "rename to out.csv", "sync the folder"));
}

TEST_F(FileSinkTest, WritesIntoAFolderThatItMayNotRead) {
  fs::create_directory(path("in"));
  ASSERT_EQ(chmod(path("").c_str(), 0711), 0);
  ASSERT_EQ(chmod(path("in").c_str(), 0733), 0);
  const int result = in_child([&] {
    if (geteuid() == 0 && seteuid(65534) != 0) return 2;  // root may read anything
    return message_of([&] { replace("in/out.csv", "new"); }) == "no error" ? 0 : 1;
  });
  EXPECT_EQ(result, 0);
  EXPECT_EQ(text("in/out.csv"), "new");
}

TEST_F(FileSinkTest, SyncsNothingOfWhatItWritesStraight) {
  Calls calls;
  FileSink sink{"/dev/null", calls.calls()};
  sink.write("gone");
  sink.commit();
  EXPECT_THAT(calls.made(), IsEmpty());
}

TEST_F(FileSinkTest, LetsASignalHandlerCleanUp) {
  put("old.csv", "old");
  FileSink committed{path("done.csv")};
  committed.commit();
  FileSink pending{path("old.csv")};
  FileSink other{path("new.csv")};
  EXPECT_EQ(names().size(), 4U);
  errno = EDOM;
  unlink_pending_outputs();
  EXPECT_EQ(errno, EDOM);
  EXPECT_THAT(names(), ElementsAre("done.csv", "old.csv"));
  EXPECT_EQ(text("old.csv"), "old");
}

TEST_F(FileSinkTest, LeavesNothingWhenASignalEndsTheProcess) {
  const int result = in_child([&] {
    signal(SIGTERM, [](int) {
      unlink_pending_outputs();
      _exit(130);
    });
    FileSink sink{path("out.csv")};
    sink.write("half");
    raise(SIGTERM);
    return 0;
  });
  EXPECT_EQ(result, 130);
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(FileSinkTest, TakesAsManyAsCanBeCleanedUp) {
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<FileSink>> sinks;
    for (int i = 0; i < 16; ++i) sinks.push_back(std::make_unique<FileSink>(path(std::to_string(i))));
    EXPECT_THAT(message_of([&] { FileSink{path("one more")}; }), HasSubstr("too many"));
    sinks.front()->commit();
    EXPECT_NO_THROW(FileSink{path("one more")});
  }
  EXPECT_THAT(names(), ElementsAre("0"));
}

}  // namespace
}  // namespace klinekeep::cli
