#include "version_report.hpp"

#include <arrow/config.h>
#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "codecs/libraries.hpp"
#include "core/ascii.hpp"
#include "input/config_file.hpp"
#include "klinekeep/errors.hpp"
#include "klinekeep/version.hpp"
#include "managers.hpp"
#include "output/display_text.hpp"
#include "processor/kernels.hpp"
#include "store/footer.hpp"
#include "store/libraries.hpp"
#include "transport/certificates.hpp"
#include "transport/libraries.hpp"
#include "views/json.hpp"

namespace klinekeep::cli {
namespace {

constexpr const char* kCompiler =
#ifdef __clang__
    __VERSION__;
#else
    "g++ " __VERSION__;
#endif

std::string arrow() {
  const arrow::RuntimeInfo runtime = arrow::GetRuntimeInfo();
  return fmt::format("{} (SIMD {})", arrow::GetBuildInfo().version_string, runtime.simd_level);
}

std::string certificates(const Settings& settings) {
  const auto chosen = transport::choose_certificates(transport::named_certificates(settings.rest.network.ca_file),
                                                     transport::certificate_places());
  if (!chosen) return chosen.error();
  return chosen->named_by.empty() ? chosen->path : fmt::format("{} ({})", chosen->path, chosen->named_by);
}

std::string cache(const Settings& settings) {
  try {
    return fmt::format("{} (format {})", open_cache(settings)->directory().native(), store::kFormat);
  } catch (const Error& error) {
    return error.what();
  }
}

std::string config_file() {
  const std::string path = input::config_path();
  if (path.empty()) return "none: there is no home";
  std::error_code error;
  return path + (std::filesystem::exists(path, error) || error ? "" : " (not there)");
}

std::string glibc() {
#ifdef __GLIBC__
  return gnu_get_libc_version();
#else
  return "none";
#endif
}

std::string kernel() {
  utsname system{};
  if (::uname(&system) != 0) return "unknown";
  return fmt::format("{} {} {}", system.sysname, system.release, system.machine);
}

std::string key_of(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) { return c == ' ' || c == '-' ? '_' : ascii_lower(c); });
  return name;
}

}  // namespace

VersionLines describe_program(const CommonFlags& flags) {
  VersionLines lines{{"klinekeep", kVersion},
                     {"built by", fmt::format("{}, {}", kCompiler, KLINEKEEP_BUILD_TYPE)},
                     {"kernels", std::string(processor::name(processor::active_kernels()))},
                     {"Arrow", arrow()}};
  for (VersionLines more : {transport::libraries(), codecs::libraries(), store::libraries(), core_libraries()}) {
    std::ranges::move(more, std::back_inserter(lines));
  }
  try {
    const Settings settings = resolve_settings(flags);
    lines.push_back({"certificates", certificates(settings)});
    lines.push_back({"cache", cache(settings)});
  } catch (const InvalidRequest& error) {
    lines.push_back({"settings", fmt::format("cannot be used: {}", error.what())});
  }
  lines.push_back({"config file", config_file()});
  lines.push_back({"glibc", glibc()});
  lines.push_back({"kernel", kernel()});
  return lines;
}

std::string version_text(const VersionLines& lines, bool json) {
  if (json) {
    Json object = Json::object();
    for (const VersionLine& line : lines) object[key_of(line.name)] = line.value;
    return json_text(object);
  }
  std::string text = fmt::format("{} {}\n", lines.front().name, lines.front().value);
  std::size_t width = 0;
  for (const VersionLine& line : lines) width = std::max(width, display_width(line.name));
  for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
    text += fmt::format("  {}  {}\n", pad_right(line->name, width), line->value);
  }
  return text;
}

}  // namespace klinekeep::cli
