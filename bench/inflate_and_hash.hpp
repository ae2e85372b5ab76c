// What is left of an archive file's way when nothing is done with it: the least that proving and unpacking it cost.
#pragma once

#include <benchmark/benchmark.h>
#include <isa-l.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "codecs/zip.hpp"

namespace klinekeep::bench {

inline void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

/// Inflates and hashes, by the libraries themselves, and does nothing with it.
struct InflateAndHash {
  explicit InflateAndHash(std::string_view zip) : zip_(zip), entry_(codecs::only_entry(zip).value()) {}

  void operator()() {
    std::array<unsigned char, 32> sum{};
    require(EVP_Digest(zip_.data(), zip_.size(), sum.data(), nullptr, EVP_sha256(), nullptr) == 1, "OpenSSL hashes");
    benchmark::DoNotOptimize(sum);
    isal_inflate_init(state_.get());
    state_->next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(entry_.data.data()));
    state_->avail_in = static_cast<std::uint32_t>(entry_.data.size());
    do {
      state_->next_out = block_->data();
      state_->avail_out = codecs::kExtractBlock;
      require(isal_inflate(state_.get()) == ISAL_DECOMP_OK, "ISA-L inflates");
      benchmark::ClobberMemory();
    } while (state_->block_state != ISAL_BLOCK_FINISH);
  }

 private:
  std::string_view zip_;
  codecs::ZipEntry entry_;
  std::unique_ptr<inflate_state> state_ = std::make_unique<inflate_state>();
  std::unique_ptr<std::array<std::uint8_t, codecs::kExtractBlock>> block_ =
      std::make_unique<std::array<std::uint8_t, codecs::kExtractBlock>>();
};

/// Hashes a zip, checks and unpacks it, parses what it holds.
void read(const std::string& zip, Candles& to) {
  auto sum = codecs::sha256(zip);
  benchmark::DoNotOptimize(sum);
  const codecs::ZipEntry entry = codecs::only_entry(zip).value();
  codecs::CsvParser parser{to};
  require(codecs::extract(entry, entry.size, [&](std::string_view block) { return parser.feed(block); }).has_value(),
          "a zip is good");
  require(parser.finish().has_value(), "a file is good");
}

}  // namespace klinekeep::bench
