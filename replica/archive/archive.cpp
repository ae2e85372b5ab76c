#include "archive/archive.hpp"

#include <fmt/format.h>

#include "archive/digest.hpp"

namespace replica {
namespace {

constexpr std::size_t kCacheLimit = std::size_t{3} << 29U;  // 1.5 GiB
constexpr std::size_t kCheapRows = 100;

std::string checksum_text(const ArchiveFile& file, std::string_view sha256) {
  const std::string_view end = file.series.symbol->rules().spot() ? "" : "\n";  // of futures not known; see README.md
  return fmt::format("{}  {}.zip{}", sha256, file.stem(), end);
}

std::string in_quotes(std::string_view text) { return fmt::format("\"{}\"", text); }

}  // namespace

Archive::Archive(const Catalogue& catalogue, const Schedule& schedule, const ZipFactory& factory, FaultRules& rules)
    : catalogue_(catalogue), schedule_(schedule), factory_(factory), rules_(rules), store_(kCacheLimit) {}

Object Archive::object(const ArchiveFile& file, std::span<const Fault> faults) {
  if (const Fault* other = find_fault(faults, "other_content")) {
    const auto source = parse_key(catalogue_, other->argument("key", std::string{}));
    if (source) return object(*source, {});
  }
  return store_.get(file.key() + names_of_rules(faults), [&] { return factory_.make(file, faults); });
}

Reply Archive::answer(const std::string& key, std::span<const Fault> faults, Instant now) {
  const bool checksum = key.ends_with(kChecksumSuffix);
  const auto file = parse_key(catalogue_, key.substr(0, key.size() - (checksum ? kChecksumSuffix.size() : 0)));
  const bool gone = find_fault(faults, "missing") != nullptr || find_fault(faults, "no_checksum") != nullptr;
  if (!file || gone || !schedule_.exists(*file, now)) return no_such_key(key);
  Reply reply = checksum ? answer_checksum(*file, faults) : answer_zip(*file, faults);
  reply.set_header("Last-Modified", to_http_date(schedule_.last_modified(*file, key, now)));
  reply.set_header("Accept-Ranges", "bytes");
  reply.set_header("Server", "AmazonS3");
  return reply;
}

Reply Archive::answer_zip(const ArchiveFile& file, std::span<const Fault> faults) {
  const Object expected = object(file, rules_.content_of(file.target()));
  Faults accidents;  // content whose hashes are those of the original
  for (const auto& fault : faults) {
    if (fault.stage == Stage::kContent) accidents.push_back(fault);
  }
  Reply reply = make_reply(200, "application/zip", {});
  reply.body = accidents.empty() ? expected.bytes : object(file, accidents).bytes;
  reply.set_header("ETag", in_quotes(expected.facts.md5));
  return reply;
}

Reply Archive::answer_checksum(const ArchiveFile& file, std::span<const Fault> faults) {
  const Object zip = object(file, rules_.content_of(file.target()));
  const bool stale = find_fault(faults, "stale_checksum") != nullptr;
  const std::string text =
      checksum_text(file, stale ? sha256_of(fmt::format("stale {}", file.key())) : zip.facts.sha256);
  Reply reply = make_reply(200, "binary/octet-stream", text);
  reply.set_header("ETag", in_quotes(md5_of(text)));
  return reply;
}

std::optional<ObjectFacts> Archive::cheap_facts(const ArchiveFile& file) {
  const Faults faults = rules_.peek_content(file.target());
  if (const auto known = store_.facts(file.key() + names_of_rules(faults))) return known;
  if (!factory_.recorded(file) && estimated_rows(file) > kCheapRows) return std::nullopt;
  return object(file, faults).facts;
}

ListedFacts Archive::listed_zip(const ArchiveFile& file) {
  const auto facts = cheap_facts(file);
  if (!facts) return {estimated_size(file), std::nullopt};
  return {facts->size, facts->md5};
}

ListedFacts Archive::listed_checksum(const ArchiveFile& file) {
  const auto facts = cheap_facts(file);
  if (!facts) return {checksum_text(file, std::string(64, '0')).size(), std::nullopt};
  const std::string text = checksum_text(file, facts->sha256);
  return {text.size(), md5_of(text)};
}

Reply no_such_key(std::string_view key) {
  const auto id = fmt::format("{:016X}", std::hash<std::string_view>{}(key));
  Reply reply =
      make_reply(404, "application/xml",
                 fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>The "
                             "specified key does not exist.</Message><Key>{}</Key><RequestId>{}</RequestId>"
                             "<HostId>{}</HostId></Error>",
                             key, id, id));
  reply.set_header("Server", "AmazonS3");
  return reply;
}

}  // namespace replica
