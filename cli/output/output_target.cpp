#include "output/output_target.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "core/quote.hpp"
#include "klinekeep/errors.hpp"
#include "output/byte_sink.hpp"

namespace klinekeep::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;

[[noreturn]] void fail(const std::string& path, int error) {
  const std::string message =
      fmt::format("cannot write {}: {}", quote_path(path), std::generic_category().message(error));
  if (error == EISDIR || error == ENOENT || error == ENOTDIR) throw InvalidRequest(message);
  throw OutputError(message);
}

bool is_on_procfs(const fs::path& folder) {
  struct statfs info{};
  return ::statfs(folder.c_str(), &info) == 0 && info.f_type == PROC_SUPER_MAGIC;
}

/// The N of /proc/self/fd/N, /dev/fd/N and their like, or none.
std::optional<int> own_descriptor(const fs::path& path) {
  std::error_code ignored;
  const fs::path folder = fs::canonical(path.parent_path(), ignored);
  const std::string own = fmt::format("/proc/{}/", ::getpid());
  if (!folder.native().starts_with(own) || folder.filename() != "fd") return std::nullopt;
  const std::string number = path.filename();
  int descriptor = -1;
  const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), descriptor);
  if (problem != std::errc{} || end != number.data() + number.size()) return std::nullopt;
  return descriptor;
}

OutputTarget existing(const std::string& asked, const fs::path& path, const struct stat& info) {
  if (S_ISDIR(info.st_mode)) fail(asked, EISDIR);
  if (!S_ISREG(info.st_mode)) return {OutputTarget::Kind::straight, path};
  if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) fail(asked, errno);
  return {OutputTarget::Kind::regular, path, -1, info.st_mode & 07777};
}

OutputTarget absent(const std::string& asked, const fs::path& path) {
  struct stat folder{};
  if (!path.has_filename()) fail(asked, EISDIR);  // ends in a slash
  if (::stat(path.parent_path().c_str(), &folder) != 0) {
    if (errno != ENOENT) fail(asked, errno);
    throw InvalidRequest(fmt::format("cannot write {}: there is no folder {}", quote_path(asked),
                                     quote_path(path.parent_path().native())));
  }
  if (!S_ISDIR(folder.st_mode)) fail(asked, ENOTDIR);
  return {OutputTarget::Kind::absent, path};
}

}  // namespace

OutputTarget find_output_target(const std::string& asked) {
  if (asked.empty()) throw InvalidRequest("cannot write a file without a name");
  if (asked.find('\0') != std::string::npos) fail(asked, ENOENT);
  if (asked == kStdout) return {OutputTarget::Kind::descriptor, asked, STDOUT_FILENO};
  std::error_code problem;
  fs::path path = fs::absolute(asked, problem);
  if (problem) fail(asked, problem.value());

  for (int links = 0; links <= kMaxLinks; ++links) {
    if (const auto descriptor = own_descriptor(path)) return {OutputTarget::Kind::descriptor, path, *descriptor};
    struct stat info{};
    if (::lstat(path.c_str(), &info) != 0) {
      if (errno == ENOENT) return absent(asked, path);
      fail(asked, errno);
    }
    if (!S_ISLNK(info.st_mode)) return existing(asked, path, info);
    // A link in /proc does not say where it leads (pipe:[123]); it can only be opened.
    if (is_on_procfs(path.parent_path())) return {OutputTarget::Kind::straight, path};
    const fs::path next = fs::read_symlink(path, problem);
    if (problem) fail(asked, problem.value());
    path = path.parent_path() / next;
  }
  fail(asked, ELOOP);
}

bool lead_to_one_place(const std::string& one, const std::string& other) {
  const OutputTarget a = find_output_target(one);
  const OutputTarget b = find_output_target(other);
  if (a.kind != b.kind || a.kind == OutputTarget::Kind::straight) return false;  // /dev/null takes anything
  if (a.kind == OutputTarget::Kind::descriptor) return a.descriptor == b.descriptor;
  std::error_code ignored;
  return fs::path{a.path}.lexically_normal() == fs::path{b.path}.lexically_normal() ||
         fs::equivalent(a.path, b.path, ignored);
}

}  // namespace klinekeep::cli
