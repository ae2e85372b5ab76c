#include "processor/kernels.hpp"

#include <cstdlib>

namespace klinekeep::processor {
namespace {

bool has_avx2() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("popcnt");
#else
  return false;
#endif
}

Choice chosen() {
  const char* const word = std::getenv("KLINEKEEP_KERNELS");
  return (word == nullptr ? std::nullopt : choice_named(word)).value_or(Choice::fastest);
}

}  // namespace

std::string_view name(Kernels kernels) { return kernels == Kernels::avx2 ? "avx2" : "portable"; }

std::optional<Choice> choice_named(std::string_view word) {
  if (word == "fastest") return Choice::fastest;
  if (word == "portable") return Choice::portable;
  return std::nullopt;
}

bool runs_here(Kernels kernels) {
  static const bool avx2 = has_avx2();
  return kernels == Kernels::portable || avx2;
}

Kernels kernels_for(Choice choice) {
  return choice == Choice::fastest && runs_here(Kernels::avx2) ? Kernels::avx2 : Kernels::portable;
}

Kernels active_kernels() {
  static const Kernels active = kernels_for(chosen());
  return active;
}

}  // namespace klinekeep::processor
