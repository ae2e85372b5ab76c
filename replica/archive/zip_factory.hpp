#pragma once

#include <string>

#include "archive/schedule.hpp"
#include "faults/fault.hpp"

namespace replica {

/// Makes the bytes of archive files: the recorded zip where there is one, else one written from the rows of the truth.
class ZipFactory {
 public:
  ZipFactory(const Truth& truth, const Fixtures& fixtures, const Schedule& schedule)
      : truth_(truth), fixtures_(fixtures), schedule_(schedule) {}

  /// `faults` may change rows, lines, and the finished zip.
  std::string make(const ArchiveFile& file, std::span<const Fault> faults) const;

  /// A recorded zip written anew from its rows; only the time of the entry is taken over. Nothing for other files.
  std::optional<std::string> rebuild(const ArchiveFile& file) const;

  bool recorded(const ArchiveFile& file) const;

 private:
  std::optional<std::string> recorded_bytes(const ArchiveFile& file) const;
  std::string write(const ArchiveFile& file, const std::vector<Row>* rows, Instant modified,
                    std::span<const Fault> faults) const;

  const Truth& truth_;
  const Fixtures& fixtures_;
  const Schedule& schedule_;
};

/// About how many rows the file has, and how large it is before it is made.
std::size_t estimated_rows(const ArchiveFile& file);
std::size_t estimated_size(const ArchiveFile& file);

}  // namespace replica
