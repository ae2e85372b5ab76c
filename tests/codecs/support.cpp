#include "codecs/support.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "codecs/zip.hpp"

namespace klinekeep::codecs {
namespace {

const std::filesystem::path kData{KLINEKEEP_TEST_DATA};

template <class T>
std::string column_difference(std::string_view name, const CandleColumn<T>& a, const CandleColumn<T>& b) {
  if (a.size() != b.size()) return fmt::format("{}: {} and {} values", name, a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::bit_cast<std::int64_t>(a[i]) != std::bit_cast<std::int64_t>(b[i])) {
      return fmt::format("{}[{}]: {} and {}", name, i, a[i], b[i]);
    }
  }
  return "";
}

}  // namespace

std::string read_data(const std::filesystem::path& path) {
  std::ifstream in{kData / path, std::ios::binary};
  if (!in) throw std::runtime_error("no such test data: " + path.string());
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::vector<std::string> data_files(const std::string& folder, const std::function<bool(const std::string&)>& wanted) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{kData / folder}) {
    if (!entry.is_regular_file() || !wanted(entry.path().filename().string())) continue;
    paths.push_back(entry.path().lexically_relative(kData).string());
  }
  if (paths.empty()) throw std::runtime_error("no test data in " + folder);
  std::ranges::sort(paths);
  return paths;
}

std::string difference(const Candles& a, const Candles& b) {
  std::string found;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((found = found.empty() ? column_difference(kSchema[I].name, std::get<I>(a.columns()), std::get<I>(b.columns()))
                            : found),
     ...);
  }(std::make_index_sequence<kSchema.size()>{});
  return found;
}

std::string unzip(std::string_view file) {
  const auto entry = only_entry(file);
  EXPECT_TRUE(entry) << problem_of(entry);
  if (!entry) return "";
  std::string content;
  const auto done = extract(*entry, std::uint64_t{1} << 30U, [&](std::string_view block) -> Parsed<void> {
    content += block;
    return {};
  });
  EXPECT_TRUE(done) << problem_of(done);
  return content;
}

}  // namespace klinekeep::codecs
