#pragma once

#include <optional>

#include "archive/key.hpp"
#include "data/truth.hpp"

namespace replica {

/// When the files of the archive come into being.
class Schedule {
 public:
  Schedule(const Truth& truth, const Fixtures& fixtures, Millis daily_delay);

  /// The moment at which the file appears; nothing when it never does. A daily one the given delay after its day, a
  /// monthly one 2 to 15 days after its last candle closed, those of spot 3d and 1w much later and some not at all.
  std::optional<Instant> appears(const ArchiveFile& file) const;
  bool exists(const ArchiveFile& file, Instant now) const;

  /// Of the key of a file that exists, or of its CHECKSUM's: what the recorded listing says, or when a recorded zip was
  /// made, if that is past; else appears().
  Instant last_modified(const ArchiveFile& file, const std::string& key, Instant now) const;

  /// The opens that the file covers: its period, clipped where the archive starts later than trade did.
  static Span opens_of(const ArchiveFile& file);

  static TimeUnit unit_of(const ArchiveFile& file);
  bool has_header(const ArchiveFile& file) const;

 private:
  const Truth& truth_;
  Millis daily_delay_;
  std::map<std::string, Instant> recorded_;  // by key
};

}  // namespace replica
