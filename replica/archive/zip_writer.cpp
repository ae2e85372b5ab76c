#include "archive/zip_writer.hpp"

#include "archive/crc32.hpp"
#include "archive/zip_format.hpp"

namespace replica {
namespace {

constexpr std::uint32_t kDeflate = 8;
constexpr std::uint32_t kVersionNeeded = 20;
constexpr std::uint32_t kMadeBy = 0x0314;
constexpr std::uint32_t kRegularFile0644 = 0x81a40000;

struct Entry {
  std::string_view name;
  Instant modified;
  std::uint32_t crc;
  std::uint32_t packed;
  std::uint32_t size;
};

void append_common(std::string& out, const Entry& entry) {
  const DosTime dos = to_dos_time(entry.modified);
  append_u16(out, kVersionNeeded);
  append_u16(out, 0);  // flags
  append_u16(out, kDeflate);
  append_u16(out, dos.time);
  append_u16(out, dos.date);
  append_u32(out, entry.crc);
  append_u32(out, entry.packed);
  append_u32(out, entry.size);
  append_u16(out, static_cast<std::uint32_t>(entry.name.size()));
  append_u16(out, 0);  // extra field
}

std::string local_header(const Entry& entry) {
  std::string out;
  append_u32(out, kLocalSignature);
  append_common(out, entry);
  return out += entry.name;
}

void append_directory(std::string& out, const Entry& entry) {
  const auto start = static_cast<std::uint32_t>(out.size());
  append_u32(out, kCentralSignature);
  append_u16(out, kMadeBy);
  append_common(out, entry);
  append_u16(out, 0);  // comment
  append_u16(out, 0);  // disk
  append_u16(out, 0);  // internal attributes
  append_u32(out, kRegularFile0644);
  append_u32(out, 0);  // offset of the local header
  out += entry.name;
  const auto size = static_cast<std::uint32_t>(out.size()) - start;
  append_u32(out, kEndSignature);
  append_u16(out, 0);
  append_u16(out, 0);
  append_u16(out, 1);
  append_u16(out, 1);
  append_u32(out, size);
  append_u32(out, start);
  append_u16(out, 0);
}

}  // namespace

ZipWriter::ZipWriter(std::string entry_name, Instant modified, Effort effort)
    : name_(std::move(entry_name)),
      modified_(modified),
      deflater_(make_deflater(effort)),
      zip_(local_header({name_, modified_, 0, 0, 0})),
      header_size_(zip_.size()) {}

void ZipWriter::append(std::string_view text) {
  crc_ = update_crc32(crc_, text);
  size_ += text.size();
  deflater_->append(text, zip_);
}

std::string ZipWriter::finish() {
  deflater_->finish(zip_);
  const Entry entry{name_, modified_, crc_, static_cast<std::uint32_t>(packed_size()),
                    static_cast<std::uint32_t>(size_)};
  zip_.replace(0, header_size_, local_header(entry));
  append_directory(zip_, entry);
  return std::move(zip_);
}

std::string wrap_deflated(std::string_view entry_name, Instant modified, std::string_view deflated, std::uint32_t crc,
                          std::uint32_t size) {
  const Entry entry{entry_name, modified, crc, static_cast<std::uint32_t>(deflated.size()), size};
  std::string zip = local_header(entry);
  zip += deflated;
  append_directory(zip, entry);
  return zip;
}

}  // namespace replica
