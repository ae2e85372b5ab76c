#include "transport/head_reader.hpp"

#include <charconv>

namespace klinekeep::transport {
namespace {

constexpr std::size_t kMaxSize = 64 * 1024;
constexpr int kMaxLines = 512;

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// 503 of `HTTP/1.1 503 Service Unavailable`; 0 when it is no status line.
int status_of(std::string_view line) {
  const auto blank = line.find(' ');
  if (!line.starts_with("HTTP/") || blank == std::string_view::npos) return 0;
  const std::string_view digits = trim(line.substr(blank)).substr(0, 3);
  int status = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
  return error == std::errc{} && end == digits.data() + 3 && status >= 100 ? status : 0;
}

}  // namespace

HeadReader::Progress HeadReader::feed(std::string_view line) {
  size_ += line.size();
  if (size_ > kMaxSize || ++lines_ > kMaxLines) return Progress::bad;
  if (complete_) return Progress::going_on;  // a trailer
  if (head_.status == 0) {
    head_.status = status_of(line);
    return head_.status == 0 ? Progress::bad : Progress::going_on;
  }
  if (trim(line).empty()) return end_of_head();
  if (const auto colon = line.find(':');
      line.front() != ' ' && line.front() != '\t' && colon != std::string_view::npos) {
    head_.headers.push_back({std::string{trim(line.substr(0, colon))}, std::string{trim(line.substr(colon + 1))}});
  } else if (!head_.headers.empty()) {  // the folded rest of the line before
    head_.headers.back().value.append(" ").append(trim(line));
  }
  return Progress::going_on;
}

HeadReader::Progress HeadReader::end_of_head() {
  if (head_.status < 200) {  // a 1xx: the answer is still to come
    head_ = {};
    return Progress::going_on;
  }
  complete_ = true;
  return Progress::complete;
}

}  // namespace klinekeep::transport
