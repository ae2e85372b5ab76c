#include "store/hash.hpp"

#include <fmt/format.h>

#define XXH_INLINE_ALL  // inlined it is 2.6 times as fast as called from Debian's library
#include <xxhash.h>

namespace klinekeep::store {
namespace {

std::string hex_of(XXH128_hash_t hash) { return fmt::format("{:016x}{:016x}", hash.high64, hash.low64); }

}  // namespace

struct Xxh3::State {
  XXH3_state_t state;
};

std::string xxh3(std::span<const std::byte> bytes) { return hex_of(XXH3_128bits(bytes.data(), bytes.size())); }

Xxh3::Xxh3() : state_(std::make_unique<State>()) {
  XXH3_INITSTATE(&state_->state);
  XXH3_128bits_reset(&state_->state);
}

Xxh3::~Xxh3() = default;

void Xxh3::add(std::span<const std::byte> bytes) { XXH3_128bits_update(&state_->state, bytes.data(), bytes.size()); }

std::string Xxh3::hex() const { return hex_of(XXH3_128bits_digest(&state_->state)); }

}  // namespace klinekeep::store
