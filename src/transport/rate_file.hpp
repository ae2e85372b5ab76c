// The state file of one host, shared by the processes of one user.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "transport/rate_state.hpp"

namespace klinekeep::transport {

/// The folder for state files: $XDG_RUNTIME_DIR/klinekeep, or else /tmp/klinekeep-UID. Makes it, mode 0700. The error
/// says why neither can be used.
[[nodiscard]] tl::expected<std::filesystem::path, std::string> find_rate_directory();

/// One opened and locked state file; closing it lets go of the lock. Errors are sentences for people.
class RateFile {
 public:
  enum class Access : std::uint8_t { look, change };  // look: a file that is not there is not made

  /// Never waits longer than about 100 ms for the lock. The folder must be ours alone, the file a regular one of ours;
  /// links are not followed. Nothing when only looked for and not there.
  [[nodiscard]] static tl::expected<std::optional<RateFile>, std::string> open(const std::filesystem::path& directory,
                                                                               const std::string& host, Access access);
  RateFile(RateFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  RateFile& operator=(RateFile&&) = delete;
  ~RateFile();

  /// None when it is empty or rubbish.
  [[nodiscard]] std::optional<RateState> read() const;
  /// By one call, in place.
  [[nodiscard]] tl::expected<void, std::string> write(const RateState& state);

 private:
  explicit RateFile(int fd) : fd_(fd) {}
  int fd_;
};

/// `https_api.binance.com_443` for `https://api.binance.com:443`: a file name of at most 200 characters.
[[nodiscard]] std::string rate_file_name(const std::string& host);

}  // namespace klinekeep::transport
