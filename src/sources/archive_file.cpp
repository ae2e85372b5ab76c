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
constexpr std::uint64_t kMinBytesPerRow = 24;  // twelve fields of a character
constexpr std::int64_t kRowBytes = kSchema.size() * 8;
constexpr std::size_t kTogether = 1 << 20;  // bytes of a zip that are let go of at a time

std::uint64_t max_csv_bytes(Interval interval, const TimeRange& period) {
  return static_cast<std::uint64_t>(interval.count(period)) * kMaxBytesPerRow + kMaxBytesBeyondRows;
}

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

/// Keeps the body. Its memory is the step's, which had as much as was expected before it was asked for.
class ArchiveFileFetch::ZipSink final : public transport::BodySink {
 public:
  ZipSink(std::uint64_t limit, std::int64_t expected, MemoryShare& memory)
      : limit_(limit), expected_(expected), memory_(memory) {}

  void start(const transport::ResponseHead& head) override {
    body_.clear();
    laid_out_ = 0;
    const auto length = head.header("Content-Length");
    const auto bytes = length ? codecs::parse_header_integer(*length) : std::nullopt;
    if (bytes) {
      const std::uint64_t size = std::min(static_cast<std::uint64_t>(*bytes), limit_);
      expected_ = static_cast<std::int64_t>(size);
      body_.reserve(size);
    }
    has_memory_ = memory_.try_take(expected_, expected_);
  }
  bool has_room(std::size_t bytes) override {
    const auto size = static_cast<std::int64_t>(body_.size() + bytes);
    if (size > expected_) {
      expected_ = size + static_cast<std::int64_t>(PageStock::kBlock);
      has_memory_ = false;
    }
    has_memory_ = has_memory_ || memory_.try_take(expected_, untouched());
    return has_memory_;
  }
  bool write(std::string_view bytes) override {
    const std::size_t size = body_.size() + bytes.size();
    if (size > limit_) return false;
    if (size > laid_out_) {
      laid_out_ = size + PageStock::kBlock;
      lay_out(body_, laid_out_);
      static_cast<void>(memory_.try_take(expected_, untouched()));  // which it has
    }
    body_ += bytes;
    return true;
  }

  StockString take_body() { return std::move(body_); }

 private:
  [[nodiscard]] std::int64_t untouched() const {
    return std::max<std::int64_t>(expected_ - static_cast<std::int64_t>(laid_out_), 0);
  }

  std::uint64_t limit_;
  std::int64_t expected_;
  MemoryShare& memory_;
  bool has_memory_ = false;
  StockString body_{StockAllocator<char>{memory_.stock()}};
  std::size_t laid_out_ = 0;
};

ArchiveFileFetch::ArchiveFileFetch(const Series& series, const std::string& base_url, transport::HostClient& client,
                                   std::shared_ptr<StepRun> run)
    : series_(series),
      file_(std::get<planner::ArchiveFile>(run->step().action)),
      period_(planner::period_range(file_.granularity, file_.period)),
      stem_(file_stem(series, file_.granularity, file_.period)),
      url_(object_url(base_url, zip_key(series, file_.granularity, file_.period))),
      client_(client),
      run_(std::move(run)) {}

ArchiveFileFetch::~ArchiveFileFetch() = default;

void ArchiveFileFetch::start() {
  run_->memory().expect(series_.interval.count(period_) * kRowBytes);
  ask_for_both();
}

void ArchiveFileFetch::ask_for_both() {
  ++tries_;
  asked_again_ = false;
  notes_.clear();
  zip_.reset();
  coming_ = 2;
  zip_sink_ = std::make_unique<ZipSink>(max_csv_bytes(series_.interval, period_), run_->step().bytes, run_->memory());
  client_.get({.url = url_, .sink = *zip_sink_}, run_->stop(),
              of_step(run_, [self = shared_from_this()](transport::Answer answer) {
                self->zip_answer_.emplace(std::move(answer));
                self->one_came();
              }));
  ask_for_checksum();
}

void ArchiveFileFetch::ask_for_checksum() {
  checksum_sink_ = std::make_unique<transport::StringSink>(kMaxChecksumBytes);
  client_.get({.url = url_ + ".CHECKSUM", .sink = *checksum_sink_}, run_->stop(),
              of_step(run_, [self = shared_from_this()](transport::Answer answer) {
                self->checksum_answer_.emplace(std::move(answer));
                self->one_came();
              }));
}

void ArchiveFileFetch::one_came() {
  if (--coming_ == 0) run_->work([self = shared_from_this()] { self->go_on(); });
}

void ArchiveFileFetch::go_on() {
  constexpr int kTries = 2;
  if (zip_answer_) {
    if (auto result = read_zip_answer()) return run_->end(*std::move(result));
  }
  if (auto result = read_checksum_answer()) return run_->end(*std::move(result));
  const Proof proof = prove();
  if (proof != Proof::sha256 && !std::exchange(asked_again_, true)) {
    coming_ = 1;
    return ask_for_checksum();
  }
  StepResult result = use(proof);
  const bool distrusted = std::holds_alternative<planner::Distrusted>(result.answer);
  // What SHA-256 proves to be the published bytes would come again as it is.
  if (distrusted && proof != Proof::sha256 && tries_ < kTries) return ask_for_both();
  run_->end(std::move(result));
}

