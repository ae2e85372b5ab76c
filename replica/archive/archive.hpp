#pragma once

#include "archive/object_store.hpp"
#include "archive/zip_factory.hpp"
#include "faults/rules.hpp"
#include "http/message.hpp"

namespace replica {

/// Size and hash of a file as the listing tells them. No etag: the file would have to be made to know, which costs too
/// much; the size is then an estimate.
struct ListedFacts {
  std::size_t size;
  std::optional<std::string> etag;
};

/// data.binance.vision: answers for files and their CHECKSUMs.
class Archive {
 public:
  Archive(const Catalogue& catalogue, const Schedule& schedule, const ZipFactory& factory, FaultRules& rules);

  /// `key` is without the leading slash; `faults` are those that fired on this request.
  Reply answer(const std::string& key, std::span<const Fault> faults, Instant now);

  ListedFacts listed_zip(const ArchiveFile& file);
  ListedFacts listed_checksum(const ArchiveFile& file);

  const Schedule& schedule() const { return schedule_; }

 private:
  Object object(const ArchiveFile& file, std::span<const Fault> faults);
  std::optional<ObjectFacts> cheap_facts(const ArchiveFile& file);
  Reply answer_zip(const ArchiveFile& file, std::span<const Fault> faults);
  Reply answer_checksum(const ArchiveFile& file, std::span<const Fault> faults);

  const Catalogue& catalogue_;
  const Schedule& schedule_;
  const ZipFactory& factory_;
  FaultRules& rules_;
  ObjectStore store_;
};

/// What S3 answers for a key that is not there.
Reply no_such_key(std::string_view key);

}  // namespace replica
