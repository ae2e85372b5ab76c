#include "views/upkeep_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "output/display_text.hpp"
#include "output/number_text.hpp"
#include "views/partition_words.hpp"
#include "views/range_json.hpp"

namespace klinekeep::cli {
namespace {

constexpr std::size_t kValuesShown = 10;

std::string one_line(std::string_view text) {
  return StyledLine{}.add(text).render(std::numeric_limits<std::size_t>::max(), false);
}

/// Neighbours on the grid, joined.
std::vector<TimeRange> runs_of(const std::vector<Timestamp>& opens, Interval interval) {
  std::vector<TimeRange> runs;
  for (const Timestamp open : opens) {
    const Timestamp next = interval.on_grid(open) ? interval.next(open) : open + Duration{1};
    if (!runs.empty() && runs.back().end == open) {
      runs.back().end = next;
    } else {
      runs.push_back({open, next});
    }
  }
  return runs;
}

/// As in csv; `none` where there is no candle.
std::string value_text(const std::optional<double>& value) {
  if (!value) return "none";
  std::array<char, kMaxNumberText> text{};
  return {text.data(), put_double(text.data(), *value)};
}

/// The first values; how many more there are.
std::string values_text(const std::vector<ChangedValue>& values) {
  std::string text;
  for (const ChangedValue& each : std::span{values}.first(std::min(values.size(), kValuesShown))) {
    text += one_line(fmt::format("    {} {}: {} -> {}", format_iso(each.open_time), each.column,
                                 value_text(each.before), value_text(each.after)));
  }
  const auto more = std::ssize(values) - static_cast<std::ptrdiff_t>(kValuesShown);
  if (more > 0) text += one_line(fmt::format("    and {} more values; --json has all", with_thousands(more)));
  return text;
}

Json value_json(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

int code_of(Cause cause) {
  switch (cause) {
    case Cause::integrity:
      return 4;
    case Cause::rate_limited:
      return 5;
    case Cause::offline:
      return 6;
    case Cause::unavailable:
      return 8;
    case Cause::not_published:
      break;
  }
  return 3;
}

std::int64_t bytes_of(const std::vector<CacheEntry>& entries) {
  std::int64_t bytes = 0;
  for (const CacheEntry& entry : entries) bytes += entry.bytes;
  return bytes;
}

}  // namespace

std::string finding_line(const CacheFinding& finding) {
  return one_line(fmt::format("{}: {} ({})", partition_words(finding), finding.what, finding.path.native()));
}

std::string findings_json(const std::vector<CacheFinding>& findings) {
  Json list = Json::array();
  for (const CacheFinding& each : findings) {
    Json json = partition_json(each);
    json["what"] = each.what;
    json["path"] = each.path.native();
    list.push_back(std::move(json));
  }
  return json_text(list);
}

std::string repair_line(const RepairOutcome& outcome) {
  const std::string end = outcome.sound ? "sound now" : fmt::format("not repaired: {}", outcome.why);
  const std::string was = outcome.was.empty() ? "" : fmt::format("; before: {}", outcome.was);
  return one_line(fmt::format("{}: {}{}", partition_words(outcome), end, was));
}

std::string repairs_json(const std::vector<RepairOutcome>& outcomes) {
  Json list = Json::array();
  for (const RepairOutcome& each : outcomes) {
    Json json = partition_json(each);
    json["sound"] = each.sound;
    json["why"] = each.sound ? Json() : Json(each.why);
    json["was"] = each.was.empty() ? Json() : Json(each.was);
    list.push_back(std::move(json));
  }
  return json_text(list);
}

std::string refresh_lines(const RefreshOutcome& outcome) {
  if (!outcome.error.empty()) return one_line(fmt::format("{}: {}", series_words(outcome), outcome.error));
  const RefreshResult& result = outcome.result;
  std::string text = one_line(fmt::format("{}: {} looked at, {} added, {} changed, {}, {}", series_words(outcome),
                                          counted(result.partitions, "partition"), counted(result.rows_added, "candle"),
                                          with_thousands(std::ssize(result.changed)),
                                          counted(result.requests, "request"), size_text(result.bytes)));
  for (const std::string& file : result.changed_files) text += one_line(fmt::format("  asked again {}", file));
  for (const TimeRange& run : runs_of(result.changed, outcome.interval)) {
    text += one_line(fmt::format("  changed {}", from_to(run, outcome.interval)));
  }
  text += values_text(result.values);
  for (const MissingRange& failed : result.failed) {
    text += one_line(fmt::format("  failed {}: {}", from_to(failed.range, outcome.interval), failed.detail));
  }
  return text;
}

std::string refreshes_json(const std::vector<RefreshOutcome>& outcomes) {
  Json list = Json::array();
  for (const RefreshOutcome& each : outcomes) {
    Json changed = Json::array();
    for (const Timestamp t : each.result.changed) changed.push_back(format_iso(t));
    Json values = Json::array();
    for (const ChangedValue& value : each.result.values) {
      values.push_back({{"open_time", format_iso(value.open_time)},
                        {"column", std::string{value.column}},
                        {"before", value_json(value.before)},
                        {"after", value_json(value.after)}});
    }
    Json failed = Json::array();
    for (const MissingRange& missing : each.result.failed) {
      Json range = range_json(missing.range, each.interval);
      range["cause"] = std::string{name(missing.cause)};
      range["detail"] = missing.detail;
      failed.push_back(std::move(range));
    }
    Json json = series_json(each);
    json["partitions"] = each.result.partitions;
    json["rows_added"] = each.result.rows_added;
    json["changed_files"] = each.result.changed_files;
    json["changed"] = std::move(changed);
    json["values"] = std::move(values);
    json["failed"] = std::move(failed);
    json["requests"] = each.result.requests;
    json["bytes"] = each.result.bytes;
    json["notes"] = each.result.notes;
    json["error"] = each.error.empty() ? Json() : Json(each.error);
    list.push_back(std::move(json));
  }
  return json_text(list);
}

std::string prune_lines(const PruneResult& result) {
  std::string text;
  for (const CacheEntry& each : result.removed) {
    text += one_line(fmt::format("{}: removed, {}, last used {}", partition_words(each), size_text(each.bytes),
                                 format_iso(each.used)));
  }
  for (const std::string& note : result.notes) text += one_line("note: " + note);
  return text + one_line(fmt::format("{} removed, {}; {} left", counted(std::ssize(result.removed), "partition"),
                                     size_text(bytes_of(result.removed)), size_text(result.bytes_left)));
}

std::string prune_json(const PruneResult& result) {
  Json removed = Json::array();
  for (const CacheEntry& each : result.removed) {
    Json json = partition_json(each);
    json["bytes"] = each.bytes;
    json["used"] = format_iso(each.used);
    json["path"] = each.path.native();
    removed.push_back(std::move(json));
  }
  return json_text({{"removed", std::move(removed)},
                    {"bytes_removed", bytes_of(result.removed)},
                    {"bytes_left", result.bytes_left},
                    {"notes", result.notes}});
}

int common_code(const std::vector<int>& codes) {
  constexpr int kIncomplete = 3;
  int common = 0;
  for (const int code : codes) {
    if (code == 0 || code == common) continue;
    common = common == 0 ? code : kIncomplete;
  }
  return common;
}

int code_of(const std::vector<MissingRange>& missing) {
  std::vector<int> codes;
  codes.reserve(missing.size());
  for (const MissingRange& each : missing) codes.push_back(code_of(each.cause));
  return common_code(codes);
}

}  // namespace klinekeep::cli
