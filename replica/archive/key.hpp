#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "data/catalogue.hpp"

namespace replica {

/// A file of the archive: all candles of a series that open in one day or month.
struct ArchiveFile {
  Series series;
  bool daily;
  Span period;

  std::string stem() const;    // BTCUSDT-1m-2024-03-15
  std::string key() const;     // data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-03-15.zip
  std::string target() const;  // the key after a slash
};

inline constexpr std::string_view kChecksumSuffix = ".CHECKSUM";

/// The folder of a series, with a final slash.
std::string folder_of(const Series& series, bool daily);

/// Reads a key that ends in .zip. Nothing when it has another form, names an unknown symbol, or an interval that the
/// market's daily or monthly files do not have; whether the file exists yet is another question.
std::optional<ArchiveFile> parse_key(const Catalogue& catalogue, std::string_view key);

}  // namespace replica
