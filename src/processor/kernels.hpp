// Which kernels are used: where there are several for a task, all give the same, and this alone decides between them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace klinekeep::processor {

enum class Kernels : std::uint8_t {
  portable,  // for every processor
  avx2,      // for those of x86-64 with AVX2, FMA, BMI and POPCNT
};

[[nodiscard]] std::string_view name(Kernels kernels);

/// Whether this processor has what they need.
[[nodiscard]] bool runs_here(Kernels kernels);

/// What KLINEKEEP_KERNELS may say, by these names.
enum class Choice : std::uint8_t { fastest, portable };

[[nodiscard]] std::optional<Choice> choice_named(std::string_view word);

[[nodiscard]] Kernels kernels_for(Choice choice);

/// Those in use for as long as the process lives: what KLINEKEEP_KERNELS said when it was first asked for them; where
/// it is not set, or says what is no choice, the fastest. Faces refuse what is no choice (input::resolve).
[[nodiscard]] Kernels active_kernels();

}  // namespace klinekeep::processor