/// None where there is a zip.
std::optional<StepResult> ArchiveFileFetch::read_zip_answer() {
  const transport::Answer response = *std::exchange(zip_answer_, std::nullopt);
  if (!response) {
    const bool too_large = response.error().kind == transport::Failure::Kind::too_large;
    return too_large ? distrust(false, "it is larger than any file of its period can be") : failed(response.error());
  }
  const int status = response->head.status;
  if (status == 404) {
    StepResult absent;
    absent.answer = planner::Absent{};
    return absent;
  }
  if (status != 200) return refused(url_, status, "which is no answer to a file that is or is not there");
  const auto etag = response->head.header("ETag");
  const auto header = response->head.header("Last-Modified");
  const auto last_modified = header ? codecs::parse_http_date(*header) : std::nullopt;
  const Timestamp as_of = last_modified.value_or(run_->step().listed_as_of.value_or(response->sent));
  zip_ = std::make_unique<Zip>();
  zip_->bytes = zip_sink_->take_body();
  zip_->sha256 = codecs::sha256(zip_->bytes);
  zip_->etag = etag ? codecs::parse_etag_md5(*etag) : std::nullopt;
  zip_->times = {response->sent, response->heard, std::min(as_of, response->heard)};
  return std::nullopt;
}

/// None unless it is for a reason of ours that there is no answer.
std::optional<StepResult> ArchiveFileFetch::read_checksum_answer() {
  checksum_.reset();
  const transport::Answer response = *std::exchange(checksum_answer_, std::nullopt);
  if (!response) {
    if (auto ours = unless_it_is_upstreams(response.error())) return thrown(std::move(ours));
    checksum_problem_ = fmt::format("its CHECKSUM could not be had: {}", response.error().detail);
    return std::nullopt;
  }
  if (response->head.status != 200) {
    checksum_problem_ = fmt::format("it has no CHECKSUM (HTTP {})", response->head.status);
    return std::nullopt;
  }
  const auto parsed = codecs::parse_checksum(checksum_sink_->body());
  if (!parsed) {
    checksum_problem_ = fmt::format("its CHECKSUM is unreadable: {}", parsed.error().what);
  } else if (parsed->file_name != stem_ + ".zip") {
    checksum_problem_ = fmt::format("its CHECKSUM is that of {}", parsed->file_name);
  } else {
    checksum_ = parsed->sha256;
    checksum_problem_ = "its SHA-256 is not that of its CHECKSUM";
  }
  return std::nullopt;
}

ArchiveFileFetch::Proof ArchiveFileFetch::prove() const {
  if (checksum_ == zip_->sha256) return Proof::sha256;
  return zip_->etag && *zip_->etag == codecs::md5(zip_->bytes) ? Proof::etag : Proof::none;
}

StepResult ArchiveFileFetch::use(Proof proof) {
  codecs::Parsed<Settled> rows = read();
  if (!rows && proof == Proof::none) return distrust(false, checksum_problem_ + ", and " + rows.error().what);
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
                                .times = zip_->times};
  result.rows = std::move(*rows);
  result.file = UsedFile{.name = stem_ + ".zip",
                         .trust = trust,
                         .sha256 = codecs::hex(zip_->sha256),
                         .etag = zip_->etag ? codecs::hex(*zip_->etag) : std::string{},
                         .at = std::chrono::floor<std::chrono::seconds>(zip_->times.asked_at)};
  result.notes = std::move(notes_);
  return result;
}

codecs::Parsed<Settled> ArchiveFileFetch::read() const {
  Zip& zip = *zip_;
  MemoryShare& memory = run_->memory();
  const std::stop_token stop = run_->stop();
  const auto entry = codecs::only_entry(zip.bytes);
  if (!entry) return tl::unexpected(entry.error());
  if (entry->name != stem_ + ".csv") {
    return codecs::malformed(fmt::format("it holds {}, where {}.csv belongs", entry->name, stem_));
  }
  Candles candles = candles_in(memory.stock());
  candles.reserve(codecs::kRowsAhead +
                  std::min(static_cast<std::uint64_t>(series_.interval.count(period_)), entry->size / kMinBytesPerRow));
  codecs::CsvParser parser{candles};
  Exchange exchange{zip.bytes, candles, memory, stop};
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
  const std::string detail = fmt::format("{}.zip is corrupt and was not used: {}", stem_, why);
  notes_.push_back(detail);
  StepResult result;
  result.answer = planner::Distrusted{readable, detail, std::move(refused)};
  result.failure = HttpFailure{.url = url_, .status = 200, .retry_after = {}};
  result.notes = std::move(notes_);
  return result;
}

}  // namespace klinekeep::sources
