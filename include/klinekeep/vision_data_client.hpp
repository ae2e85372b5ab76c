// The client of Binance's bulk archive, data.binance.vision.
#pragma once

#include <memory>
#include <optional>

#include "klinekeep/client_options.hpp"
#include "klinekeep/export.hpp"
#include "klinekeep/fetch_result.hpp"
#include "klinekeep/get_options.hpp"
#include "klinekeep/interval.hpp"
#include "klinekeep/market.hpp"
#include "klinekeep/symbol.hpp"

namespace klinekeep {

namespace sources {
class ArchiveClient;
}

/// Fetches candles from the archive's daily and monthly files, and from nowhere else. What is fetched is named in each
/// call; a client has no state but its connections. Thread-safe.
class KLINEKEEP_API VisionDataClient {
 public:
  /// Throws InvalidRequest where hosts are known to be of another upstream than is named, or than others of them, or
  /// where a host is too long to be a name.
  explicit VisionDataClient(VisionOptions options = {});
  ~VisionDataClient();
  VisionDataClient(const VisionDataClient&) = delete;
  VisionDataClient& operator=(const VisionDataClient&) = delete;

  /// All candles that open in `range` [begin, end), UTC. The archive answers with whole files: a hole in a verified
  /// file, and what lies before the first file, is a gap in the report; a period that is not over, or a file that is
  /// not there, is missing. Every file's SHA-256 is checked against its CHECKSUM before a row is used; where that is
  /// stale or absent, against its ETag. Throws InvalidRequest (the market lacks the interval), UnknownSymbol (the
  /// archive lists no file of the series), IncompleteData and its kin (something is missing), Cancelled.
  [[nodiscard]] FetchResult fetch(MarketType market, const Symbol& symbol, Interval interval, const TimeRange& range,
                                  const GetOptions& options = {}) const;

  /// The first day of which the archive lists a daily file of the series (or the first month, for intervals without
  /// daily files); none where it lists none. One request. Throws SourceUnavailable, IntegrityError, Cancelled.
  [[nodiscard]] std::optional<Timestamp> first_file(MarketType market, const Symbol& symbol, Interval interval,
                                                    std::stop_token stop = {}) const;

  /// Whose candles they are, as EnhancedRetriever::upstream.
  [[nodiscard]] Upstream upstream() const;

  /// For the library itself.
  [[nodiscard]] const std::shared_ptr<const sources::ArchiveClient>& client() const { return client_; }

 private:
  std::shared_ptr<const sources::ArchiveClient> client_;
};

}  // namespace klinekeep
