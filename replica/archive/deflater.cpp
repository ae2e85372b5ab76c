#include <isa-l.h>
#include <zlib.h>

#include <array>
#include <stdexcept>
#include <vector>

#include "archive/crc32.hpp"
#include "archive/zip_writer.hpp"

namespace replica {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 18U;

class ZlibDeflater final : public Deflater {
 public:
  ZlibDeflater() {
    if (deflateInit2(&stream_, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc{};
  }
  ZlibDeflater(const ZlibDeflater&) = delete;
  ZlibDeflater& operator=(const ZlibDeflater&) = delete;
  ~ZlibDeflater() override { deflateEnd(&stream_); }

  void append(std::string_view text, std::string& out) override { run(text, Z_NO_FLUSH, out); }
  void finish(std::string& out) override { run({}, Z_FINISH, out); }

 private:
  void run(std::string_view text, int flush, std::string& out) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    do {
      stream_.next_out = buffer_.data();
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      deflate(&stream_, flush);
      out.append(reinterpret_cast<const char*>(buffer_.data()), buffer_.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

  z_stream stream_{};
  std::vector<Bytef> buffer_ = std::vector<Bytef>(kChunk);
};

class IsalDeflater final : public Deflater {
 public:
  IsalDeflater() {
    isal_deflate_init(&stream_);
    stream_.level = 1;
    stream_.level_buf = level_buffer_.data();
    stream_.level_buf_size = static_cast<std::uint32_t>(level_buffer_.size());
    stream_.gzip_flag = IGZIP_DEFLATE;
  }

  void append(std::string_view text, std::string& out) override { run(text, false, out); }
  void finish(std::string& out) override { run({}, true, out); }

 private:
  void run(std::string_view text, bool last, std::string& out) {
    stream_.end_of_stream = last ? 1 : 0;
    stream_.flush = NO_FLUSH;
    stream_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<std::uint32_t>(text.size());
    do {
      stream_.next_out = buffer_.data();
      stream_.avail_out = static_cast<std::uint32_t>(buffer_.size());
      if (isal_deflate(&stream_) != COMP_OK) throw std::runtime_error{"ISA-L refuses to deflate"};
      out.append(reinterpret_cast<const char*>(buffer_.data()), buffer_.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

  isal_zstream stream_{};
  std::vector<std::uint8_t> level_buffer_ = std::vector<std::uint8_t>(ISAL_DEF_LVL1_DEFAULT);
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(kChunk);
};

}  // namespace

std::unique_ptr<Deflater> make_deflater(Effort effort) {
  if (effort == Effort::kFast) return std::make_unique<IsalDeflater>();
  return std::make_unique<ZlibDeflater>();
}

std::uint32_t update_crc32(std::uint32_t crc, std::string_view text) {
  return crc32_gzip_refl(crc, reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

}  // namespace replica
