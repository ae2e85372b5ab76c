// klinekeep: Binance candles from the best source. Data on stdout, all else on stderr, and an exit code for each kind
// of failure.
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <iterator>
#include <new>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cache/cache_command.hpp"
#include "command_line.hpp"
#include "get_command.hpp"
#include "interrupt.hpp"
#include "klinekeep/errors.hpp"
#include "klinekeep/version.hpp"
#include "messages.hpp"
#include "output/byte_sink.hpp"
#include "plan_command.hpp"
#include "symbols_command.hpp"
#include "version_report.hpp"

namespace klinekeep::cli {
namespace {

constexpr int kInternal = 1;
constexpr int kUsage = 2;

int run(int argc, char** argv, const std::stop_token& stop) {
  CLI::App app{"Binance candles (klines) from the best source."};
  app.name(argv[0]);
  app.require_subcommand(1);
  app.fallthrough();
  CommonFlags common;
  GetFlags get_flags;
  RequestFlags plan_flags;
  CacheFlags cache_flags;
  SymbolsFlags symbols_flags;
  add_common_flags(app, common);
  // Behind the common ones, which are so known where it is met.
  app.set_version_flag("--version", std::string{"klinekeep "} + kVersion,
                       "Print the version; with --verbose or --json those of all\nparts, for bug reports");
  CLI::App* const get = add_get(app, get_flags);
  CLI::App* const plan = add_plan(app, plan_flags);
  CLI::App* const cache = add_cache(app, cache_flags);
  CLI::App* const symbols = add_symbols(app, symbols_flags);
  for (CLI::App* command : {get, plan, cache, symbols}) command->fallthrough();
  app.footer(
      "\nLimits of the cache, that each request keeps which has written:\n[KLINEKEEP_CACHE_MAX_SIZE] 20G, "
      "[KLINEKEEP_CACHE_MAX_AGE] 90d.\nTo compute without AVX2, for comparison: [KLINEKEEP_KERNELS] "
      "portable.\n\n`klinekeep get --help` and the like have examples.\n\n"
      "The data are Binance's, and Binance's terms of use apply to them.");
  // CLI11 takes the last word first.
  std::vector<std::string> words(std::reverse_iterator{argv + argc}, std::reverse_iterator{argv + 1});
  try {
    app.parse(std::move(words));
  } catch (const CLI::CallForVersion& version) {
    if (!common.verbose && !common.json) return app.exit(version);
    write_stdout(version_text(describe_program(common), common.json));
    return 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    complain(usage_message(app, error));
    return kUsage;
  }
  const Settings settings = resolve_settings(common);
  if (*get) run_get(get_flags, settings, stop);
  if (*plan) run_plan(plan_flags, settings);
  if (*cache) return run_cache(*cache, cache_flags, settings, stop);
  if (*symbols) run_symbols(symbols_flags, settings, stop);
  return 0;
}

/// The reader is gone: end as every filter ends then, quietly and by the signal.
int end_by_sigpipe() {
  std::signal(SIGPIPE, SIG_DFL);
  std::raise(SIGPIPE);
  return kInternal;
}

/// Large memory goes back to the system when it is freed, whichever thread had it: malloc would keep some of it for the
/// thread that it thinks will want as much again. What smaller files take is kept for the next one: fresh pages cost
/// more than to parse into them.
void steady_memory() {
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

int guarded_run(int argc, char** argv) {
  steady_memory();
  try {
    const Interrupt interrupt;
    return run(argc, argv, interrupt.token());
  } catch (const PipeClosed&) {
    return end_by_sigpipe();
  } catch (const Error& error) {
    complain(error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    std::fputs("klinekeep: out of memory: ask for less at once, or give the process more\n", stderr);
    return kInternal;
  } catch (const std::system_error& error) {
    const bool is_thread = error.code() == std::errc::resource_unavailable_try_again;
    complain(is_thread ? "no thread can be started: out of memory, or too many threads" : error.what());
    return kInternal;
  } catch (const std::exception& error) {
    complain(error.what());
    return kInternal;
  }
}

}  // namespace
}  // namespace klinekeep::cli

int main(int argc, char** argv) { return klinekeep::cli::guarded_run(argc, argv); }
