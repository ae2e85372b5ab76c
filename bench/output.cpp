// What writing text costs: the processor time, user and system, in which the rows of an Arrow file that are in memory
// become a file of csv or json, as `klinekeep get` writes it. Seconds, after a first time that is not told.
//   klinekeep-bench-output FILE.arrow csv|json OUT [portable]     portable: without the kernel for AVX2

#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "output/file_sink.hpp"
#include "output/writer.hpp"
#include "side_by_side.hpp"

int main(int argc, char** argv) {
  using namespace klinekeep;
  if (argc != 4 && argc != 5) return 2;
  cli::WriterOptions options;
  if (argc == 5) options.kernels = processor::Kernels::portable;
  const auto file = arrow::io::ReadableFile::Open(argv[1]).ValueOrDie();
  const auto reader = arrow::ipc::RecordBatchFileReader::Open(file).ValueOrDie();
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  for (int i = 0; i < reader->num_record_batches(); ++i) batches.push_back(reader->ReadRecordBatch(i).ValueOrDie());
  const auto write = [&] {
    const auto writer = cli::make_writer(cli::parse_format(argv[2]), std::make_unique<cli::FileSink>(argv[3]),
                                         reader->schema(), options);
    for (const auto& batch : batches) writer->write(*batch);
    writer->finish();
  };
  write();
  fmt::print("{:.6f}\n", bench::seconds_of(write));
}
