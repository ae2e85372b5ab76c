#include "klinekeep/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "core/last_open.hpp"

namespace klinekeep {
namespace {

constexpr std::size_t kMaxNamed = 5;

/// For people: what adjoins and has one cause is one range, whatever each part of it met with.
std::vector<MissingRange> joined(const std::vector<MissingRange>& missing) {
  std::vector<MissingRange> list;
  for (const MissingRange& m : missing) {
    if (!list.empty() && list.back().range.end == m.range.begin && list.back().cause == m.cause) {
      list.back().range.end = m.range.end;
    } else {
      list.push_back(m);
    }
  }
  return list;
}

std::string describe(const Asked& asked, const std::vector<MissingRange>& parts) {
  const std::vector<MissingRange> missing = joined(parts);
  std::string text = fmt::format("{} {} {}", asked.symbol.text(), asked.interval.name(), name(asked.market));
  if (!asked.upstream.is_binance()) text += fmt::format(" of {}", asked.upstream.name());
  text += ": missing";
  for (std::size_t i = 0; i < std::min(kMaxNamed, missing.size()); ++i) {
    const MissingRange& m = missing[i];
    text += fmt::format("{}{} ({})", i == 0 ? " " : "; ", from_to(m.range, asked.interval), m.detail);
  }
  if (missing.size() > kMaxNamed) text += fmt::format("; and {} more ranges", missing.size() - kMaxNamed);
  return text;
}

[[noreturn]] void throw_kind(Cause cause, const std::string& message, std::optional<Asked> asked,
                             std::vector<MissingRange> missing, std::optional<HttpFailure> failure) {
  switch (cause) {
    case Cause::integrity:
      throw IntegrityError(message, std::move(asked), std::move(missing), std::move(failure));
    case Cause::rate_limited:
      throw RateLimited(message, std::move(asked), std::move(missing), std::move(failure));
    case Cause::offline:
      throw OfflineMiss(message, std::move(asked), std::move(missing), std::move(failure));
    case Cause::unavailable:
      throw SourceUnavailable(message, std::move(asked), std::move(missing), std::move(failure));
    case Cause::not_published:
      break;
  }
  throw IncompleteData(message, std::move(asked), std::move(missing), std::move(failure));
}

}  // namespace

std::string_view name(Cause cause) {
  switch (cause) {
    case Cause::not_published:
      return "not_published";
    case Cause::integrity:
      return "integrity";
    case Cause::rate_limited:
      return "rate_limited";
    case Cause::offline:
      return "offline";
    case Cause::unavailable:
      return "unavailable";
  }
  return "unknown";
}

void throw_incomplete(Asked asked, std::vector<MissingRange> missing, std::optional<HttpFailure> failure) {
  assert(!missing.empty());
  const Cause first = missing.front().cause;
  const bool one_cause = std::ranges::all_of(missing, [&](const MissingRange& m) { return m.cause == first; });
  const std::string message = describe(asked, missing);
  throw_kind(one_cause ? first : Cause::not_published, message, std::move(asked), std::move(missing),
             std::move(failure));
}

void throw_unanswered(Cause cause, const std::string& message, std::optional<HttpFailure> failure) {
  throw_kind(cause, message, std::nullopt, {}, std::move(failure));
}

}  // namespace klinekeep
