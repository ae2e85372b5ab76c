#pragma once

#include "archive/archive.hpp"

namespace replica {

/// S3's ListObjects v1 over the archive: at most 1,000 keys and common prefixes a page, in the order of their bytes.
class Listing {
 public:
  Listing(const Catalogue& catalogue, Archive& archive, const FaultRules& rules)
      : catalogue_(catalogue), archive_(archive), rules_(rules) {}

  Reply answer(const Request& request, Instant now);

 private:
  const Catalogue& catalogue_;
  Archive& archive_;
  const FaultRules& rules_;
};

}  // namespace replica
