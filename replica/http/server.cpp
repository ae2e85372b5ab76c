#include "http/server.hpp"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <utility>  // Boost.Beast 1.74 forgets it

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <thread>

#include "http/link.hpp"

namespace replica {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using Socket = asio::ip::tcp::socket;
using TlsStream = asio::ssl::stream<Socket>;

Socket& socket_of(Socket& stream) { return stream; }
Socket& socket_of(TlsStream& stream) { return stream.next_layer(); }

Request to_request(const beast_http::request<beast_http::string_body>& message, std::uint64_t connection) {
  Request request;
  const auto text = [](boost::beast::string_view view) { return std::string{view.data(), view.size()}; };
  request.method = text(message.method_string());
  request.target = text(message.target());
  request.body = message.body();
  request.connection = connection;
  for (const auto& field : message) request.headers.emplace_back(text(field.name_string()), text(field.value()));
  parse_target(request);
  return request;
}

enum class Outcome { kGoOn, kClose, kBreakOff };  // break off: end the connection as if it were cut

/// Sends one reply the way its Wire says.
template <class Stream>
class Sender {
 public:
  /// What was asked may have cost round trips before, to connect.
  Sender(Stream& stream, const Reply& reply, int round_trips, bool head, bool keep_alive)
      : stream_(stream),
        round_trips_(round_trips),
        reply_(reply),
        body_(*reply.body),
        head_(head),
        keep_alive_(keep_alive && !disturbed(reply.wire)) {}

  Outcome send() {
    for (int i = 0; reply_.wire.link != nullptr && i < round_trips_; ++i) reply_.wire.link->wait_for_round_trip();
    if (reply_.wire.latency > Millis{0}) std::this_thread::sleep_for(reply_.wire.latency);
    if (reply_.wire.hang) return wait_for_client(), Outcome::kBreakOff;
    if (reply_.wire.reset_after && *reply_.wire.reset_after == 0) return reset(), Outcome::kBreakOff;
    if (!write(header_text())) return Outcome::kBreakOff;
    if (!head_ && !send_body()) return Outcome::kBreakOff;
    if (reply_.wire.reset_after) return reset(), Outcome::kBreakOff;
    if (reply_.wire.truncate_after) return Outcome::kBreakOff;
    return keep_alive_ ? Outcome::kGoOn : Outcome::kClose;
  }

 private:
  static bool disturbed(const Wire& wire) {
    return wire.reset_after || wire.truncate_after || wire.length_delta || wire.no_length;
  }

  std::string header_text() const {
    std::string text = fmt::format("HTTP/1.1 {} {}\r\n", reply_.status, reason_of(reply_.status));
    for (const auto& [name, value] : reply_.headers) text += fmt::format("{}: {}\r\n", name, value);
    if (reply_.wire.chunked) {
      text += "Transfer-Encoding: chunked\r\n";
    } else if (!reply_.wire.no_length) {
      text += fmt::format("Content-Length: {}\r\n",
                          static_cast<std::int64_t>(body_.size()) + reply_.wire.length_delta.value_or(0));
    }
    return text + fmt::format("Connection: {}\r\n\r\n", keep_alive_ ? "keep-alive" : "close");
  }

  bool send_body() {
    std::string_view rest = body_.substr(0, reply_.bytes_to_send(false));
    if (reply_.wire.bytes_per_second > 0) return drip(rest);
    if (!reply_.wire.chunked) return write(rest);
    while (!rest.empty()) {
      const auto chunk = rest.substr(0, std::size_t{1} << 16U);
      if (!write_chunk(chunk)) return false;
      rest.remove_prefix(chunk.size());
    }
    return end_chunks();
  }

  /// The last chunk, unless the body was cut off before.
  bool end_chunks() { return reply_.bytes_to_send(false) < body_.size() || write("0\r\n\r\n"); }

  bool write_chunk(std::string_view chunk) {
    return write(fmt::format("{:x}\r\n", chunk.size())) && write(chunk) && write("\r\n");
  }

  /// Ten portions a second.
  bool drip(std::string_view rest) {
    const std::size_t portion = std::max<std::size_t>(1, reply_.wire.bytes_per_second / 10);
    const auto pause =
        Millis{1000} * static_cast<std::int64_t>(portion) / static_cast<std::int64_t>(reply_.wire.bytes_per_second);
    while (!rest.empty()) {
      const auto now = rest.substr(0, portion);
      if (!(reply_.wire.chunked ? write_chunk(now) : write(now))) return false;
      rest.remove_prefix(now.size());
      std::this_thread::sleep_for(pause);
    }
    return !reply_.wire.chunked || end_chunks();
  }

