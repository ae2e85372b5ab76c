#include "store/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

#include "store/lock.hpp"

namespace klinekeep::store {
namespace {

using nlohmann::json;

constexpr int kCatalogueFormat = 1;
constexpr std::int64_t kMaxBytes = std::int64_t{1} << 30;

/// Takes the entries as they are read: the text is large, and its values as one tree are many times larger. All but
/// what is written here is rubbish.
class Reader final : public nlohmann::json_sax<json> {
 public:
  Reader(Catalogue& catalogue, const Market& market) : catalogue_(catalogue), market_(market) {}

  bool key(std::string& name) override {
    if (depth_ == kRoot) {
      in_partitions_ = name == "partitions";
      in_format_ = name == "format";
      whose_ = name == "upstream" ? Whose::upstream : name == "market" ? Whose::market : Whose::neither;
    } else if (depth_ == kEntry) {
      const auto* const found = std::ranges::find(kFields, name);
      field_ = static_cast<std::size_t>(found - kFields.begin());
    }
    return true;
  }
  bool string(std::string& text) override {
    if (depth_ == kRoot && whose_ != Whose::neither) return take(text);
    if (depth_ != kEntry || field_ != kPath) return is_unknown();
    path_ = std::move(text);
    return see();
  }
  bool number_integer(std::int64_t number) override { return take(number); }
  bool number_unsigned(std::uint64_t number) override {
    if (depth_ == kEntry && field_ == kInode) {
      entry_.inode = number;
      return see();
    }
    return number <= std::uint64_t{std::numeric_limits<std::int64_t>::max()} && take(static_cast<std::int64_t>(number));
  }
  bool number_float(double /*number*/, const std::string& /*text*/) override { return is_unknown(); }
  bool null() override { return is_unknown(); }
  bool boolean(bool /*value*/) override { return is_unknown(); }
  bool binary(nlohmann::json::binary_t& /*value*/) override { return false; }

