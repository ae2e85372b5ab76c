#include "input/exchange_words.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "core/base_url.hpp"
#include "core/quote.hpp"
#include "core/upstream_rules.hpp"

namespace klinekeep::input {
namespace {

enum class Url : std::uint8_t { named, nameless, left };

class Chooser {
 public:
  explicit Chooser(std::span<const ExchangeWords> levels) : levels_(levels) {
    while (name_at_ < levels.size() && !levels[name_at_].name) ++name_at_;
    if (name_at_ == levels.size()) return;
    name_ = understand(*levels[name_at_].name, [](const std::string& text) { return Upstream{text}; });
  }

  [[nodiscard]] const std::optional<Upstream>& name() const { return name_; }

  /// What becomes of URLs that `level` gives.
  [[nodiscard]] Url judge(std::size_t level, std::span<const Said> urls) const {
    if (level < name_at_) return Url::nameless;
    if (level == name_at_) return Url::named;
    if (const auto& own = levels_[level].name) return own->text == name_->name() ? Url::named : Url::left;
    return has_hosts() || other_owner(urls) ? Url::left : Url::named;
  }

  /// Why URLs that `level` gives were left: a clause.
  [[nodiscard]] std::string why_left(std::size_t level, std::span<const Said> urls) const {
    const std::string& where = urls.front().where;
    if (const auto& own = levels_[level].name) {
      return fmt::format("the URL in {} is that of upstream {}, which {} names", where, quote(own->text), own->where);
    }
    if (const auto owner = other_owner(urls))
      return fmt::format("the URL in {} is that of upstream {}", where, owner->name());
    return fmt::format("the URL in {} is not asked, as {} has hosts of its own: give the URL where the name is given",
                       where, name_->name());
  }

 private:
  [[nodiscard]] bool has_hosts() const { return !name_->is_binance() && rules_of(*name_) != nullptr; }

  [[nodiscard]] std::optional<Upstream> other_owner(std::span<const Said> urls) const {
    for (const Said& url : urls) {
      if (const auto owner = owner_of(url.text); owner && owner != name_) return owner;
    }
    return std::nullopt;
  }

  std::span<const ExchangeWords> levels_;
  std::size_t name_at_ = 0;  // the number of levels: there is none
  std::optional<Upstream> name_;
};

struct Found {
  std::vector<std::string> urls;  // of the highest level whose are not left out
  bool has_name = true;           // also where there is no URL
  std::string left_out;           // where there is none: the first that were
};

template <class Urls>
Found find(std::span<const ExchangeWords> levels, const Chooser& chooser, std::string_view what, const Urls& urls_of) {
  Found found;
  for (std::size_t level = 0; level < levels.size(); ++level) {
    const std::vector<Said> urls = urls_of(levels[level]);
    if (urls.empty()) continue;
    const Url url = chooser.judge(level, urls);
    if (url == Url::left) {
      if (found.left_out.empty()) found.left_out = chooser.why_left(level, urls);
      continue;
    }
    found.has_name = url == Url::named;
    found.left_out.clear();
    for (const Said& each : urls) {
      found.urls.push_back(understand(each, [&](const std::string& text) { return parse_base_url(what, text); }));
    }
    break;
  }
  return found;
}

std::vector<Said> rest_urls_of(const ExchangeWords& words) { return words.rest_urls; }

std::vector<Said> vision_urls_of(const ExchangeWords& words) {
  return words.vision_url ? std::vector{*words.vision_url} : std::vector<Said>{};
}

}  // namespace

ExchangeChoice choose_exchange(std::span<const ExchangeWords> levels) {
  const Chooser chooser{levels};
  Found rest = find(levels, chooser, "the REST URL", rest_urls_of);
  Found vision = find(levels, chooser, "the archive's URL", vision_urls_of);
  ExchangeChoice choice;
  if (rest.has_name && vision.has_name) choice.both = chooser.name();
  choice.rest = !rest.urls.empty() && rest.has_name ? chooser.name() : choice.both;
  choice.vision = !vision.urls.empty() && vision.has_name ? chooser.name() : choice.both;
  choice.rest_urls = std::move(rest.urls);
  choice.rest_left_out = std::move(rest.left_out);
  if (!vision.urls.empty()) choice.vision_url = std::move(vision.urls.front());
  choice.vision_left_out = std::move(vision.left_out);
  return choice;
}

}  // namespace klinekeep::input
