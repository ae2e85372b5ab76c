#include "sources/archive_file.hpp"

#include <fmt/format.h>

#include "codecs/checksum.hpp"
#include "codecs/csv.hpp"
#include "codecs/digest.hpp"
#include "codecs/http_text.hpp"
#include "codecs/zip.hpp"
#include "planner/period.hpp"
#include "sources/archive_names.hpp"
#include "sources/http_answers.hpp"

namespace klinekeep::sources {
namespace {

constexpr std::uint64_t kMaxBytesPerRow = 512;  // a row has about 150; what is far larger is no file of this period
constexpr std::uint64_t kMaxBytesBeyondRows = 1 << 20;
constexpr std::size_t kMaxChecksumBytes = 4096;
constexpr std::int64_t kZipBytesPerRow = 40;   // of the busiest symbols
constexpr std::uint64_t kMinBytesPerRow = 24;  // twelve fields of a character
constexpr std::int64_t kRowBytes = kSchema.size() * 8;
constexpr std::size_t kTogether = 1 << 20;  // bytes of a zip that are let go of at a time

std::uint64_t max_csv_bytes(Interval interval, const TimeRange& period) {
  return static_cast<std::uint64_t>(interval.count(period)) * kMaxBytesPerRow + kMaxBytesBeyondRows;
}

/// Keeps the body and hashes it while it arrives.
class HashingSink final : public transport::BodySink {
 public:
  HashingSink(std::uint64_t limit, std::int64_t expected, MemoryShare& memory, std::stop_token stop)
      : limit_(limit), expected_(expected), memory_(memory), stop_(std::move(stop)) {
    memory_.take(expected_, stop_, expected_);
  }

  void start(const transport::ResponseHead& head) override {
    body_.clear();
    laid_out_ = 0;
    hash_ = {};
    if (const auto length = head.header("Content-Length")) {
      if (const auto bytes = codecs::parse_header_integer(*length)) {
        const std::uint64_t size = std::min(static_cast<std::uint64_t>(*bytes), limit_);
        expected_ = static_cast<std::int64_t>(size);
        memory_.take(expected_, stop_, expected_);
        body_.reserve(size);
      }
    }
  }
  bool write(std::string_view bytes) override {
    const std::size_t size = body_.size() + bytes.size();
    if (size > limit_) return false;
    if (size > laid_out_) lay_out_for(size);
    body_ += bytes;
    hash_.update(bytes);
    return true;
  }

  StockString take_body() { return std::move(body_); }
  codecs::Sha256Sum sha256() { return hash_.finish(); }

 private:
  void lay_out_for(std::size_t size) {
    laid_out_ = size + PageStock::kBlock;
    lay_out(body_, laid_out_);
    const auto touched = static_cast<std::int64_t>(laid_out_);
    memory_.take(expected_, stop_, std::max<std::int64_t>(expected_ - touched, 0));
  }

  std::uint64_t limit_;
  std::int64_t expected_;
  MemoryShare& memory_;
  std::stop_token stop_;
  StockString body_{StockAllocator<char>{memory_.stock()}};
  std::size_t laid_out_ = 0;
  codecs::Sha256 hash_;
};

/// The memory of a zip and of the rows that come out of it, as the one becomes the other.
class Exchange {
 public:
  Exchange(StockString& zip, const Candles& rows, MemoryShare& memory, const std::stop_token& stop)
      : zip_(zip), rows_(rows), memory_(memory), stop_(stop) {}

  /// `unpacked` bytes of the zip are done with.
  void at(std::size_t unpacked) {
    if (unpacked - gone_ >= kTogether) {
      let_go_of_front(zip_, unpacked);
      gone_ = unpacked;
    }
    memory_.take(static_cast<std::int64_t>(zip_.size() - gone_) + row_bytes(), stop_);
  }
  void end() {
    zip_ = StockString{};
    memory_.take(row_bytes(), stop_);
  }

