#include "codecs/libraries.hpp"

#include <fmt/format.h>
#include <isa-l.h>
#include <openssl/crypto.h>
#include <simdjson.h>

#include <pugixml.hpp>

#include "processor/json_kernels.hpp"

namespace klinekeep::codecs {

VersionLines libraries() {
  return {{"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)},
          {"ISA-L", as_built(ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION)},
          {"simdjson", fmt::format("{} ({})",
                                   as_built(simdjson::SIMDJSON_VERSION_MAJOR, simdjson::SIMDJSON_VERSION_MINOR,
                                            simdjson::SIMDJSON_VERSION_REVISION),
                                   processor::use_json_kernels())},
          {"pugixml", as_built(PUGIXML_VERSION / 1000, PUGIXML_VERSION / 10 % 100, PUGIXML_VERSION % 10)}};
}

}  // namespace klinekeep::codecs
