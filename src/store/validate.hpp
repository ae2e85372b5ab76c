// Whether a partition is sound, in every byte and every claim.
#pragma once

#include <string>
#include <vector>

#include "store/content.hpp"
#include "store/directory.hpp"

namespace klinekeep::store {

/// Sentences on what is wrong with the file of `key`; empty where it is sound or missing. Opens it anew, reads all of
/// it, and changes nothing. Throws FileError.
[[nodiscard]] std::vector<std::string> validate_partition(const Directory& directory, const PartitionKey& key);

/// What is wrong with rows and coverage that a partition of `key` claims to hold. Pure.
[[nodiscard]] std::vector<std::string> faults_of(const Content& content, const PartitionKey& key);

}  // namespace klinekeep::store
