// The seam between the loop and a source: one step in, one answer out.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "klinekeep/report.hpp"
#include "planner/answer.hpp"
#include "planner/step.hpp"
#include "sources/memory_share.hpp"
#include "sources/settle.hpp"

namespace klinekeep::sources {

/// What an archive file was proven by, to be kept with its rows.
struct FileProof {
  std::string name;    // BTCUSDT-1m-2024-03-15.zip
  std::string sha256;  // hex
  std::string etag;    // hex MD5 as the archive stated it; empty where it did not
};

struct StepResult {
  planner::Answer answer;
  std::optional<Settled> rows;         // with a Rows answer
  std::optional<Trust> trust;          // of an archive file whose rows are used
  std::optional<FileProof> file;       // with a trust
  std::optional<HttpFailure> failure;  // behind a Failed answer
  std::vector<std::string> notes;      // for the report
};

class StepRunner {
 public:
  virtual ~StepRunner() = default;
  /// Runs one step to its end: an answer, or Failed after all patience. What is large it takes from `memory`.
  /// Thread-safe. Throws Cancelled, and CacheError where descriptors, threads or memory ran out.
  [[nodiscard]] virtual StepResult run(const planner::Step& step, std::stop_token stop, MemoryShare& memory) = 0;
  /// HTTP requests sent and bytes of bodies received so far.
  [[nodiscard]] virtual std::int64_t requests() const = 0;
  [[nodiscard]] virtual std::int64_t bytes() const = 0;
};

}  // namespace klinekeep::sources
