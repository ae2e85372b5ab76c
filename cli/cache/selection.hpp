// Which partitions a cache command is about: [SYMBOL [INTERVAL]] and --market.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

#include "klinekeep/unified_cache_manager.hpp"
#include "managers.hpp"
#include "settings.hpp"

namespace klinekeep::cli {

/// As given on the command line; empty where it was not.
struct SelectionFlags {
  std::string symbol;
  std::string interval;
  std::string market;
};

void add_market_flag(CLI::App& command, std::string& market);
void add_selection_flags(CLI::App& command, SelectionFlags& flags);

/// The market of that name; none where none is given. Throws InvalidRequest.
[[nodiscard]] std::optional<MarketType> parse_market_or_all(const std::string& word);

/// As strict as `get` is. Of all exchanges, unless --upstream names one. Throws InvalidRequest, also where the market
/// that is named does not have the interval.
[[nodiscard]] CacheSelection parse_selection(const SelectionFlags& flags, const Settings& settings);

/// For commands that are about the whole cache, whatever exchange: throws InvalidRequest where --upstream names one.
/// `what` they are about, a clause.
void refuse_upstream(const Settings& settings, std::string_view what);

/// Where a symbol or --upstream selects what the cache has nothing of: a sentence that says so and names what is there.
/// None where there is something, or neither was given: an empty cache is no mistake.
[[nodiscard]] std::optional<std::string> selects_nothing(const UnifiedCacheManager& cache,
                                                         const CacheSelection& selection, const Settings& settings);

/// For commands that would call what is not there sound: throws InvalidRequest of that sentence.
void refuse_to_select_nothing(const UnifiedCacheManager& cache, const CacheSelection& selection,
                              const Settings& settings);

/// For commands that show what there is, though that be nothing: it goes to stderr.
void tell_of_nothing(const UnifiedCacheManager& cache, const CacheSelection& selection, const Settings& settings);

/// Klines of the one exchange that the settings' clients ask: for commands that ask it.
[[nodiscard]] CacheSelection of_the_exchange(CacheSelection selection, Managers& managers);

/// Says which series of other exchanges than the selection's are there and were left out, and how to name them; nothing
/// where the user has named the exchange.
void tell_of_others(const UnifiedCacheManager& cache, const CacheSelection& selection, const Settings& settings);

}  // namespace klinekeep::cli
