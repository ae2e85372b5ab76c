// How candles are wanted: the options of every request, to a manager or to a client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "klinekeep/choices.hpp"
#include "klinekeep/columns.hpp"

namespace klinekeep {

/// How far a request has come; told from any thread, one call at a time.
struct Progress {
  std::size_t steps_done;
  std::size_t steps_expected;
  std::int64_t bytes;
  std::string waiting = {};  // a sentence, once a wait for another process has lasted a second; else empty
};

/// A client asks its own source and has no cache: of it `enforce_source` may name no other one, and `use_cache` and
/// `verify` change nothing.
struct GetOptions {
  bool use_cache = true;  // false: neither read nor written
  DataSource enforce_source = DataSource::AUTO;
  Columns columns = {};
  bool partial = false;  // return what there is, and name what is missing in the report, where one would throw
  Fill fill = Fill::none;
  bool keep_off_grid = false;  // candles that the exchange opened off the interval's grid
  bool include_open = false;   // REST and AUTO: the forming candle too; it is never stored
  Verify verify = Verify::AUTO;
  bool accept_unverified = false;  // when all else has failed, take files of the archive that no checksum proves
  std::function<void(const Progress&)> progress = {};
  std::stop_token stop = {};  // ends the work soon, with Cancelled
};

}  // namespace klinekeep
