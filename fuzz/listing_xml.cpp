#include "codecs/listing_xml.hpp"

#include "codecs/http_text.hpp"
#include "entry.hpp"

namespace klinekeep::fuzz {

void listing_xml(std::string_view input) {
  const auto listing = codecs::parse_listing(input);
  if (!listing) return;
  require(input.find("<ListBucketResult") != std::string_view::npos, "a page has the right root");
  require(input.find("IsTruncated") != std::string_view::npos, "a page says whether it is the last");
  std::size_t bytes = 0;
  for (const auto& file : listing->files) {
    require(!file.key.empty(), "a file has a key");
    bytes += file.key.size();
    if (file.etag) static_cast<void>(codecs::parse_etag_md5(*file.etag));
  }
  require(bytes <= input.size(), "keys are no longer than the page");
}

}  // namespace klinekeep::fuzz
