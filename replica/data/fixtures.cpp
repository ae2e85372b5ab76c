#include "data/fixtures.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace replica {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::string> Fixtures::read(const std::string& path) const {
  std::ifstream file{root_ / path, std::ios::binary};
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>{file}, {}};
}

bool Fixtures::has(const std::string& path) const { return std::filesystem::is_regular_file(root_ / path); }

std::vector<std::string> Fixtures::files_under(const std::string& folder) const {
  std::vector<std::string> paths;
  if (!std::filesystem::is_directory(root_ / folder)) return paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{root_ / folder}) {
    if (entry.is_regular_file()) paths.push_back(std::filesystem::relative(entry.path(), root_).string());
  }
  std::ranges::sort(paths);
  return paths;
}

std::vector<std::vector<std::string>> Fixtures::read_csv(const std::string& path) const {
  std::vector<std::vector<std::string>> rows;
  const auto text = read(path);
  if (!text) return rows;
  auto lines = split(*text, '\n');
  lines.erase(lines.begin());
  for (auto line : lines) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto fields = split(line, ',');
    rows.emplace_back(fields.begin(), fields.end());
  }
  return rows;
}

}  // namespace replica
