// Every key and URL of the archive is made and read here. Pure functions.
// Source of the layout: github.com/binance/binance-public-data and the bucket's own listing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/series.hpp"
#include "planner/step.hpp"

namespace klinekeep::sources {

/// `BTCUSDT-1m-2024-03-15` or `BTCUSDT-1mo-2024-03`: what the zip and the CSV inside it are called.
[[nodiscard]] std::string file_stem(const Series& series, planner::Granularity granularity, Timestamp period);

/// `data/spot/daily/klines/BTCUSDT/1m/`: the folder of a series, as it stands in the bucket (not percent-encoded).
[[nodiscard]] std::string folder(const Series& series, planner::Granularity granularity);

/// Folder and name of the zip.
[[nodiscard]] std::string zip_key(const Series& series, planner::Granularity granularity, Timestamp period);

/// The period of the file with this key, if it is one of the series' zips; none for a CHECKSUM, another series, or an
/// odd name like `…-2020-8.zip`.
[[nodiscard]] std::optional<Timestamp> period_of_key(const Series& series, planner::Granularity granularity,
                                                     std::string_view key);

/// `base` (scheme://host:port) and the percent-encoded key.
[[nodiscard]] std::string object_url(std::string_view base, std::string_view key);

/// The listing under a prefix, after `marker` (exclusive; empty: from the start).
[[nodiscard]] std::string listing_url(std::string_view base, std::string_view prefix, std::string_view marker);

}  // namespace klinekeep::sources
