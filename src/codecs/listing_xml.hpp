// The archive's listing: S3's answer to ListObjects (version 1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codecs/malformed.hpp"

namespace klinekeep::codecs {

struct ListedFile {
  std::string key;                           // UTF-8, not percent-encoded
  std::optional<std::uint64_t> size;         // in bytes
  std::optional<std::string> etag;           // as it stands there, quotes included: parse_etag_md5 reads it
  std::optional<std::string> last_modified;  // as it stands there: 2023-07-18T04:11:20.000Z

  friend bool operator==(const ListedFile&, const ListedFile&) = default;
};

/// One page.
struct Listing {
  bool is_truncated;                       // more pages follow
  std::optional<std::string> next_marker;  // where the next one begins; S3 tells it only when a delimiter was asked for
  std::vector<ListedFile> files;           // in S3's order
  std::vector<std::string> common_prefixes;
};

/// The longest page that is read: 1,000 keys of 1,024 bytes, each escaped, would fit twice.
inline constexpr std::size_t kMaxListingBytes = 16 * 1024 * 1024;

/// Reads a `ListBucketResult`. Malformed where it is not that: other XML (S3's `Error`: the message names its code),
/// HTML, a document type declaration, no IsTruncated, an entry without a key, a size that is no number.
[[nodiscard]] Parsed<Listing> parse_listing(std::string_view xml);

}  // namespace klinekeep::codecs
