#include "codecs/zip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/quote.hpp"

// The layout is that of PKWARE's APPNOTE.TXT; the numbers in brackets are its sections.
namespace klinekeep::codecs {
namespace {

constexpr std::uint32_t kLocalSignature = 0x04034b50;         // [4.3.7]
constexpr std::uint32_t kDescriptorSignature = 0x08074b50;    // [4.3.9]
constexpr std::uint32_t kCentralSignature = 0x02014b50;       // [4.3.12]
constexpr std::uint32_t kZip64EndSignature = 0x06064b50;      // [4.3.14]
constexpr std::uint32_t kZip64LocatorSignature = 0x07064b50;  // [4.3.15]
constexpr std::uint32_t kEndSignature = 0x06054b50;           // [4.3.16]

constexpr std::size_t kLocalSize = 30;
constexpr std::size_t kZip64EndSize = 56;
constexpr std::size_t kZip64LocatorSize = 20;
constexpr std::size_t kEndSize = 22;

constexpr std::uint16_t kZip64ExtraId = 0x0001;  // [4.5.3]
constexpr std::uint16_t kIn64 = 0xFFFF;          // "the value stands in the zip64 record"
constexpr std::uint32_t kIn64Long = 0xFFFFFFFF;

// General purpose flags [4.4.4].
constexpr unsigned kEncrypted = 0x0001 | 0x0040 | 0x2000;
constexpr unsigned kHasDescriptor = 0x0008;
constexpr unsigned kUnderstood = 0x0002 | 0x0004 | kHasDescriptor | 0x0800;  // effort of the packer, UTF-8 names

constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kDeflated = 8;

/// Reads little-endian numbers one after the other. Past the end it reads zeros and remembers that it did.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::string_view text(std::uint64_t size) {
    if (size > bytes_.size()) short_ = true;
    const std::string_view taken =
        bytes_.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(size, bytes_.size())));
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  void skip(std::size_t size) { text(size); }

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] bool was_short() const { return short_; }

 private:
  std::uint64_t number(std::size_t size) {
    const std::string_view digits = text(size);
    std::uint64_t value = 0;
    for (std::size_t i = digits.size(); i-- > 0;) value = value << 8U | static_cast<unsigned char>(digits[i]);
    return value;
  }

  std::string_view bytes_;
  bool short_ = false;
};

bool has_signature(std::string_view file, std::size_t at, std::uint32_t signature) {
  return at <= file.size() && file.size() - at >= 4 && Reader{file.substr(at)}.u32() == signature;
}

/// Where the central directory says it is.
struct Directory {
  std::uint64_t offset;
  std::uint64_t size;
  std::uint64_t entries;
  std::uint64_t end;  // where the records that describe it begin
};

/// What both headers of an entry say.
struct Header {
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc32 = 0;
  std::uint64_t packed_size = 0;
  std::uint64_t size = 0;
  std::uint64_t local_offset = 0;  // in the central one only
  std::string_view name;
  bool zip64 = false;  // sizes stand in the extra field
  std::uint64_t length = 0;
};

/// The end record is the one whose comment reaches exactly to the end of the file.
std::optional<std::size_t> find_end_record(std::string_view file) {
  if (file.size() < kEndSize) return std::nullopt;
  const std::size_t last = file.size() - kEndSize;
  const std::size_t first = last > 0xFFFF ? last - 0xFFFF : 0;
  for (std::size_t at = last + 1; at-- > first;) {
    if (!has_signature(file, at, kEndSignature)) continue;
    if (Reader{file.substr(at + kEndSize - 2)}.u16() == last - at) return at;
  }
  return std::nullopt;
}

/// The zip64 end record behind the locator that stands right before the end record at `end_at`.
Parsed<Directory> read_zip64_directory(std::string_view file, std::size_t end_at) {
  const std::size_t locator_at = end_at - kZip64LocatorSize;
  Reader locator{file.substr(locator_at + 4)};
  const std::uint32_t disk = locator.u32();
  const std::uint64_t record_at = locator.u64();
  const std::uint32_t disks = locator.u32();
  if (disk != 0 || disks > 1) return malformed("the zip has several parts");
  if (record_at > locator_at || locator_at - record_at < kZip64EndSize ||
      !has_signature(file, static_cast<std::size_t>(record_at), kZip64EndSignature)) {
    return malformed("the zip64 locator points to no zip64 end record");
  }
  Reader record{file.substr(static_cast<std::size_t>(record_at) + 4)};
  const std::uint64_t length = record.u64();
  record.skip(4);  // versions
  const std::uint64_t disk_numbers = record.u64();
  const std::uint64_t entries_here = record.u64();
  const std::uint64_t entries = record.u64();
  const std::uint64_t size = record.u64();
  const std::uint64_t offset = record.u64();
  if (disk_numbers != 0 || entries_here != entries) return malformed("the zip has several parts");
  if (length != locator_at - record_at - 12) return malformed("the zip64 end record's length is wrong");
  return Directory{.offset = offset, .size = size, .entries = entries, .end = record_at};
}

