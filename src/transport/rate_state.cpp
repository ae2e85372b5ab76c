#include "transport/rate_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace klinekeep::transport {
namespace {

constexpr std::string_view kMagic = "klinekeep-rate 2 ";

std::int64_t minute_of(Timestamp t) { return std::chrono::floor<std::chrono::minutes>(t).time_since_epoch().count(); }

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

/// Takes a number and the blank after it off the front of `text`.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data() + text.size() || *end != ' ') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return number;
}

}  // namespace

RateState current(RateState state, Timestamp now) {
  if (state.minute != minute_of(now) || state.used < 0) state.used = 0;
  state.limit = std::max(state.limit, decltype(state.limit){0});
  state.minute = minute_of(now);
  if (state.paused_until <= now || state.paused_until > now + kLongestPause) {
    state.paused_until = Timestamp{};
    state.reason = PauseReason::rate_limit;
  }
  return state;
}

RateState merge(const RateState& ours, const RateState& shared) {
  RateState merged = ours.paused_until < shared.paused_until ? shared : ours;
  merged.used = std::max(ours.used, shared.used);
  merged.limit = shared.limit > 0 ? shared.limit : ours.limit;
  return merged;
}

std::string format_rate_state(const RateState& state) {
  std::string line =
      fmt::format("{}{} {} {} {} {} ", kMagic, state.minute, state.used, state.limit,
                  state.paused_until.time_since_epoch().count(), state.reason == PauseReason::ban ? 'b' : 'r');
  line += fmt::format("{:016x}", fnv1a(line));
  line.resize(kRateRecordSize - 1, ' ');
  return line + '\n';
}

std::optional<RateState> parse_rate_state(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return std::nullopt;
  std::string_view rest = bytes.substr(kMagic.size());
  const auto minute = take_number(rest);
  const auto used = minute ? take_number(rest) : std::nullopt;
  const auto limit = used ? take_number(rest) : std::nullopt;
  const auto paused_until = limit ? take_number(rest) : std::nullopt;
  if (!paused_until || rest.empty()) return std::nullopt;
  const RateState state{*minute, *used, *limit, Timestamp{Duration{*paused_until}},
                        rest.front() == 'b' ? PauseReason::ban : PauseReason::rate_limit};
  if (format_rate_state(state) != bytes) return std::nullopt;
  return state;
}

}  // namespace klinekeep::transport
