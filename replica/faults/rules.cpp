#include "faults/rules.hpp"

#include <algorithm>
#include <iterator>

#include "archive/key.hpp"
#include "faults/kinds.hpp"

namespace replica {
namespace {

std::regex compile(const std::string& pattern) {
  try {
    return std::regex{pattern, std::regex::ECMAScript | std::regex::optimize};
  } catch (const std::regex_error& error) {
    throw BadRule{"\"match\" is no ECMAScript pattern: " + std::string{error.what()}};
  }
}

}  // namespace

bool is_archive_target(std::string_view target) { return target.starts_with("/data/"); }

std::string zip_target_of(const std::string& target) {
  return target.ends_with(kChecksumSuffix) ? target.substr(0, target.size() - kChecksumSuffix.size()) : target;
}

/// Content whose CHECKSUM fits it is a property of the file; else it is an accident of one answer.
bool FaultRules::Rule::by_object() const {
  const auto* const otherwise = fault.is("corrupt_zip") ? "of_original" : "fits";
  return fault.stage == Stage::kContent && fault.arguments.value("checksum", otherwise) == std::string{"fits"};
}

bool FaultRules::Rule::ready() const { return skip == 0 && (!times || *times > 0); }

bool FaultRules::Rule::spend() {
  if (skip > 0) {
    --skip;
    return false;
  }
  if (!times) return true;
  if (*times <= 0) return false;
  --*times;
  return true;
}

FaultRules::Rule FaultRules::read(const nlohmann::json& rule, int number) {
  const Stage stage = check_rule(rule);
  const Fault fault{number, rule["kind"], stage, rule};
  Rule read{.fault = fault, .match = compile(rule["match"]), .skip = rule.value("skip", 0)};
  if (rule.contains("times")) read.times = rule["times"].get<int>();
  return read;
}

std::vector<int> FaultRules::add(const nlohmann::json& rules) {
  const std::scoped_lock lock{mutex_};
  std::vector<Rule> added;
  std::vector<int> numbers;
  for (const auto& rule : rules) {
    numbers.push_back(last_number_ + 1 + static_cast<int>(added.size()));
    added.push_back(read(rule, numbers.back()));
  }
  last_number_ += static_cast<int>(added.size());
  std::ranges::move(added, std::back_inserter(rules_));
  return numbers;
}

void FaultRules::clear() {
  const std::scoped_lock lock{mutex_};
  rules_.clear();
}

nlohmann::json FaultRules::list() const {
  const std::scoped_lock lock{mutex_};
  auto result = nlohmann::json::array();
  for (const auto& rule : rules_) {
    auto entry = rule.fault.arguments;
    entry["rule"] = rule.fault.rule;
    entry["fired"] = rule.fired;
    result.push_back(std::move(entry));
  }
  return result;
}

Faults FaultRules::fire(const std::string& target) {
  const bool archive = is_archive_target(target);
  const bool checksum = target.ends_with(kChecksumSuffix);
  const std::string zip = zip_target_of(target);
  Faults fired;
  const std::scoped_lock lock{mutex_};
  for (auto& rule : rules_) {
    const bool about_checksum = rule.fault.is("no_checksum") || rule.fault.is("stale_checksum");
    if (about_checksum && !checksum) continue;
    if (archive && rule.fault.stage == Stage::kContent && (checksum || rule.by_object())) continue;
    const bool matches = rule.matches(target) || (rule.fault.stage == Stage::kObject && rule.matches(zip));
    if (!matches || !rule.spend()) continue;
    ++rule.fired;
    fired.push_back(rule.fault);
  }
  return fired;
}

Faults FaultRules::content_of(const std::string& zip_target) {
  Faults faults;
  const std::scoped_lock lock{mutex_};
  for (auto& rule : rules_) {
    if (!rule.by_object() || !rule.matches(zip_target)) continue;
    const auto [decided, fresh] = rule.objects.try_emplace(zip_target, false);
    if (fresh) decided->second = rule.spend();
    if (!decided->second) continue;
    ++rule.fired;
    faults.push_back(rule.fault);
  }
  return faults;
}

Faults FaultRules::peek_content(const std::string& zip_target) const {
  Faults faults;
  const std::scoped_lock lock{mutex_};
  for (const auto& rule : rules_) {
    if (!rule.by_object() || !rule.matches(zip_target)) continue;
    const auto decided = rule.objects.find(zip_target);
    if (decided == rule.objects.end() ? rule.ready() : decided->second) faults.push_back(rule.fault);
  }
  return faults;
}

bool FaultRules::hides(const std::string& target) const {
  const bool checksum = target.ends_with(kChecksumSuffix);
  const std::string zip = zip_target_of(target);
  const std::scoped_lock lock{mutex_};
  return std::ranges::any_of(rules_, [&](const Rule& rule) {
    const bool hiding = rule.fault.is("missing") || (checksum && rule.fault.is("no_checksum"));
    return hiding && rule.ready() && (rule.matches(target) || rule.matches(zip));
  });
}

}  // namespace replica