Parsed<Directory> read_directory(std::string_view file) {
  const auto end_at = find_end_record(file);
  if (!end_at) return malformed(fmt::format("not a zip: no end record in {} bytes", file.size()));
  Reader end{file.substr(*end_at + 4)};
  const std::uint32_t disk_numbers = end.u32();
  const std::uint16_t entries_here = end.u16();
  const std::uint16_t entries = end.u16();
  const std::uint32_t size = end.u32();
  const std::uint32_t offset = end.u32();
  if (disk_numbers != 0 || entries_here != entries) return malformed("the zip has several parts");
  if (*end_at < kZip64LocatorSize || !has_signature(file, *end_at - kZip64LocatorSize, kZip64LocatorSignature)) {
    return Directory{.offset = offset, .size = size, .entries = entries, .end = *end_at};
  }
  auto zip64 = read_zip64_directory(file, *end_at);
  if (!zip64) return zip64;
  if ((entries != kIn64 && entries != zip64->entries) || (size != kIn64Long && size != zip64->size) ||
      (offset != kIn64Long && offset != zip64->offset)) {
    return malformed("the zip's end record and its zip64 end record disagree");
  }
  return zip64;
}

/// Takes from the extra field the values that did not fit: those that are 0xFFFFFFFF, in this order.
Parsed<void> read_zip64_extra(std::string_view extra, Header& header, bool central) {
  std::string_view wide;
  Reader fields{extra};
  while (!fields.empty()) {
    const std::uint16_t id = fields.u16();
    const std::string_view value = fields.text(fields.u16());
    if (fields.was_short()) return malformed("the zip's extra field is cut");
    if (id != kZip64ExtraId) continue;
    if (header.zip64) return malformed("the zip's extra field has two zip64 parts");
    header.zip64 = true;
    wide = value;
  }
  Reader values{wide};
  if (header.size == kIn64Long) header.size = values.u64();
  if (header.packed_size == kIn64Long) header.packed_size = values.u64();
  if (central && header.local_offset == kIn64Long) header.local_offset = values.u64();
  if (values.was_short()) return malformed("the zip's zip64 field is too short");
  return {};
}

Parsed<Header> read_central(std::string_view directory) {
  if (!has_signature(directory, 0, kCentralSignature)) return malformed("the zip's central directory is not one");
  Reader in{directory};
  Header header;
  in.skip(8);  // signature, versions
  header.flags = in.u16();
  header.method = in.u16();
  in.skip(4);  // time and date
  header.crc32 = in.u32();
  header.packed_size = in.u32();
  header.size = in.u32();
  const std::uint16_t name_size = in.u16();
  const std::uint16_t extra_size = in.u16();
  const std::uint16_t comment_size = in.u16();
  const std::uint16_t disk = in.u16();
  in.skip(6);  // attributes
  header.local_offset = in.u32();
  header.name = in.text(name_size);
  const std::string_view extra = in.text(extra_size);
  in.skip(comment_size);
  if (in.was_short() || !in.empty()) return malformed("the zip's central directory is not one entry long");
  if (disk != 0) return malformed("the zip has several parts");
  header.length = directory.size();
  if (auto wide = read_zip64_extra(extra, header, true); !wide) return tl::unexpected<Malformed>(wide.error());
  return header;
}

Parsed<Header> read_local(std::string_view file) {
  if (!has_signature(file, 0, kLocalSignature)) return malformed("the zip's entry does not begin with a local header");
  Reader in{file};
  Header header;
  in.skip(6);  // signature, version
  header.flags = in.u16();
  header.method = in.u16();
  in.skip(4);  // time and date
  header.crc32 = in.u32();
  header.packed_size = in.u32();
  header.size = in.u32();
  const std::uint16_t name_size = in.u16();
  const std::uint16_t extra_size = in.u16();
  header.name = in.text(name_size);
  const std::string_view extra = in.text(extra_size);
  if (in.was_short()) return malformed("the zip's local header is cut");
  header.length = kLocalSize + name_size + extra_size;
  if (auto wide = read_zip64_extra(extra, header, false); !wide) return tl::unexpected<Malformed>(wide.error());
  return header;
}

