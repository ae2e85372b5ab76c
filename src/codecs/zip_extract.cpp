#include <fmt/format.h>
#include <isa-l.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "codecs/zip.hpp"
#include "core/quote.hpp"

namespace klinekeep::codecs {
namespace {

/// Passes unpacked bytes on to the sink, and holds them against what the entry declares.
class CheckedOutput {
 public:
  CheckedOutput(const ZipEntry& entry, const BlockSink& sink) : entry_(entry), sink_(sink) {}

  Parsed<void> take(std::span<const std::uint8_t> block) {
    if (block.empty()) return {};
    if (block.size() > entry_.size - total_) {
      return malformed(
          fmt::format("{} unpacks to more than the {} bytes it declares", quote(entry_.name), entry_.size));
    }
    total_ += block.size();
    crc32_ = crc32_gzip_refl(crc32_, block.data(), block.size());
    return sink_({reinterpret_cast<const char*>(block.data()), block.size()});
  }

  Parsed<void> finish() const {
    if (total_ != entry_.size) {
      return malformed(
          fmt::format("{} unpacks to {} bytes where {} are declared", quote(entry_.name), total_, entry_.size));
    }
    if (crc32_ != entry_.crc32) {
      return malformed(
          fmt::format("{} has CRC-32 {:08x} where {:08x} is declared", quote(entry_.name), crc32_, entry_.crc32));
    }
    return {};
  }

 private:
  const ZipEntry& entry_;
  const BlockSink& sink_;
  std::uint64_t total_ = 0;
  std::uint32_t crc32_ = 0;
};

std::span<const std::uint8_t> bytes_of(std::span<const std::byte> data) {
  return {reinterpret_cast<const std::uint8_t*>(data.data()), data.size()};
}

Parsed<void> copy_stored(std::span<const std::uint8_t> data, CheckedOutput& out) {
  while (!data.empty()) {
    const auto block = data.first(std::min(data.size(), kExtractBlock));
    if (auto taken = out.take(block); !taken) return taken;
    data = data.subspan(block.size());
  }
  return {};
}

/// A deflate stream, unpacked into one block again and again.
class Inflater {
 public:
  void start(std::span<const std::uint8_t> data) {
    rest_ = data;
    isal_inflate_init(&state_);
    state_.crc_flag = ISAL_DEFLATE;
  }

  /// The next bytes; none when the stream has ended, or stops short of its end.
  Parsed<std::span<const std::uint8_t>> next() {
    for (;;) {
      const std::size_t unread_before = unread();
      give_input();
      state_.next_out = block_.data();
      state_.avail_out = kExtractBlock;
      if (const int code = isal_inflate(&state_); code != ISAL_DECOMP_OK) {
        return malformed(fmt::format("corrupt deflate stream (ISA-L error {})", code));
      }
      const std::size_t size = kExtractBlock - state_.avail_out;
      if (size > 0 || ended() || unread() == unread_before) return std::span{block_}.first(size);
    }
  }

  [[nodiscard]] bool ended() const { return state_.block_state == ISAL_BLOCK_FINISH; }
  /// How many bytes of the data were not looked at yet: behind the end of the stream, those that do not belong to it.
  [[nodiscard]] std::size_t unread() const {
    const auto whole_bytes_ahead = static_cast<std::size_t>(ended() ? state_.read_in_length / 8 : 0);
    return rest_.size() + state_.avail_in + whole_bytes_ahead;
  }

 private:
  void give_input() {
    if (state_.avail_in > 0) return;
    const auto part = rest_.first(std::min<std::size_t>(rest_.size(), std::numeric_limits<std::int32_t>::max()));
    state_.next_in = const_cast<std::uint8_t*>(part.data());  // ISA-L only reads there
    state_.avail_in = static_cast<std::uint32_t>(part.size());
    rest_ = rest_.subspan(part.size());
  }

  std::span<const std::uint8_t> rest_;
  inflate_state state_;
  std::array<std::uint8_t, kExtractBlock> block_;
};

/// An inflater from the thread's last extraction, for this one: 220 kB that are not fresh.
class KeptInflater {
 public:
  KeptInflater() : inflater_(std::move(kept())) {
    if (!inflater_) inflater_ = std::make_unique_for_overwrite<Inflater>();
  }
  ~KeptInflater() { kept() = std::move(inflater_); }
  KeptInflater(const KeptInflater&) = delete;
  KeptInflater& operator=(const KeptInflater&) = delete;
  Inflater* operator->() { return inflater_.get(); }

 private:
  static std::unique_ptr<Inflater>& kept() {
    static thread_local std::unique_ptr<Inflater> kept;
    return kept;
  }

  std::unique_ptr<Inflater> inflater_;
};

Parsed<void> inflate(const ZipEntry& entry, CheckedOutput& out, const PackedWatch& watch) {
  KeptInflater stream;
  stream->start(bytes_of(entry.data));
  for (;;) {
    const auto block = stream->next();
    if (!block) return malformed(fmt::format("{}: {}", quote(entry.name), block.error().what));
    if (auto taken = out.take(*block); !taken) return taken;
    if (stream->ended()) break;
    if (watch) watch(entry.data.data() + (entry.data.size() - stream->unread()));
    if (block->empty()) return malformed(fmt::format("{}: the deflate stream is cut", quote(entry.name)));
  }
  if (stream->unread() > 0) {
    return malformed(fmt::format("{}: {} bytes follow the deflate stream", quote(entry.name), stream->unread()));
  }
  return {};
}

}  // namespace

Parsed<void> extract(const ZipEntry& entry, std::uint64_t max_size, const BlockSink& sink, const PackedWatch& watch) {
  if (entry.size > max_size) {
    return malformed(
        fmt::format("{} declares {} bytes; at most {} are taken", quote(entry.name), entry.size, max_size));
  }
  CheckedOutput out{entry, sink};
  auto done =
      entry.method == ZipEntry::Method::stored ? copy_stored(bytes_of(entry.data), out) : inflate(entry, out, watch);
  if (!done) return done;
  return out.finish();
}

}  // namespace klinekeep::codecs
