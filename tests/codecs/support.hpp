// What the codecs' tests share: the recorded data, and comparisons that say where two answers differ.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "codecs/malformed.hpp"
#include "core/candles.hpp"

namespace klinekeep::codecs {

/// The bytes of a file below tests/data. Throws std::runtime_error where there is none.
std::string read_data(const std::filesystem::path& path);

/// The files below tests/data/`folder`, as paths that read_data takes, sorted, whose name `wanted` takes.
/// Throws std::runtime_error where there is none.
std::vector<std::string> data_files(const std::string& folder, const std::function<bool(const std::string&)>& wanted);

/// "" where both are equal bit for bit, else the first difference.
std::string difference(const Candles& a, const Candles& b);

/// The message of a failed parse; "" where it did not fail.
template <class T>
std::string problem_of(const Parsed<T>& parsed) {
  return parsed ? "" : parsed.error().what;
}

/// The unpacked bytes of a zip's only file, by our own reader. Fails the test where there are none.
std::string unzip(std::string_view file);

}  // namespace klinekeep::codecs
