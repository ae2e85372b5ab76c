#include "codecs/listing_xml.hpp"

#include <fmt/format.h>

#include <new>
#include <pugixml.hpp>

#include "codecs/decimal.hpp"
#include "core/quote.hpp"

namespace klinekeep::codecs {
namespace {

constexpr unsigned kParseOptions = pugi::parse_default | pugi::parse_doctype;

/// All text inside `element`, which comments and CDATA sections cut into several nodes.
std::string text_of(const pugi::xml_node& element) {
  std::string text;
  for (const pugi::xml_node& node : element.children()) text += node.value();
  return text;
}

/// The text of the first child of that name.
std::optional<std::string> child_text(const pugi::xml_node& parent, const char* name) {
  const pugi::xml_node child = parent.child(name);
  if (!child) return std::nullopt;
  return text_of(child);
}

/// The one element of the document, if it is one.
Parsed<pugi::xml_node> root_of(const pugi::xml_document& document) {
  pugi::xml_node root;
  for (const pugi::xml_node& node : document.children()) {
    if (node.type() == pugi::node_doctype) return malformed("the listing has a document type declaration");
    if (node.type() != pugi::node_element) continue;
    if (root) return malformed("the listing has more than one root element");
    root = node;
  }
  return root;
}

Parsed<void> check_root(const pugi::xml_node& root) {
  const std::string_view name = root.name();
  if (name == "ListBucketResult") return {};
  const std::string code = name == "Error" ? child_text(root, "Code").value_or("") : "";
  const std::string told = code.empty() ? "" : fmt::format(" ({})", quote(code));
  return malformed(fmt::format("the root element is {}{}, not 'ListBucketResult'", quote(name), told));
}

Parsed<ListedFile> read_file(const pugi::xml_node& contents) {
  ListedFile file{.key = child_text(contents, "Key").value_or(""),
                  .size = std::nullopt,
                  .etag = child_text(contents, "ETag"),
                  .last_modified = child_text(contents, "LastModified")};
  if (file.key.empty()) return malformed("an entry of the listing has no key");
  if (const auto size = child_text(contents, "Size")) {
    const auto bytes = parse_integer(*size);
    if (!bytes || *bytes < 0) return malformed(fmt::format("{} has the size {}", quote(file.key), quote(*size)));
    file.size = static_cast<std::uint64_t>(*bytes);
  }
  return file;
}

Parsed<Listing> read_page(const pugi::xml_node& root) {
  const std::string truncated = child_text(root, "IsTruncated").value_or("");
  if (truncated != "true" && truncated != "false") {
    return malformed(fmt::format("IsTruncated is {}, not 'true' or 'false'", quote(truncated)));
  }
  Listing page{.is_truncated = truncated == "true",
               .next_marker = child_text(root, "NextMarker"),
               .files = {},
               .common_prefixes = {}};
  for (const pugi::xml_node& contents : root.children("Contents")) {
    auto file = read_file(contents);
    if (!file) return tl::unexpected<Malformed>(std::move(file).error());
    page.files.push_back(*std::move(file));
  }
  for (const pugi::xml_node& prefixes : root.children("CommonPrefixes")) {
    for (const pugi::xml_node& prefix : prefixes.children("Prefix")) page.common_prefixes.push_back(text_of(prefix));
  }
  return page;
}

}  // namespace

Parsed<Listing> parse_listing(std::string_view xml) {
  if (xml.size() > kMaxListingBytes) return malformed(fmt::format("the listing has {} bytes", xml.size()));
  if (xml.find('\0') != std::string_view::npos) return malformed("the listing has a NUL byte");
  pugi::xml_document document;
  const auto result = document.load_buffer(xml.data(), xml.size(), kParseOptions, pugi::encoding_utf8);
  if (result.status == pugi::status_out_of_memory) throw std::bad_alloc{};
  if (!result) {
    return malformed(fmt::format("{} is not XML: {} at byte {}", quote(xml), result.description(), result.offset));
  }
  const auto root = root_of(document);
  if (!root) return tl::unexpected<Malformed>(root.error());
  if (auto checked = check_root(*root); !checked) return tl::unexpected<Malformed>(checked.error());
  return read_page(*root);
}

}  // namespace klinekeep::codecs