 private:
  [[nodiscard]] std::int64_t row_bytes() const {
    return static_cast<std::int64_t>(std::min(in_column_blocks(rows_.size()), rows_.open_time.capacity())) * kRowBytes;
  }

  StockString& zip_;
  const Candles& rows_;
  MemoryShare& memory_;
  const std::stop_token& stop_;
  std::size_t gone_ = 0;
};

}  // namespace

struct ArchiveFileFetch::Zip {
  StockString bytes;
  codecs::Sha256Sum sha256;
  std::optional<codecs::Md5Sum> etag;
  planner::AnswerTimes times;  // as_of: its Last-Modified, else the listing's, else when it was asked
};

ArchiveFileFetch::ArchiveFileFetch(const Series& series, const std::string& base_url, const planner::Step& step,
                                   transport::HostClient& client, std::stop_token stop, MemoryShare& memory)
    : series_(series),
      file_(std::get<planner::ArchiveFile>(step.action)),
      period_(planner::period_range(file_.granularity, file_.period)),
      stem_(file_stem(series, file_.granularity, file_.period)),
      url_(object_url(base_url, zip_key(series, file_.granularity, file_.period))),
      listed_as_of_(step.listed_as_of),
      client_(client),
      stop_(std::move(stop)),
      memory_(memory) {}

StepResult ArchiveFileFetch::run() {
  constexpr int kTries = 2;
  memory_.expect(series_.interval.count(period_) * kRowBytes);
  for (int attempt = 1;; ++attempt) {
    auto zip = fetch_zip();
    if (!zip) return std::move(zip.error());
    fetch_checksum();
    if (prove(*zip) != Proof::sha256) fetch_checksum();
    const Proof proof = prove(*zip);
    StepResult result = use(*zip, proof);
    const bool distrusted = std::holds_alternative<planner::Distrusted>(result.answer);
    // What SHA-256 proves to be the published bytes would come again as it is.
    if (!distrusted || proof == Proof::sha256 || attempt == kTries) return result;
    notes_.clear();
  }
}

tl::expected<ArchiveFileFetch::Zip, StepResult> ArchiveFileFetch::fetch_zip() {
  // It takes its memory at once, and not while a connection waits.
  HashingSink sink{max_csv_bytes(series_.interval, period_), series_.interval.count(period_) * kZipBytesPerRow, memory_,
                   stop_};
  const auto response = client_.get({.url = url_, .sink = sink, .weight = 0, .limit = 0, .rest = false}, stop_);
  if (!response) {
    const bool too_large = response.error().kind == transport::Failure::Kind::too_large;
    return tl::unexpected(too_large ? distrust(false, "it is larger than any file of its period can be")
                                    : failed(response.error()));
  }
  const int status = response->head.status;
  if (status == 404) {
    return tl::unexpected(
        StepResult{.answer = planner::Absent{}, .rows = {}, .trust = {}, .file = {}, .failure = {}, .notes = {}});
  }
  if (status != 200)
    return tl::unexpected(refused(url_, status, "which is no answer to a file that is or is not there"));
  const auto etag = response->head.header("ETag");
  const auto header = response->head.header("Last-Modified");
  const auto last_modified = header ? codecs::parse_http_date(*header) : std::nullopt;
  const Timestamp as_of = last_modified.value_or(listed_as_of_.value_or(response->sent));
  return Zip{.bytes = sink.take_body(),
             .sha256 = sink.sha256(),
             .etag = etag ? codecs::parse_etag_md5(*etag) : std::nullopt,
             .times = {response->sent, response->heard, std::min(as_of, response->heard)}};
}

void ArchiveFileFetch::fetch_checksum() {
  checksum_.reset();
  transport::StringSink sink{kMaxChecksumBytes};
  const auto response =
      client_.get({.url = url_ + ".CHECKSUM", .sink = sink, .weight = 0, .limit = 0, .rest = false}, stop_);
  if (!response) {
    throw_unless_it_is_upstreams(response.error());
    checksum_problem_ = fmt::format("its CHECKSUM could not be had: {}", response.error().detail);
    return;
  }
  if (response->head.status != 200) {
    checksum_problem_ = fmt::format("it has no CHECKSUM (HTTP {})", response->head.status);
    return;
  }
  const auto parsed = codecs::parse_checksum(sink.body());
  if (!parsed) {
    checksum_problem_ = fmt::format("its CHECKSUM is unreadable: {}", parsed.error().what);
  } else if (parsed->file_name != stem_ + ".zip") {
    checksum_problem_ = fmt::format("its CHECKSUM is that of {}", parsed->file_name);
  } else {
    checksum_ = parsed->sha256;
    checksum_problem_ = "its SHA-256 is not that of its CHECKSUM";
  }
}

ArchiveFileFetch::Proof ArchiveFileFetch::prove(const Zip& zip) const {
  if (checksum_ == zip.sha256) return Proof::sha256;
  return zip.etag && *zip.etag == codecs::md5(zip.bytes) ? Proof::etag : Proof::none;
}

StepResult ArchiveFileFetch::use(Zip& zip, Proof proof) {
  codecs::Parsed<Settled> rows = read(zip);
  if (!rows) return distrust(false, rows.error().what);
  if (proof == Proof::none && !file_.accept_unverified)
    return distrust(true, checksum_problem_ + ", nor does its ETag fit", rows->have);
  if (proof == Proof::etag) notes_.push_back(fmt::format("{}.zip: {}; used by its ETag", stem_, checksum_problem_));
  if (proof == Proof::none) notes_.push_back(fmt::format("{}.zip: {}; used unverified", stem_, checksum_problem_));
  StepResult result;
  const Trust trust = proof == Proof::sha256 ? Trust::verified : proof == Proof::etag ? Trust::etag : Trust::unverified;
  result.answer = planner::Rows{.have = rows->have,
                                .count = rows->count,
                                .span = rows->span,
                                .off_grid = !rows->off_grid.empty(),
                                .refused = rows->unfinished,
                                .trust = trust,
                                .times = zip.times};
  result.rows = std::move(*rows);
  result.trust = trust;
  result.file = FileProof{.name = stem_ + ".zip",
                          .sha256 = codecs::hex(zip.sha256),
                          .etag = zip.etag ? codecs::hex(*zip.etag) : std::string{}};
  result.notes = std::move(notes_);
  return result;
}

codecs::Parsed<Settled> ArchiveFileFetch::read(Zip& zip) const {
  const auto entry = codecs::only_entry(zip.bytes);
  if (!entry) return tl::unexpected(entry.error());
  if (entry->name != stem_ + ".csv") {
    return codecs::malformed(fmt::format("it holds {}, where {}.csv belongs", entry->name, stem_));
  }
  Candles candles = candles_in(memory_.stock());
  candles.reserve(codecs::kRowsAhead +
                  std::min(static_cast<std::uint64_t>(series_.interval.count(period_)), entry->size / kMinBytesPerRow));
  codecs::CsvParser parser{candles};
  Exchange exchange{zip.bytes, candles, memory_, stop_};
  auto done = codecs::extract(
      *entry, max_csv_bytes(series_.interval, period_), [&](std::string_view block) { return parser.feed(block); },
      [&](const std::byte* unread) {
        exchange.at(static_cast<std::size_t>(reinterpret_cast<const char*>(unread) - zip.bytes.data()));
      });
  if (done) done = parser.finish();
  exchange.end();
  if (!done) return tl::unexpected(done.error());
  return settle(std::move(candles), series_.interval, period_, zip.times.as_of);
}

StepResult ArchiveFileFetch::distrust(bool readable, std::string_view why, RangeSet refused) {
  const std::string detail = fmt::format("{}.zip is not to be believed: {}", stem_, why);
  notes_.push_back(detail);
  return {.answer = planner::Distrusted{readable, detail, std::move(refused)},
          .rows = {},
          .trust = {},
          .file = {},
          .failure = HttpFailure{.url = url_, .status = 200, .retry_after = {}},
          .notes = std::move(notes_)};
}

}  // namespace klinekeep::sources
