// What `get` and `plan` have in common: the words that make a request for candles.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "klinekeep/data_source_manager.hpp"
#include "settings.hpp"

namespace klinekeep::cli {

/// As given on the command line; empty where it was not.
struct RequestFlags {
  std::string symbol;
  std::string interval;
  std::string market = "spot";
  std::string start;
  std::string end;
  std::string source = "auto";
  std::string columns;
  std::string fill = "none";
  std::string off_grid = "drop";
  std::string verify = "auto";
  bool partial = false;
  bool no_cache = false;
  bool include_open = false;
  bool accept_unverified = false;
};

/// The words, understood.
struct CandleRequest {
  MarketType market;
  Symbol symbol;
  Interval interval;
  Timestamp start;  // inclusive, as `end`; at any precision
  Timestamp end;
  GetOptions options;
};

void add_request_flags(CLI::App& command, RequestFlags& flags);

/// Throws InvalidRequest.
[[nodiscard]] CandleRequest parse_request(const RequestFlags& flags, const Settings& settings);

/// "BTCUSDT 1h spot", and of which exchange where that is not Binance.
[[nodiscard]] std::string title(const CandleRequest& request, const Upstream& upstream);

}  // namespace klinekeep::cli
