#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <regex>
#include <string>

#include "faults/fault.hpp"

namespace replica {

/// The rules that were posted, and how often each has fired. Thread-safe.
class FaultRules {
 public:
  /// Adds an array of rules and returns their numbers, which are never used again. With a bad one among them it throws
  /// BadRule and adds none.
  std::vector<int> add(const nlohmann::json& rules);
  void clear();
  nlohmann::json list() const;

  /// The faults that fire on a request for this decoded target (path?query), and counts them. For a file of the archive
  /// without those of its content.
  Faults fire(const std::string& target);

  /// The faults of the content of an archive file (its target, /data/….zip), and counts them.
  Faults content_of(const std::string& zip_target);

  /// What content_of would say, and whether the file is hidden, without counting anything: for listings.
  Faults peek_content(const std::string& zip_target) const;
  bool hides(const std::string& target) const;

 private:
  struct Rule {
    Fault fault;
    std::regex match;
    int skip = 0;                // that have yet to pass
    std::optional<int> times{};  // that are left
    int fired = 0;
    std::map<std::string, bool> objects{};  // files decided upon, of kContent

    bool matches(const std::string& target) const { return std::regex_search(target, match); }
    bool by_object() const;
    bool spend();        // one use: whether it fires
    bool ready() const;  // whether spend would fire
  };

  static Rule read(const nlohmann::json& rule, int number);

  mutable std::mutex mutex_;
  std::deque<Rule> rules_;
  int last_number_ = 0;
};

/// Whether a target is a file of the archive, and the zip that it is or that its CHECKSUM is about.
bool is_archive_target(std::string_view target);
std::string zip_target_of(const std::string& target);

}  // namespace replica
