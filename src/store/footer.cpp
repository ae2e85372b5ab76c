#include "store/footer.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/quote.hpp"
#include "processor/json_kernels.hpp"

namespace klinekeep::store {
namespace {

using nlohmann::json;
using simdjson::dom::element;

/// What is wrong with the JSON, on its way to a Refusal.
struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The members of an object, each taken once, so that one too many is noticed.
class Members {
 public:
  Members(const element& object, std::string_view name) : name_(name) {
    if (object.get(object_) != simdjson::SUCCESS) throw Wrong{fmt::format("{} is no object", name_)};
  }
  element take(const char* member) {
    element found;
    if (object_.at_key(member).get(found) != simdjson::SUCCESS) throw Wrong{fmt::format("{} has no {}", name_, member)};
    ++taken_;
    return found;
  }
  std::int64_t integer(const char* member) {
    std::int64_t value = 0;
    if (take(member).get(value) != simdjson::SUCCESS) throw Wrong{fmt::format("{} of {} is no integer", member, name_)};
    return value;
  }
  /// Between the years 0 and 9999.
  Timestamp time(const char* member) {
    const std::int64_t ms = integer(member);
    if (ms < to_ms(kBeginOfTime) || ms > to_ms(kEndOfTime))
      throw Wrong{fmt::format("{} of {} is out of range", member, name_)};
    return from_ms(ms);
  }
  std::string_view text(const char* member) {
    std::string_view value;
    if (take(member).get(value) != simdjson::SUCCESS) throw Wrong{fmt::format("{} of {} is no string", member, name_)};
    return value;
  }
  simdjson::dom::array array(const char* member) {
    simdjson::dom::array value;
    if (take(member).get(value) != simdjson::SUCCESS) throw Wrong{fmt::format("{} of {} is no array", member, name_)};
    return value;
  }
  bool boolean(const char* member) {
    bool value = false;
    if (take(member).get(value) != simdjson::SUCCESS) throw Wrong{fmt::format("{} of {} is no boolean", member, name_)};
    return value;
  }
  Origin origin() {
    const auto origin = parse_origin(text("origin"));
    if (!origin) throw Wrong{fmt::format("{} has an unknown origin", name_)};
    return *origin;
  }
  Trust trust() {
    const auto trust = parse_trust(text("trust"));
    if (!trust) throw Wrong{fmt::format("{} has an unknown trust", name_)};
    return *trust;
  }
  void end() const {
    if (taken_ != object_.size()) throw Wrong{fmt::format("{} has unknown members", name_)};
  }

