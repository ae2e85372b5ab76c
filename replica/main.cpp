#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/application.hpp"
#include "http/certificate.hpp"
#include "http/server.hpp"

namespace {

replica::Options read_options(CLI::App& app, int argc, char** argv) {
  replica::Options options;
  options.fixtures = KLINEKEEP_REPLICA_FIXTURES;
  std::string now;
  double delay_hours = 5;
  std::uint16_t https_port = 0;
  app.add_option("--port", options.port, "Port of HTTP on 127.0.0.1 (0: any free one)")->capture_default_str();
  const auto* const https = app.add_option("--https-port", https_port, "Listen with TLS as well (0: any free port)");
  app.add_option("--certificate", options.certificate_file,
                 "Where to write the PEM of the certificate made for --https-port");
  app.add_option("--now", now, "The exchange's time at the start, ISO 8601 in UTC or epoch ms; it runs on from there");
  app.add_flag("--frozen", options.frozen, "Hold the exchange's time still");
  app.add_option("--delay-hours", delay_hours, "When a daily file appears, after the end of its day")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Of the invented candles")->capture_default_str();
  std::int64_t round_trip_ms = 0;
  app.add_option("--round-trip-ms", round_trip_ms, "Of each request, of each connection one more, and with TLS two")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--bytes-per-second", options.bytes_per_second, "Of all connections together; 0: no limit");
  app.add_option("--fixtures", options.fixtures, "Folder of recorded data; where there is none, all is invented")
      ->capture_default_str();
  // CLI11 takes the last word first.
  std::vector<std::string> words(std::reverse_iterator{argv + argc}, std::reverse_iterator{argv + 1});
  app.name(argv[0]);
  app.parse(std::move(words));
  if (!now.empty()) {
    options.now = replica::parse_instant(now);
    if (!options.now) throw CLI::ValidationError{"--now", "neither ISO 8601 nor epoch milliseconds: " + now};
  }
  if (https->count() > 0) options.https_port = https_port;
  options.round_trip = replica::Millis{round_trip_ms};
  options.daily_delay =
      std::chrono::round<replica::Millis>(std::chrono::duration<double, std::ratio<3600>>{delay_hours});
  return options;
}

void run(const replica::Options& options) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);  // before any thread, so that all have it
  std::signal(SIGPIPE, SIG_IGN);

  const auto application = std::make_shared<replica::Application>(options);
  const replica::Handler handler = [application](const replica::Request& request) {
    return application->answer(request);
  };
  std::cout << replica::serve_http(options.port, handler) << '\n' << std::flush;
  if (options.https_port) {
    const auto certificate = replica::make_certificate();
    if (!options.certificate_file.empty()) std::ofstream{options.certificate_file} << certificate.certificate;
    std::cout << replica::serve_https(*options.https_port, handler, certificate.certificate, certificate.key) << '\n'
              << std::flush;
  }
  int signal = 0;
  sigwait(&stop, &signal);
  std::_Exit(0);  // whatever the connections are doing
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "A local stand-in for Binance's REST API and data.binance.vision. Its first line of output is its port."};
  try {
    run(read_options(app, argc, argv));
  } catch (const CLI::Error& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::cerr << "klinekeep-replica: " << error.what() << '\n';
    std::_Exit(1);  // one of two listeners may be at work already
  }
}
