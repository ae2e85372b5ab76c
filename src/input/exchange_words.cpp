#include "input/exchange_words.hpp"

#include <algorithm>

#include "core/upstream_rules.hpp"

namespace klinekeep::input {
namespace {

enum class Url : std::uint8_t { named, nameless, left };

class Chooser {
 public:
  explicit Chooser(std::span<const ExchangeWords> levels) : levels_(levels) {
    while (name_at_ < levels.size() && !levels[name_at_].name) ++name_at_;
  }

  [[nodiscard]] const std::optional<Upstream>& name() const {
    static const std::optional<Upstream> none;
    return name_at_ < levels_.size() ? levels_[name_at_].name : none;
  }

  /// What becomes of URLs that `level` gives.
  [[nodiscard]] Url judge(std::size_t level, std::span<const std::string> urls) const {
    if (level < name_at_) return Url::nameless;
    if (level == name_at_) return Url::named;
    const auto& own = levels_[level].name;
    if (own) return own == name() ? Url::named : Url::left;
    const bool has_hosts = !name()->is_binance() && rules_of(*name()) != nullptr;
    const bool is_others = std::ranges::any_of(urls, [&](const std::string& url) {
      const auto owner = owner_of(url);
      return owner && owner != name();
    });
    return has_hosts || is_others ? Url::left : Url::named;
  }

 private:
  std::span<const ExchangeWords> levels_;
  std::size_t name_at_ = 0;  // the number of levels: there is none
};

/// The first level that has URLs, and what becomes of them; none where there are none.
template <class Urls>
std::optional<std::pair<std::size_t, Url>> find(std::span<const ExchangeWords> levels, const Chooser& chooser,
                                                const Urls& urls_of) {
  for (std::size_t level = 0; level < levels.size(); ++level) {
    const std::vector<std::string> urls = urls_of(levels[level]);
    if (urls.empty()) continue;
    const Url url = chooser.judge(level, urls);
    if (url != Url::left) return std::pair{level, url};
  }
  return std::nullopt;
}

std::vector<std::string> rest_urls_of(const ExchangeWords& words) { return words.rest_urls; }

std::vector<std::string> vision_urls_of(const ExchangeWords& words) {
  return words.vision_url.empty() ? std::vector<std::string>{} : std::vector{words.vision_url};
}

}  // namespace

ExchangeChoice choose_exchange(std::span<const ExchangeWords> levels) {
  const Chooser chooser{levels};
  const auto rest = find(levels, chooser, rest_urls_of);
  const auto vision = find(levels, chooser, vision_urls_of);
  ExchangeChoice choice;
  if (rest) choice.rest_urls = levels[rest->first].rest_urls;
  if (vision) choice.vision_url = levels[vision->first].vision_url;
  const auto has_name = [](const auto& found) { return !found || found->second == Url::named; };
  if (has_name(rest) && has_name(vision)) choice.both = chooser.name();
  choice.rest = rest && has_name(rest) ? chooser.name() : choice.both;
  choice.vision = vision && has_name(vision) ? chooser.name() : choice.both;
  return choice;
}

}  // namespace klinekeep::input
