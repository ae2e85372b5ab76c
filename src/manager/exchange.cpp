#include "manager/exchange.hpp"

#include <fmt/format.h>

#include "klinekeep/errors.hpp"
#include "sources/archive_client.hpp"
#include "sources/rest_client.hpp"

namespace klinekeep::manager {
namespace {

using sources::ClientUpstream;

void check_agree(const Upstream& upstream, const char* what, const ClientUpstream& client) {
  if (!client.is_certain || client.name == upstream) return;  // one that is called after its host takes any name
  throw InvalidRequest(fmt::format(
      "the upstream is {}, and that of the {} client is {}: a manager asks one exchange, so give both the same "
      "name, or make a manager for each",
      upstream.name(), what, client.name.name()));
}

template <class Options>
bool is_left_open(const Options& options, bool is_made, bool has_url) {
  return is_made && !has_url && !options.upstream;
}

}  // namespace

Exchange::Exchange(const ManagerOptions& options)
    : market_(options.market_type),
      rest_(options.rest_client ? options.rest_client->client()->options() : options.rest_options),
      vision_(options.vision_client ? options.vision_client->client()->options() : options.vision_options) {
  name_clients(options);
  rest_is_ = sources::upstream_of(rest_);
  vision_is_ = sources::upstream_of(vision_);
  has_rest_ = sources::has_rest(rest_, market_);
  has_archive_ = sources::has_archive(vision_);
}

void Exchange::name_clients(const ManagerOptions& options) {
  const bool rest_is_open = is_left_open(rest_, !options.rest_client, !rest_.base_urls.empty());
  const bool vision_is_open = is_left_open(vision_, !options.vision_client, !vision_.base_url.empty());
  // A client that is made here takes the name, unless it has one.
  if (!options.rest_client && !rest_.upstream) rest_.upstream = options.upstream;
  if (!options.vision_client && !vision_.upstream) vision_.upstream = options.upstream;
  const ClientUpstream rest = sources::upstream_of(rest_);
  const ClientUpstream vision = sources::upstream_of(vision_);
  if (options.upstream) {
    check_agree(*options.upstream, "REST", rest);
    check_agree(*options.upstream, "archive's", vision);
    rest_.upstream = vision_.upstream = options.upstream;
    return;
  }
  if (rest_.upstream && vision_.upstream) check_agree(*rest_.upstream, "archive's", vision);
  // Without any, it follows the other one.
  const auto follow = [](const ClientUpstream& leader) {
    return leader.is_certain ? std::optional{leader.name} : std::nullopt;
  };
  if (vision_is_open && !rest_is_open) vision_.upstream = follow(rest);
  if (rest_is_open && !vision_is_open) rest_.upstream = follow(vision);
}

Upstream Exchange::upstream(DataSource source) const {
  if (source == DataSource::REST || rest_is_.name == vision_is_.name) return rest_is_.name;
  if (source == DataSource::VISION) return vision_is_.name;
  throw InvalidRequest(fmt::format(
      "whose candles are these? REST is asked at {} ({}), the archive at {} ({}): name the upstream that both "
      "are of, `binance` for a mirror of Binance, or ask one of the two sources",
      rest_is_.asked_at, rest_is_.name.name(), vision_is_.asked_at, vision_is_.name.name()));
}

DataSource Exchange::asked_of(DataSource source) const {
  if (source == DataSource::CACHE) return source;
  if (source == DataSource::VISION) {
    if (!has_archive_) (void)sources::archive_base(vision_);  // which says why
    return source;
  }
  if (!has_rest_) (void)sources::rest_bases(rest_, market_);
  return has_archive_ ? source : DataSource::REST;
}

}  // namespace klinekeep::manager