  bool start_object(std::size_t /*size*/) override {
    ++depth_;
    if (depth_ == kEntry) {
      if (!in_partitions_) return false;
      entry_ = {};
      seen_ = 0;
    }
    return depth_ == kRoot || depth_ == kEntry;
  }
  bool end_object() override {
    if (depth_-- != kEntry) return true;
    if ((seen_ & kNeeded) != kNeeded) return false;
    catalogue_.insert_or_assign(catalogue_.end(), std::move(path_), std::move(entry_));
    return true;
  }
  bool start_array(std::size_t /*size*/) override {
    ++depth_;
    bounds_.clear();
    if (depth_ == kList) return in_partitions_;
    return depth_ > kEntry && field_ == kCovered;
  }
  bool end_array() override {
    const int depth = depth_--;
    if (depth == kRanges) return see();
    if (depth != kRange) return depth == kList;
    if (bounds_.size() < 2) return false;
    entry_.covered.push_back({bounds_[0], bounds_[1]});
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

  [[nodiscard]] bool is_whole() const { return has_format_ && has_upstream_ && has_market_; }

 private:
  static constexpr std::array<std::string_view, 10> kFields{"path",  "size", "mtime_ns", "inode", "rows",
                                                            "begin", "end",  "covered",  "first", "last"};
  enum Field : std::size_t { kPath, kSize, kModified, kInode, kRows, kBegin, kEnd, kCovered, kFirst, kLast };
  enum Depth : int { kRoot = 1, kList, kEntry, kRanges, kRange };
  static constexpr std::uint32_t kNeeded = (1U << kFirst) - 1;  // all before `first`

  enum class Whose : std::uint8_t { upstream, market, neither };

  /// A catalogue that was moved or copied speaks for no other market.
  [[nodiscard]] bool take(std::string_view text) {
    bool& seen = whose_ == Whose::upstream ? has_upstream_ : has_market_;
    seen = text == (whose_ == Whose::upstream ? std::string_view{market_.upstream.name()} : name(market_.type));
    return seen;
  }
  [[nodiscard]] bool see() {
    seen_ |= 1U << field_;
    return true;
  }
  /// A value that does not belong where it is, unless nobody knows its name.
  [[nodiscard]] bool is_unknown() const {
    if (depth_ == kEntry) return field_ == kFields.size();
    return depth_ == kRoot && !in_partitions_ && !in_format_;
  }
  [[nodiscard]] bool take(std::int64_t number) {
    const Timestamp time = from_ms(std::clamp(number, to_ms(kBeginOfTime), to_ms(kEndOfTime)));
    if (depth_ == kRange) {
      bounds_.push_back(time);
      return true;
    }
    if (depth_ == kRoot && in_format_) {
      has_format_ = number == kCatalogueFormat;
      return has_format_;
    }
    if (depth_ != kEntry) return is_unknown();
    switch (field_) {
      case kSize:
        entry_.size = number;
        break;
      case kModified:
        entry_.modified_ns = number;
        break;
      case kRows:
        entry_.rows = number;
        break;
      case kBegin:
        entry_.begin = time;
        break;
      case kEnd:
        entry_.end = time;
        break;
      case kFirst:
        entry_.first = time;
        break;
      case kLast:
        entry_.last = time;
        break;
      default:
        return is_unknown();
    }
    return see();
  }

  Catalogue& catalogue_;
  const Market& market_;
  Whose whose_ = Whose::neither;
  bool has_upstream_ = false;
  bool has_market_ = false;
  int depth_ = 0;
  bool in_partitions_ = false;
  bool in_format_ = false;
  bool has_format_ = false;
  std::size_t field_ = kFields.size();
  std::uint32_t seen_ = 0;
  std::string path_;
  CatalogueEntry entry_;
  std::vector<Timestamp> bounds_;
};

}  // namespace

CatalogueEntry entry_of(const Footer& footer, Interval interval, const FileStat& stat) {
  CatalogueEntry entry;
  entry.size = stat.size;
  entry.modified_ns = stat.modified_ns;
  entry.inode = stat.inode;
  entry.rows = footer.rows;
  entry.first = footer.first();
  entry.last = footer.last();
  const Known known = store::known(footer.coverage, interval, Filter{});
  RangeSet covered = known.archive;
  covered.add(known.rest);
  entry.covered = covered.ranges();
  entry.begin = footer.begin();
  entry.end = footer.end();
  return entry;
}

std::string to_json(const Catalogue& catalogue, const Market& market) {
  std::string text = fmt::format(R"({{"format":{},"upstream":"{}","market":"{}","partitions":[)", kCatalogueFormat,
                                 market.upstream.name(), name(market.type));
  const auto out = std::back_inserter(text);
  for (const auto& [path, entry] : catalogue) {
    fmt::format_to(out,
                   "{}\n{{\"path\":{},\"size\":{},\"mtime_ns\":{},\"inode\":{},\"rows\":{},\"begin\":{},\"end\":{}",
                   text.back() == '[' ? "" : ",", json(path).dump(), entry.size, entry.modified_ns, entry.inode,
                   entry.rows, to_ms(entry.begin), to_ms(entry.end));
    if (entry.first) fmt::format_to(out, ",\"first\":{}", to_ms(*entry.first));
    if (entry.last) fmt::format_to(out, ",\"last\":{}", to_ms(*entry.last));
    text += ",\"covered\":";
    std::string_view before = "[";
    for (const TimeRange& range : entry.covered) {
      fmt::format_to(out, "{}[{},{}]", before, to_ms(range.begin), to_ms(range.end));
      before = ",";
    }
    text += entry.covered.empty() ? "[]}" : "]}";
  }
  return text + "\n]}\n";
}

Catalogue parse_catalogue(std::string_view text, const Market& market) {
  Catalogue catalogue;
  Reader reader{catalogue, market};
  if (!json::sax_parse(text, &reader) || !reader.is_whole()) return {};
  return catalogue;
}

std::string catalogue_path(const PartitionKey& key) {
  return fmt::format("{}/{}", kind_and_series(key.series), partition_name(key.month, key.part));
}

std::optional<PartitionKey> parse_catalogue_path(const Market& market, const std::string& path) {
  std::vector<std::string> parts;
  for (const auto& part : std::filesystem::path{path}) parts.push_back(part.string());
  const bool names_kind = parts.size() == 4;
  if (!names_kind && parts.size() != 3) return std::nullopt;
  const auto kind = names_kind ? parse_kind(parts.front()) : Kind::klines;
  if (!kind || (names_kind && *kind == Kind::klines)) return std::nullopt;
  const std::size_t symbol = names_kind ? 1 : 0;
  const auto series = parse_series(market, *kind, parts[symbol], parts[symbol + 1]);
  const auto partition = parse_partition_name(parts[symbol + 2]);
  if (!series || !partition) return std::nullopt;
  return PartitionKey{*series, partition->month, partition->part};
}

Catalogue load_catalogue(const Directory& directory, const Market& market) {
  try {
    const auto text = read_text(*directory.files, directory.layout.catalogue(market), kMaxBytes);
    return text ? parse_catalogue(*text, market) : Catalogue{};
  } catch (const FileError&) {
    return {};
  }
}

void save_catalogue(const Directory& directory, const Market& market, const Catalogue& catalogue,
                    const Waiting* waiting) {
  Files& files = *directory.files;
  const auto path = directory.layout.catalogue(market);
  make_folder(directory, path.parent_path());
  const auto guard = directory.layout.catalogue_lock(market);
  const auto held =
      waiting != nullptr ? lock(directory, guard, 0, path.string(), *waiting) : try_lock(directory, guard, 0);
  if (!held) return;
  const auto temporary = path.parent_path() / ".cache_index.json.tmp";
  files.remove(temporary);  // whoever made it is dead
  publish_text(files, path, temporary, to_json(catalogue, market));
}

}  // namespace klinekeep::store
