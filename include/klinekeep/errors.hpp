// The errors of the public API: one small hierarchy, grouped by what the caller should do. docs/errors.md lists each
// with its cause and remedy. All are copyable values; reading them is thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "klinekeep/export.hpp"
#include "klinekeep/interval.hpp"
#include "klinekeep/market.hpp"
#include "klinekeep/symbol.hpp"
#include "klinekeep/time.hpp"
#include "klinekeep/upstream.hpp"

namespace klinekeep {

/// What a request was about: a part of each error that came after the request was understood.
struct Asked {
  MarketType market;
  Symbol symbol;
  Interval interval;
  TimeRange range;  // of open_time, half-open
  Upstream upstream = {};
};

/// The HTTP answer (or its absence) that an error goes back to.
struct HttpFailure {
  std::string url;
  int status = 0;                                   // 0: there was no answer
  std::optional<std::chrono::seconds> retry_after;  // as the host asked
};

/// Why a range is missing. Each has one exit code when all that is missing has this cause.
enum class Cause : std::uint8_t {
  not_published,  // the source asked has no such file, or its period is not over
  integrity,      // what came was malformed or failed its checksum
  rate_limited,   // over the budget, or banned
  offline,        // not cached, and no source may be asked
  unavailable,    // time-out, refused, 5xx: the source could not be reached or does not serve us
};

[[nodiscard]] KLINEKEEP_API std::string_view name(Cause cause);

struct MissingRange {
  TimeRange range;  // of open_time, half-open, both ends on the grid
  Cause cause;
  std::string detail;  // a sentence for people: what was asked and what came
};

class KLINEKEEP_API Error : public std::runtime_error {
 public:
  /// The exit code of the command line for this error: 1 to 9, and 130 when interrupted.
  [[nodiscard]] int exit_code() const { return exit_code_; }

 protected:
  Error(int exit_code, const std::string& message) : std::runtime_error(message), exit_code_(exit_code) {}

 private:
  int exit_code_;
};

/// The request itself is wrong; found before any I/O. Fix the call. (A ValueError in Python.)
class KLINEKEEP_API InvalidRequest : public Error {
 public:
  explicit InvalidRequest(const std::string& message) : Error(2, message) {}
};

/// No source that may be asked knows the symbol.
class KLINEKEEP_API UnknownSymbol : public Error {
 public:
  UnknownSymbol(const std::string& message, Asked asked) : Error(7, message), asked_(std::move(asked)) {}
  [[nodiscard]] const Asked& asked() const { return asked_; }

 private:
  Asked asked_;
};

/// Candles that exist, or may exist, could not be had. `missing` names each range and why. Subclasses are for when all
/// that is missing has one cause.
class KLINEKEEP_API IncompleteData : public Error {
 public:
  IncompleteData(const std::string& message, std::optional<Asked> asked, std::vector<MissingRange> missing,
                 std::optional<HttpFailure> failure)
      : IncompleteData(3, message, std::move(asked), std::move(missing), std::move(failure)) {}

  /// The candles that were asked for; none where it was something else, like the list of symbols.
  [[nodiscard]] const std::optional<Asked>& asked() const { return asked_; }
  [[nodiscard]] const std::vector<MissingRange>& missing() const { return missing_; }
  /// The HTTP answer behind it, where there was one.
  [[nodiscard]] const std::optional<HttpFailure>& failure() const { return failure_; }

 protected:
  IncompleteData(int exit_code, const std::string& message, std::optional<Asked> asked,
                 std::vector<MissingRange> missing, std::optional<HttpFailure> failure)
      : Error(exit_code, message),
        asked_(std::move(asked)),
        missing_(std::move(missing)),
        failure_(std::move(failure)) {}

 private:
  std::optional<Asked> asked_;
  std::vector<MissingRange> missing_;
  std::optional<HttpFailure> failure_;
};

/// All that is missing was malformed or failed its checksum.
class KLINEKEEP_API IntegrityError : public IncompleteData {
 public:
  IntegrityError(const std::string& message, std::optional<Asked> asked, std::vector<MissingRange> missing,
                 std::optional<HttpFailure> failure)
      : IncompleteData(4, message, std::move(asked), std::move(missing), std::move(failure)) {}
};

/// All that is missing waits for the exchange's rate limit; `failure()->retry_after` says how long where it is known.
class KLINEKEEP_API RateLimited : public IncompleteData {
 public:
  RateLimited(const std::string& message, std::optional<Asked> asked, std::vector<MissingRange> missing,
              std::optional<HttpFailure> failure)
      : IncompleteData(5, message, std::move(asked), std::move(missing), std::move(failure)) {}
};

/// All that is missing is not cached, and no source may be asked.
class KLINEKEEP_API OfflineMiss : public IncompleteData {
 public:
  OfflineMiss(const std::string& message, std::optional<Asked> asked, std::vector<MissingRange> missing,
              std::optional<HttpFailure> failure)
      : IncompleteData(6, message, std::move(asked), std::move(missing), std::move(failure)) {}
};

/// All that is missing could not be asked: the source is down, out of reach, or does not serve us.
class KLINEKEEP_API SourceUnavailable : public IncompleteData {
 public:
  SourceUnavailable(const std::string& message, std::optional<Asked> asked, std::vector<MissingRange> missing,
                    std::optional<HttpFailure> failure)
      : IncompleteData(8, message, std::move(asked), std::move(missing), std::move(failure)) {}
};

/// The caller's stop token ended the work; nothing was half-done.
class KLINEKEEP_API Cancelled : public Error {
 public:
  Cancelled() : Error(130, "interrupted") {}
};

/// The cache directory cannot be used; or descriptors, mappings or threads of this process ran out, be it for the cache
/// or for a connection.
class KLINEKEEP_API CacheError : public Error {
 public:
  explicit CacheError(const std::string& message) : Error(9, message) {}
};

/// Throws IncompleteData, or its subclass when all of `missing` has one cause. The message names the first five ranges
/// by their first and last missing open_time. `missing` must not be empty.
[[noreturn]] KLINEKEEP_API void throw_incomplete(Asked asked, std::vector<MissingRange> missing,
                                                 std::optional<HttpFailure> failure);

/// Throws the error that belongs to `cause`, for a question that was not about candles.
[[noreturn]] KLINEKEEP_API void throw_unanswered(Cause cause, const std::string& message,
                                                 std::optional<HttpFailure> failure);

}  // namespace klinekeep
