#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace replica {

enum class Effort { kAsBinance, kFast };  // zlib's level 6, byte for byte; or ISA-L, some ten times faster

/// Compresses in pieces as they come.
class Deflater {
 public:
  virtual ~Deflater() = default;
  virtual void append(std::string_view text, std::string& out) = 0;
  virtual void finish(std::string& out) = 0;
};
std::unique_ptr<Deflater> make_deflater(Effort effort);

/// Writes a zip of one entry as Binance does: sizes in the local header, flags 0, made by Unix 2.0 or 2.3 (0x0314),
/// mode 0100644, no extra field.
class ZipWriter {
 public:
  ZipWriter(std::string entry_name, Instant modified, Effort effort);

  void append(std::string_view text);
  /// The whole zip. The writer is spent.
  std::string finish();

  std::size_t packed_size() const { return zip_.size() - header_size_; }

 private:
  std::string name_;
  Instant modified_;
  std::unique_ptr<Deflater> deflater_;
  std::string zip_;
  std::size_t header_size_;
  std::uint32_t crc_ = 0;
  std::uint64_t size_ = 0;
};

/// A zip around bytes that are deflated already, whatever they inflate to.
std::string wrap_deflated(std::string_view entry_name, Instant modified, std::string_view deflated, std::uint32_t crc,
                          std::uint32_t size);

}  // namespace replica
