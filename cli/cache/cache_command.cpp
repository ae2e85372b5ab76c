#include "cache/cache_command.hpp"

#include "cache/ls_command.hpp"
#include "cache/refresh_command.hpp"
#include "cache/validate_command.hpp"

namespace klinekeep::cli {

CLI::App* add_cache(CLI::App& app, CacheFlags& flags) {
  CLI::App* const cache = app.add_subcommand("cache", "Look after what is kept");
  cache->require_subcommand(1);
  add_cache_ls(*cache, flags.ls);
  add_cache_stats(*cache, flags.stats_market);
  add_cache_validate(*cache, flags.validate);
  add_cache_repair(*cache, flags.repair);
  add_cache_refresh(*cache, flags.refresh);
  add_cache_prune(*cache, flags.prune);
  add_cache_reindex(*cache);
  add_cache_path(*cache, flags.path);
  for (CLI::App* const command : cache->get_subcommands(nullptr)) command->fallthrough();
  cache->footer("\n`klinekeep cache ls --help` and the like have examples.");
  return cache;
}

int run_cache(const CLI::App& cache, const CacheFlags& flags, const Settings& settings, const std::stop_token& stop) {
  if (cache.got_subcommand("validate")) return run_cache_validate(flags.validate, settings);
  if (cache.got_subcommand("repair")) return run_cache_repair(flags.repair, settings, stop);
  if (cache.got_subcommand("refresh")) return run_cache_refresh(flags.refresh, settings, stop);
  if (cache.got_subcommand("ls")) run_cache_ls(flags.ls, settings);
  if (cache.got_subcommand("stats")) run_cache_stats(flags.stats_market, settings);
  if (cache.got_subcommand("prune")) run_cache_prune(flags.prune, settings);
  if (cache.got_subcommand("reindex")) run_cache_reindex(settings, stop);
  if (cache.got_subcommand("path")) run_cache_path(flags.path, settings);
  return 0;
}

}  // namespace klinekeep::cli
