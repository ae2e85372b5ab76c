#include "processor/kernels.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "kernels_wanted.hpp"

namespace klinekeep::processor {
namespace {

TEST(Kernels, PortableOnesRunEverywhere) {
  EXPECT_TRUE(runs_here(Kernels::portable));
  EXPECT_EQ(kernels_for(Choice::portable), Kernels::portable);
}

TEST(Kernels, TheFastestRunHere) { EXPECT_TRUE(runs_here(kernels_for(Choice::fastest))); }

#ifdef __x86_64__
/// What Linux says that this processor has, where it says so.
std::string processor_flags() {
  std::ifstream file{"/proc/cpuinfo"};
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("flags")) return line + " ";
  }
  return "";
}

TEST(Kernels, TheFastestAreThoseOfTheProcessor) {
  const std::string flags = processor_flags();
  bool all = true;
  for (const char* const flag : {" avx2 ", " fma ", " bmi1 ", " popcnt "})
    all = all && flags.find(flag) != std::string::npos;
  EXPECT_EQ(kernels_for(Choice::fastest), all ? Kernels::avx2 : Kernels::portable) << flags;
}
#else
TEST(Kernels, TheFastestArePortableElsewhere) { EXPECT_EQ(kernels_for(Choice::fastest), Kernels::portable); }
#endif

/// This program is run with KLINEKEEP_KERNELS=portable and without.
TEST(Kernels, TheActiveOnesAreThoseThatTheEnvironmentNames) { EXPECT_EQ(active_kernels(), kernels_wanted()); }

TEST(Kernels, HaveNames) {
  EXPECT_EQ(name(Kernels::portable), "portable");
  EXPECT_EQ(name(Kernels::avx2), "avx2");
}

}  // namespace
}  // namespace klinekeep::processor
