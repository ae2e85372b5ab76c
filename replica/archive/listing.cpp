#include "archive/listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace replica {
namespace {

constexpr std::size_t kMostKeys = 1000;

std::string escape_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

/// One page in the making: walks the tree of the archive in the order of keys, and leaves out what the question
/// excludes.
class Page {
 public:
  Page(const Catalogue& catalogue, Archive& archive, const FaultRules& rules, Instant now)
      : catalogue_(catalogue), archive_(archive), rules_(rules), now_(now) {}

  std::string prefix;
  std::string marker;
  bool delimited = false;
  std::size_t max_keys = kMostKeys;

  void fill() {
    if (max_keys == 0) return;
    std::vector<const MarketRules*> markets;  // "data/futures/cm/" before "data/futures/um/" before "data/spot/"
    for (const auto& market : all_markets()) markets.push_back(&market);
    std::ranges::sort(markets, {}, &MarketRules::archive_root);
    for (const auto* market : markets) {
      for (const bool daily : {true, false}) walk_market(*market, daily);
    }
  }

  std::string xml() const {
    std::string out = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
        "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<Name>data.binance.vision</Name><Prefix>{}</Prefix><Marker>{}</Marker>",
        escape_xml(prefix), escape_xml(marker));
    if (truncated_ && delimited) out += fmt::format("<NextMarker>{}</NextMarker>", escape_xml(last_));
    out += fmt::format("<MaxKeys>{}</MaxKeys>", max_keys);
    if (delimited) out += "<Delimiter>/</Delimiter>";
    return out + fmt::format("<IsTruncated>{}</IsTruncated>", truncated_) + contents_ + prefixes_ +
           "</ListBucketResult>";
  }

 private:
  /// Whether anything below this folder could be on the page.
  bool open(const std::string& folder) const {
    if (truncated_) return false;
    const bool related = folder.starts_with(prefix) || prefix.starts_with(folder);
    return related && (marker.starts_with(folder) || folder > marker);
  }

  /// With a delimiter, a folder below the prefix is one common prefix, whatever it holds. Returns whether it was.
  template <class HoldsFiles>
  bool roll_up(const std::string& folder, HoldsFiles holds_files) {
    if (!delimited || !folder.starts_with(prefix) || folder.size() == prefix.size()) return false;
    const auto slash = folder.find('/', prefix.size());
    const std::string common = folder.substr(0, slash + 1);
    if (common == last_ || common <= marker || !holds_files()) return true;
    if (!claim(common)) return true;
    prefixes_ += fmt::format("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", escape_xml(common));
    return true;
  }

  /// Takes one place of the page; on a full page marks it truncated instead.
  bool claim(const std::string& name) {
    if (count_ == max_keys) {
      truncated_ = true;
      return false;
    }
    ++count_;
    last_ = name;
    return true;
  }

  void walk_market(const MarketRules& market, bool daily) {
    const auto root = fmt::format("data/{}/{}/klines/", market.archive_root, daily ? "daily" : "monthly");
    if (!open(root)) return;
    auto symbols = catalogue_.symbols_of(market.id);
    std::ranges::sort(symbols, {}, [](const Symbol* symbol) { return symbol->name + '/'; });
    for (const Symbol* symbol : symbols) {
      const auto folder = root + symbol->name + '/';
      if (!open(folder)) continue;
      std::vector<const Interval*> intervals;
      for (const auto& interval : all_intervals()) {
        if (daily ? market.has_daily(interval) : market.has(interval)) intervals.push_back(&interval);
      }
      std::ranges::sort(intervals, {}, [](const Interval* i) { return std::string{i->archive_name} + '/'; });
      for (const Interval* interval : intervals) walk_series({symbol, interval}, daily);
    }
  }

  void walk_series(const Series& series, bool daily) {
    const auto folder = folder_of(series, daily);
    if (!open(folder)) return;
    if (roll_up(folder, [&] { return holds_files(series, daily); })) return;
    for (auto file = first_file(series, daily); file.period.from < std::min(series.symbol->life.to, now_);
         advance(file)) {
      const auto key = file.key();
      if (key + std::string{kChecksumSuffix} <= marker || !archive_.schedule().exists(file, now_)) continue;
      list(file, key, false);
      list(file, key + std::string{kChecksumSuffix}, true);
      if (truncated_) return;
    }
  }

  bool holds_files(const Series& series, bool daily) const {
    auto file = first_file(series, daily);
    for (; file.period.from < std::min(series.symbol->life.to, now_); advance(file)) {
      if (archive_.schedule().exists(file, now_)) return true;
    }
    return false;
  }

  static ArchiveFile first_file(const Series& series, bool daily) {
    ArchiveFile file{series, daily, {}};
    const Instant start = std::max(series.symbol->archive_from, floor_to_day(series.symbol->life.from));
    const Instant first = floor_open(*series.interval, start);
    file.period.from = daily ? floor_to_day(first) : floor_to_month(first);
    file.period.to = daily ? file.period.from + kDay : next_month(file.period.from);
    return file;
  }

  static void advance(ArchiveFile& file) {
    file.period.from = file.period.to;
    file.period.to = file.daily ? file.period.from + kDay : next_month(file.period.from);
  }

  void list(const ArchiveFile& file, const std::string& key, bool checksum) {
    if (truncated_ || key <= marker || !key.starts_with(prefix) || rules_.hides("/" + key) || !claim(key)) return;
    const ListedFacts facts = checksum ? archive_.listed_checksum(file) : archive_.listed_zip(file);
    const auto etag = facts.etag ? fmt::format("<ETag>&quot;{}&quot;</ETag>", *facts.etag) : "";
    contents_ += fmt::format(
        "<Contents><Key>{}</Key><LastModified>{}</LastModified>{}<Size>{}</Size><StorageClass>STANDARD"
        "</StorageClass></Contents>",
        escape_xml(key), to_iso(archive_.schedule().last_modified(file, key, now_)), etag, facts.size);
  }

  const Catalogue& catalogue_;
  Archive& archive_;
  const FaultRules& rules_;
  Instant now_;
  std::size_t count_ = 0;
  bool truncated_ = false;
  std::string last_;  // key or common prefix
  std::string contents_;
  std::string prefixes_;
};

}  // namespace

Reply Listing::answer(const Request& request, Instant now) {
  Page page{catalogue_, archive_, rules_, now};
  const auto parameter = [&](std::string_view name) {
    const auto* value = request.parameter(name);
    return value != nullptr ? *value : std::string{};
  };
  page.prefix = parameter("prefix");
  page.marker = parameter("marker");
  page.delimited = parameter("delimiter") == "/";
  const std::string limit = parameter("max-keys");
  std::from_chars(limit.data(), limit.data() + limit.size(), page.max_keys);
  page.max_keys = std::min(page.max_keys, kMostKeys);
  page.fill();
  Reply reply = make_reply(200, "application/xml", page.xml());
  reply.set_header("Server", "AmazonS3");
  return reply;
}

}  // namespace replica