 private:
  simdjson::dom::object object_;
  std::string_view name_;
  std::size_t taken_ = 0;
};

Coverage parse_coverage(const element& value) {
  Coverage coverage;
  Members lists{value, "coverage"};
  for (const element each : lists.array("answered")) {
    Members entry{each, "an answer"};
    coverage.answered.push_back(
        {entry.origin(), entry.trust(), {entry.time("begin"), entry.time("end")}, entry.time("at")});
    entry.end();
  }
  for (const element each : lists.array("holes")) {
    Members entry{each, "a hole"};
    coverage.holes.push_back({entry.origin(),
                              {entry.time("begin"), entry.time("end")},
                              entry.time("learnt"),
                              entry.time("asked"),
                              entry.boolean("weak")});
    entry.end();
  }
  for (const element each : lists.array("off_grid")) {
    Members entry{each, "an off-grid row"};
    coverage.off_grid.push_back({entry.time("open"), entry.origin(), entry.trust()});
    entry.end();
  }
  for (const element each : lists.array("files")) {
    Members entry{each, "a file"};
    coverage.files.push_back({std::string{entry.text("name")}, entry.trust(), std::string{entry.text("sha256")},
                              std::string{entry.text("etag")}, entry.time("at")});
    entry.end();
  }
  lists.end();
  return coverage;
}

BatchEntry parse_batch(const element& value) {
  BatchEntry batch;
  Members entry{value, "a batch"};
  batch.offset = entry.integer("offset");
  batch.metadata_length = entry.integer("metadata_length");
  batch.body_length = entry.integer("body_length");
  batch.rows = entry.integer("rows");
  batch.first = to_ms(entry.time("first"));
  batch.last = to_ms(entry.time("last"));
  const simdjson::dom::array sums = entry.array("xxh3");
  if (sums.size() != batch.xxh3.size()) throw Wrong{"a batch has not one sum a column"};
  std::size_t column = 0;
  for (const element each : sums) {
    std::string_view sum;
    if (each.get(sum) != simdjson::SUCCESS || !is_hex(sum, 32)) throw Wrong{"a batch's sum is not 32 hex digits"};
    batch.xxh3.at(column++) = sum;
  }
  entry.end();
  return batch;
}

Footer parse(const element& value, const PartitionKey& key) {
  Members members{value, "the metadata"};
  members.take("format");
  const Series& series = key.series;
  const auto check = [&](const char* member, std::string_view expected) {
    const std::string_view said = members.text(member);
    if (said != expected)
      throw Wrong{fmt::format("it holds {} {} where its path says {}", member, quote(said), quote(expected))};
  };
  check("upstream", series.upstream.name());
  check("kind", name(series.kind));
  check("market", name(series.market));
  check("symbol", series.symbol.text());
  check("interval", series.interval.archive_name());
  check("month", month_text(key.month));
  Footer footer;
  footer.rows = members.integer("rows");
  footer.coverage = parse_coverage(members.take("coverage"));
  for (const element batch : members.array("batches")) footer.batches.push_back(parse_batch(batch));
  members.end();
  return footer;
}

json json_of(const Coverage& coverage) {
  json lists{
      {"answered", json::array()}, {"holes", json::array()}, {"off_grid", json::array()}, {"files", json::array()}};
  for (const Answered& each : coverage.answered) {
    lists["answered"].push_back({{"origin", name(each.origin)},
                                 {"trust", klinekeep::name(each.trust)},
                                 {"begin", to_ms(each.range.begin)},
                                 {"end", to_ms(each.range.end)},
                                 {"at", to_ms(each.at)}});
  }
  for (const Hole& each : coverage.holes) {
    lists["holes"].push_back({{"origin", name(each.origin)},
                              {"begin", to_ms(each.range.begin)},
                              {"end", to_ms(each.range.end)},
                              {"learnt", to_ms(each.learnt_at)},
                              {"asked", to_ms(each.asked_at)},
                              {"weak", each.weak}});
  }
  for (const OffGrid& each : coverage.off_grid) {
    lists["off_grid"].push_back(
        {{"open", to_ms(each.open)}, {"origin", name(each.origin)}, {"trust", klinekeep::name(each.trust)}});
  }
  for (const UsedFile& each : coverage.files) {
    lists["files"].push_back({{"name", each.name},
                              {"trust", klinekeep::name(each.trust)},
                              {"sha256", each.sha256},
                              {"etag", each.etag},
                              {"at", to_ms(each.at)}});
  }
  return lists;
}

}  // namespace

std::optional<Timestamp> Footer::first() const {
  return batches.empty() ? std::nullopt : std::optional{from_ms(batches.front().first)};
}

std::optional<Timestamp> Footer::last() const {
  return batches.empty() ? std::nullopt : std::optional{from_ms(batches.back().last)};
}

Timestamp Footer::end() const {
  Timestamp end = batches.empty() ? kBeginOfTime : from_ms(batches.back().last + 1);
  for (const Answered& each : coverage.answered) end = std::max(end, each.range.end);
  return end;
}

Timestamp Footer::begin() const {
  Timestamp begin = batches.empty() ? kEndOfTime : from_ms(batches.front().first);
  for (const Answered& each : coverage.answered) begin = std::min(begin, each.range.begin);
  return begin;
}

std::string to_json(const Footer& footer, const PartitionKey& key) {
  json batches = json::array();
  for (const BatchEntry& batch : footer.batches) {
    batches.push_back({{"offset", batch.offset},
                       {"metadata_length", batch.metadata_length},
                       {"body_length", batch.body_length},
                       {"rows", batch.rows},
                       {"first", batch.first},
                       {"last", batch.last},
                       {"xxh3", batch.xxh3}});
  }
  const json value{{"format", kFormat},
                   {"upstream", key.series.upstream.name()},
                   {"kind", name(key.series.kind)},
                   {"market", name(key.series.market)},
                   {"symbol", key.series.symbol.text()},
                   {"interval", key.series.interval.archive_name()},
                   {"month", month_text(key.month)},
                   {"rows", footer.rows},
                   {"coverage", json_of(footer.coverage)},
                   {"batches", std::move(batches)}};
  return value.dump();
}

std::variant<Footer, Refusal> parse_footer(std::string_view text, const PartitionKey& key) {
  using Kind = Refusal::Kind;
  processor::use_json_kernels();
  simdjson::dom::parser parser;
  element value;
  std::uint64_t format = 0;
  const auto error = parser.parse(text.data(), text.size()).get(value);
  if (error == simdjson::MEMALLOC) throw std::bad_alloc{};
  if (error != simdjson::SUCCESS || value.at_key("format").get(format) != simdjson::SUCCESS)
    return Refusal{Kind::damaged, "its metadata is not the JSON that it should be"};
  if (format > kFormat) {
    return Refusal{Kind::newer_format,
                   fmt::format("it is of format {}, and this klinekeep reads format {}", format, kFormat)};
  }
  if (format != kFormat)
    return Refusal{Kind::damaged, fmt::format("it is of format {}, which no release wrote", format)};
  try {
    Footer footer = parse(value, key);
    std::string fault = fault_of(footer, key);
    if (!fault.empty()) return Refusal{Kind::damaged, std::move(fault)};
    return footer;
  } catch (const Wrong& wrong) {
    return Refusal{Kind::damaged, wrong.what()};
  }
}

}  // namespace klinekeep::store
