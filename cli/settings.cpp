#include "settings.hpp"

namespace klinekeep::cli {

void add_common_flags(CLI::App& app, CommonFlags& flags) {
  constexpr auto kGroup = "Common";
  app.add_option("--rest-url", flags.rest_urls,
                 "Where REST is asked: scheme://host:port, replacing the market's hosts;\n"
                 "may be repeated, to try in turn [KLINEKEEP_REST_URL]")
      ->allow_extra_args(false)
      ->type_name("URL")
      ->group(kGroup);
  app.add_option("--vision-url", flags.vision_url,
                 "Where the archive is asked: scheme://host:port, its listing too\n[KLINEKEEP_VISION_URL]")
      ->type_name("URL")
      ->group(kGroup);
  app.add_option("--upstream", flags.upstream,
                 "Which exchange: binance, us, testnet, or a name of your own\nfor those URLs [KLINEKEEP_UPSTREAM, but "
                 "for cache ls, stats\nand validate: they look at all unless the flag is given]")
      ->type_name("NAME")
      ->group(kGroup);
  app.add_option("--cache-dir", flags.cache_dir,
                 "Where candles are kept; without it, klinekeep in the cache home\n[KLINEKEEP_CACHE_DIR]")
      ->type_name("DIR")
      ->group(kGroup);
  app.add_option("--now", flags.now, "The clock, for reproducible runs [KLINEKEEP_NOW]")->type_name("T")->group(kGroup);
  app.add_flag("--json", flags.json, "Machine-readable output")->group(kGroup);
  app.add_flag("-q,--quiet", flags.quiet, "Nothing on stderr but errors")->group(kGroup);
  app.add_flag("-v,--verbose", flags.verbose, "Tell what is done")->group(kGroup);
}

Settings resolve_settings(const CommonFlags& flags) {
  Settings settings{input::resolve({flags.rest_urls, flags.vision_url, flags.cache_dir, flags.now, flags.upstream})};
  settings.json = flags.json;
  settings.quiet = flags.quiet;
  settings.verbose = flags.verbose;
  if (flags.upstream) settings.upstream_flag = Upstream{*flags.upstream};
  return settings;
}

}  // namespace klinekeep::cli
