// Our side of bench/peers.py: makes the files that all read, and reads them when it is told to.
//   klinekeep-bench-peers FOLDER ARCHIVE_ROWS BODY_ROWS
// Writes FOLDER/archive.zip, archive.csv and body.json, and what we read from them as archive.arrow and body.arrow.
// Then each line of input asks for one reading of `archive` (hash, unzip, check and parse), `csv` (parse alone) or
// `body`, and is answered by its processor time, user and system, in seconds.

#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <arrow/table.h>
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <string>

#include "archive_csv.hpp"
#include "codecs/csv.hpp"
#include "codecs/digest.hpp"
#include "codecs/klines_json.hpp"
#include "frame/table.hpp"
#include "inflate_and_hash.hpp"
#include "side_by_side.hpp"

namespace klinekeep::bench {
namespace {

using Table = std::shared_ptr<arrow::Table>;

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream{path, std::ios::binary} << bytes;
}

void write_table(const std::filesystem::path& path, const Table& table) {
  const auto file = arrow::io::FileOutputStream::Open(path).ValueOrDie();
  const auto writer = arrow::ipc::MakeFileWriter(file, table->schema()).ValueOrDie();
  require(writer->WriteTable(*table).ok() && writer->Close().ok() && file->Close().ok(), "a table is written");
}

/// Into memory of a file before, as the second file of a request.
class Reader {
 public:
  explicit Reader(std::size_t rows) : rows_(rows) {}

  Table archive(const std::string& zip) {
    Candles candles = empty();
    read(zip, candles);
    return frame::to_table(std::move(candles));
  }
  Table csv(std::string_view text) {
    Candles candles = empty();
    codecs::CsvParser parser{candles};
    for (; !text.empty(); text.remove_prefix(std::min(text.size(), codecs::kExtractBlock))) {
      require(parser.feed(text.substr(0, codecs::kExtractBlock)).has_value(), "a block is good");
    }
    require(parser.finish().has_value(), "a file is good");
    return frame::to_table(std::move(candles));
  }

 private:
  [[nodiscard]] Candles empty() const {
    Candles candles = candles_in(stock_);
    candles.reserve(rows_ + codecs::kRowsAhead);
    return candles;
  }

  std::size_t rows_;
  std::shared_ptr<PageStock> stock_ = std::make_shared<PageStock>();
};

void serve(const std::filesystem::path& folder, std::size_t archive_rows, std::size_t body_rows) {
  const std::string csv = busy_seconds(archive_rows, Layout::spot_ms);
  const std::string zip = zip_of(csv);
  const std::string body = klines_body(body_rows);
  Reader reader{archive_rows};
  const std::map<std::string, std::function<Table()>> ways{
      {"archive", [&] { return reader.archive(zip); }},
      {"csv", [&] { return reader.csv(csv); }},
      {"body", [&] { return frame::to_table(codecs::parse_klines(body).value()); }},
  };
  write_file(folder / "archive.zip", zip);
  write_file(folder / "archive.csv", csv);
  write_file(folder / "body.json", body);
  write_table(folder / "archive.arrow", ways.at("archive")());
  write_table(folder / "body.arrow", ways.at("body")());
  std::cout << "ready" << std::endl;
  int calls = 0;
  for (std::string name; std::cin >> name >> calls;) {
    const auto& way = ways.at(name);
    if (calls > 1) benchmark::DoNotOptimize(way());
    const double seconds = seconds_of([&] {
      for (int call = 0; call < calls; ++call) benchmark::DoNotOptimize(way());
    });
    std::cout << fmt::format("{:.9f}", seconds / calls) << std::endl;
  }
}

}  // namespace
}  // namespace klinekeep::bench

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  klinekeep::bench::serve(argv[1], std::stoul(argv[2]), std::stoul(argv[3]));
}