Parsed<void> check_central(const Header& header) {
  if ((header.flags & kEncrypted) != 0) return malformed("the zip's entry is encrypted");
  if ((header.flags & ~kUnderstood) != 0)
    return malformed(fmt::format("the zip's entry has flags {:#06x}", header.flags));
  if (header.method != kStored && header.method != kDeflated) {
    return malformed(fmt::format("the zip's entry is packed by method {}, not stored or deflated", header.method));
  }
  const bool bad_character = std::ranges::any_of(
      header.name, [](char c) { return c == '/' || c == '\\' || c == '\x7F' || static_cast<unsigned char>(c) < ' '; });
  if (header.name.empty() || header.name == "." || header.name == ".." || bad_character) {
    return malformed(fmt::format("the zip's entry is called {}, which is not a plain file name", quote(header.name)));
  }
  if (header.local_offset != 0) return malformed("the zip's entry does not stand at its start");
  if (header.method == kStored && header.packed_size != header.size) {
    return malformed("the zip's entry is stored and has two sizes");
  }
  return {};
}

/// With a descriptor, the local header may leave sum and sizes to it.
bool agree(const Header& local, const Header& central) {
  const bool later = (central.flags & kHasDescriptor) != 0;
  const auto same = [&](std::uint64_t a, std::uint64_t b) { return a == b || (later && a == 0); };
  return local.flags == central.flags && local.method == central.method && local.name == central.name &&
         same(local.crc32, central.crc32) && same(local.packed_size, central.packed_size) &&
         same(local.size, central.size);
}

/// [4.3.9]: the signature is optional, the sizes have 4 or 8 bytes.
bool is_descriptor(std::string_view bytes, const Header& central) {
  const bool has_mark = bytes.size() == 16 || bytes.size() == 24;
  const bool wide = bytes.size() == 20 || bytes.size() == 24;
  if (!has_mark && !wide && bytes.size() != 12) return false;
  Reader in{bytes};
  if (has_mark && in.u32() != kDescriptorSignature) return false;
  const std::uint32_t crc32 = in.u32();
  const std::uint64_t packed_size = wide ? in.u64() : in.u32();
  const std::uint64_t size = wide ? in.u64() : in.u32();
  return crc32 == central.crc32 && packed_size == central.packed_size && size == central.size;
}

}  // namespace

Parsed<ZipEntry> only_entry(std::string_view file) {
  const auto directory = read_directory(file);
  if (!directory) return tl::unexpected<Malformed>(directory.error());
  if (directory->entries != 1) return malformed(fmt::format("the zip has {} entries, not 1", directory->entries));
  if (directory->offset > directory->end || directory->size != directory->end - directory->offset) {
    return malformed("the zip's central directory does not lie before its end record");
  }
  const auto offset = static_cast<std::size_t>(directory->offset);
  const auto central = read_central(file.substr(offset, static_cast<std::size_t>(directory->size)));
  if (!central) return tl::unexpected<Malformed>(central.error());
  if (auto checked = check_central(*central); !checked) return tl::unexpected<Malformed>(checked.error());

  const std::string_view body = file.substr(0, offset);  // local header, data, descriptor
  const auto local = read_local(body);
  if (!local) return tl::unexpected<Malformed>(local.error());
  if (!agree(*local, *central)) return malformed("the zip's two headers of its entry disagree");
  const std::string_view rest = body.substr(static_cast<std::size_t>(local->length));
  if (central->packed_size > rest.size()) {
    return malformed(
        fmt::format("the zip's entry has {} bytes where {} are declared", rest.size(), central->packed_size));
  }
  const auto packed_size = static_cast<std::size_t>(central->packed_size);
  const std::string_view after = rest.substr(packed_size);
  const bool has_descriptor = (central->flags & kHasDescriptor) != 0;
  if (has_descriptor ? !is_descriptor(after, *central) : !after.empty()) {
    return malformed(fmt::format(
        "{} bytes that belong to nothing stand between the zip's entry and its central directory", after.size()));
  }
  return ZipEntry{.name = std::string{central->name},
                  .method = central->method == kStored ? ZipEntry::Method::stored : ZipEntry::Method::deflated,
                  .size = central->size,
                  .crc32 = central->crc32,
                  .data = std::as_bytes(std::span{rest.substr(0, packed_size)})};
}

}  // namespace klinekeep::codecs
