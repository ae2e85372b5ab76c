#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"

namespace replica {

std::vector<std::string_view> split(std::string_view text, char separator);

/// The folder of recorded data (tests/data), read only. An absent folder is an empty one.
class Fixtures {
 public:
  explicit Fixtures(std::filesystem::path root) : root_(std::move(root)) {}

  /// The file at a path relative to the folder; nothing where there is none.
  std::optional<std::string> read(const std::string& path) const;
  bool has(const std::string& path) const;

  /// Relative paths of all regular files under a folder, sorted.
  std::vector<std::string> files_under(const std::string& folder) const;

  /// The rows of a CSV file without its header row, split at commas (quotes are not understood).
  std::vector<std::vector<std::string>> read_csv(const std::string& path) const;

 private:
  std::filesystem::path root_;
};

}  // namespace replica