  bool write(std::string_view bytes) {
    boost::system::error_code error;
    while (!bytes.empty() && !error) {
      const auto piece = reply_.wire.link == nullptr ? bytes : bytes.substr(0, Link::kPiece);
      if (reply_.wire.link != nullptr) reply_.wire.link->carry(piece.size());
      asio::write(stream_, asio::buffer(piece.data(), piece.size()), error);
      bytes.remove_prefix(piece.size());
    }
    return !error;
  }

  void wait_for_client() {
    boost::system::error_code error;
    char ignored = 0;
    while (!error) asio::read(stream_, asio::buffer(&ignored, 1), error);
  }

  /// A TCP RST, once the client's system has what was written.
  void reset() {
    Socket& socket = socket_of(stream_);
    int unsent = 0;
    for (int tries = 0; tries < 2000; ++tries) {
      if (ioctl(socket.native_handle(), SIOCOUTQ, &unsent) != 0 || unsent == 0) break;
      std::this_thread::sleep_for(Millis{1});
    }
    boost::system::error_code ignored;
    socket.set_option(asio::socket_base::linger{true, 0}, ignored);
    socket.close(ignored);
  }

  Stream& stream_;
  const int round_trips_;
  const Reply& reply_;
  const std::string_view body_;
  const bool head_;
  const bool keep_alive_;
};

/// `to_connect`: the round trips that this has cost. Returns how the last reply left the connection.
template <class Stream>
Outcome answer_requests(Stream& stream, const Handler& handler, std::uint64_t connection, int to_connect) {
  boost::beast::flat_buffer buffer;
  boost::system::error_code error;
  for (int round_trips = to_connect + 1;; round_trips = 1) {
    beast_http::request_parser<beast_http::string_body> parser;
    parser.body_limit(std::uint64_t{16} << 20U);
    beast_http::read(stream, buffer, parser, error);
    if (error) return Outcome::kClose;
    const auto& message = parser.get();
    const Request request = to_request(message, connection);
    const Reply reply = handler(request);
    Sender<Stream> sender{stream, reply, round_trips, request.method == "HEAD", message.keep_alive()};
    if (const Outcome outcome = sender.send(); outcome != Outcome::kGoOn) return outcome;
  }
}

struct Connection {
  Socket socket;
  std::uint64_t number;
};

void run_plain(Connection connection, const Handler& handler) {
  answer_requests(connection.socket, handler, connection.number, 1);
  boost::system::error_code ignored;
  connection.socket.shutdown(Socket::shutdown_send, ignored);
}

void run_tls(Connection connection, const Handler& handler, asio::ssl::context& tls) {
  boost::system::error_code error;
  TlsStream stream{std::move(connection.socket), tls};
  stream.handshake(TlsStream::server, error);
  if (error) return;
  if (answer_requests(stream, handler, connection.number, 2) == Outcome::kClose) stream.shutdown(error);
}

std::atomic<std::uint64_t> connections = 0;

/// What a listener needs for as long as the process lives.
struct Listener {
  Listener(std::uint16_t port, Handler answer)
      : acceptor{context, {asio::ip::address_v4::loopback(), port}}, handler{std::move(answer)} {}

  asio::io_context context;
  asio::ip::tcp::acceptor acceptor;
  Handler handler;
  asio::ssl::context tls{asio::ssl::context::tls_server};
};

template <class Run>
std::uint16_t accept_for_ever(const std::shared_ptr<Listener>& listener, Run run) {
  const std::uint16_t port = listener->acceptor.local_endpoint().port();
  std::thread{[listener, run] {
    while (true) {
      boost::system::error_code error;
      Socket socket{listener->context};
      listener->acceptor.accept(socket, error);
      if (error) continue;
      socket.set_option(asio::ip::tcp::no_delay{true}, error);
      try {
        std::thread{[listener, run, connection = Connection{std::move(socket), ++connections}]() mutable {
          run(std::move(connection), *listener);
        }}.detach();
      } catch (const std::system_error&) {  // no thread to be had: the connection is dropped
      }
    }
  }}.detach();
  return port;
}

}  // namespace

std::uint16_t serve_http(std::uint16_t port, const Handler& handler) {
  return accept_for_ever(std::make_shared<Listener>(port, handler), [](Connection connection, Listener& listener) {
    run_plain(std::move(connection), listener.handler);
  });
}

std::uint16_t serve_https(std::uint16_t port, const Handler& handler, const std::string& certificate,
                          const std::string& key) {
  const auto listener = std::make_shared<Listener>(port, handler);
  listener->tls.use_certificate(asio::buffer(certificate), asio::ssl::context::pem);
  listener->tls.use_private_key(asio::buffer(key), asio::ssl::context::pem);
  return accept_for_ever(listener, [](Connection connection, Listener& owner) {
    run_tls(std::move(connection), owner.handler, owner.tls);
  });
}

}  // namespace replica
