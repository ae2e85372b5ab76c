// How the command line writes JSON.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace klinekeep::cli {

using Json = nlohmann::ordered_json;

/// Pretty-printed, with a newline at its end; bytes that are not UTF-8 (of paths) are replaced.
[[nodiscard]] inline std::string json_text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

/// An array of which each element is made, written and forgotten: for lists of many thousand. As json_text writes it.
class JsonList {
 public:
  void add(const Json& json) {
    const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace);
    text_ += text_.empty() ? "[\n  " : ",\n  ";
    for (std::size_t begin = 0; begin <= text.size();) {  // line by line: a string has no line break within
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      text_.append(text, begin, end - begin);
      if (end < text.size()) text_ += "\n  ";
      begin = end + 1;
    }
  }
  [[nodiscard]] std::string take() { return text_.empty() ? "[]\n" : std::move(text_) + "\n]\n"; }

 private:
  std::string text_;
};

}  // namespace klinekeep::cli
