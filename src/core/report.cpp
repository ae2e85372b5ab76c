#include "klinekeep/report.hpp"

namespace klinekeep {

std::string_view name(Trust trust) {
  switch (trust) {
    case Trust::verified:
      return "verified";
    case Trust::etag:
      return "etag";
    case Trust::unverified:
      break;
  }
  return "unverified";
}

}  // namespace klinekeep
