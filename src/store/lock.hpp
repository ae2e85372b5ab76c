// Taking the locks of a cache directory.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "store/directory.hpp"
#include "store/waiting.hpp"

namespace klinekeep::store {

/// The byte of the lock file that is at `path` by now, made where it is missing; none where another holds it. Throws
/// FileError.
[[nodiscard]] std::unique_ptr<LockFile> try_lock(const Directory& directory, const std::filesystem::path& path,
                                                 std::int64_t byte);

/// The same, and waits for who holds it, for ten seconds. `what` is written under it: `BTCUSDT 1m of 2024-03`. Throws
/// CacheError after that time, and Cancelled.
[[nodiscard]] std::unique_ptr<LockFile> lock(const Directory& directory, const std::filesystem::path& path,
                                             std::int64_t byte, const std::string& what, const Waiting& waiting);

/// The right to commit to the month, likewise.
[[nodiscard]] std::unique_ptr<LockFile> lock_month(const Directory& directory, const Series& series, Month month,
                                                   const Waiting& waiting);

/// Remarks, once for a directory, that its file system keeps processes apart no more than that.
void remark_without_locks(const Directory& directory, const LockFile& lock);

/// `BTCUSDT 1m`, for sentences.
[[nodiscard]] std::string text_of(const Series& series);

}  // namespace klinekeep::store
