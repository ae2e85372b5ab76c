#include "sources/rest_hosts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codecs/api_json.hpp"
#include "sources/client_hosts.hpp"
#include "sources/http_answers.hpp"
#include "transport/await.hpp"

namespace klinekeep::sources {
namespace {

/// Of the upstream as it is known, else Binance's: whoever has another budget tells so by 429.
const MarketHosts& hosts_of(MarketType market, const RestOptions& options) {
  const UpstreamRules* rules = rules_of(upstream_of(options).name);
  const auto index = static_cast<std::size_t>(market);
  if (rules == nullptr || rules->rest.at(index).bases.empty()) rules = rules_of(Upstream{});
  return rules->rest.at(index);
}

std::string why(int status, const std::string& body) {
  if (const auto error = codecs::parse_api_error(body); error && !error->message.empty()) {
    return fmt::format("{} ({})", error->message, error->code);
  }
  switch (status) {
    case 403:
      return "forbidden by the exchange's firewall";
    case 451:
      return "not served to this region";
    default:
      return "which is no answer of the REST API";
  }
}

}  // namespace

RestHosts::RestHosts(MarketType market, const RestOptions& options, const transport::Services& services)
    : rules_(rules_of(market)),
      hosts_(hosts_of(market, options)),
      bases_(rest_bases(options, market)),
      client_(services, retry_policy(options.network), options.clock.value_or(system_now)) {}

/// The hosts that may be asked, in turn: those before the current one have failed.
std::vector<std::size_t> RestHosts::order(First first) const {
  std::vector<std::size_t> hosts;
  const std::size_t current = current_;
  for (std::size_t host = current + (first == First::another ? 1 : 0); host < bases_.size(); ++host) {
    hosts.push_back(host);
  }
  if (first == First::usual) return hosts;
  for (std::size_t host = 0; host <= current; ++host) hosts.push_back(host);
  return hosts;
}

/// The host to ask after one that answered with this status, or 0 for none.
RestHosts::Turn RestHosts::after(Turn host, Turn end, int status) const {
  const auto next = std::next(host);
  const auto free = std::find_if(next, end, [&](std::size_t other) { return is_geo_free(other); });
  return status == 451 && free != end ? free : next;
}

bool RestHosts::is_geo_free(std::size_t host) const {
  return !hosts_.geo_free.empty() && bases_[host] == hosts_.geo_free;
}

/// One question, host after host.
class RestHosts::Call : public std::enable_shared_from_this<Call> {
 public:
  Call(RestHosts& hosts, Question question, std::stop_token stop, std::function<void(Outcome)> done)
      : hosts_(hosts),
        question_(std::move(question)),
        stop_(std::move(stop)),
        done_(std::move(done)),
        patience_(hosts.client_.patience()),
        before_(hosts.current_),
        order_(hosts.order(question_.first)),
        host_(order_.begin()) {}

  void ask() {
    if (host_ == order_.end()) return done_(tl::unexpected(std::move(failure_)));
    url_ = question_.make_url(hosts_.bases_[*host_]);
    sink_ = std::make_unique<transport::StringSink>(question_.max_bytes);
    hosts_.client_.get({.url = url_,
                        .sink = *sink_,
                        .weight = question_.weight,
                        .limit = static_cast<int>(hosts_.hosts_.weight_budget),
                        .rest = true,
                        .compressed = true,
                        .patience = patience_ / (order_.end() - host_)},
                       stop_, [self = shared_from_this()](const transport::Answer& response) {
                         try {
                           self->read(response);
                         } catch (...) {
                           self->done_(tl::unexpected(thrown(std::current_exception())));
                         }
                       });
  }

 private:
  void read(const transport::Answer& response) {
    if (!response) {
      using Kind = transport::Failure::Kind;
      const transport::Failure& failure = response.error();
      failure_ = failed(failure);
      // The way is the same to all of them.
      if (failure.kind != Kind::unavailable && failure.kind != Kind::left_alone)
        return done_(tl::unexpected(std::move(failure_)));
      patience_ -= std::min(failure.spent, patience_);
      return ask_next(failure.http.status);
    }
    const int status = response->head.status;
    if (status == 200 || status == 400) return answer(*response);
    failure_ = refused(url_, status, why(status, response->text));
    ask_next(status);
  }

  void ask_next(int status) {
    host_ = hosts_.after(host_, order_.end(), status);
    ask();
  }

  void answer(const transport::Response& response) {
    const int status = response.head.status;
    if (question_.first == First::usual) hosts_.current_ = *host_;
    Answer answer{url_, status, status == 200 ? sink_->take() : response.text, times_of_rest(response),
                  *host_ != before_};
    if (auto remark = remark_on_date(response); remark && !hosts_.has_remarked_.exchange(true)) {
      answer.remarks.push_back(*std::move(remark));
    }
    if (auto note = hosts_.client_.note(); note && !hosts_.has_noted_.exchange(true)) {
      answer.remarks.push_back(*std::move(note));
    }
    done_(std::move(answer));
  }

  RestHosts& hosts_;
  Question question_;
  std::stop_token stop_;
  std::function<void(Outcome)> done_;
  Duration patience_;  // of all of them
  std::size_t before_;
  std::vector<std::size_t> order_;
  Turn host_;
  std::string url_;
  std::unique_ptr<transport::StringSink> sink_;
  StepResult failure_;
};

void RestHosts::get(Question question, std::stop_token stop, std::function<void(Outcome)> done) {
  std::make_shared<Call>(*this, std::move(question), std::move(stop), std::move(done))->ask();
}

RestHosts::Outcome RestHosts::get(Question question, std::stop_token stop) {
  auto outcome = transport::await<Outcome>(
      [&](std::function<void(Outcome)> done) { get(std::move(question), std::move(stop), std::move(done)); });
  if (!outcome && outcome.error().thrown) std::rethrow_exception(outcome.error().thrown);
  return outcome;
}

}  // namespace klinekeep::sources
