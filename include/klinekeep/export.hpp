// KLINEKEEP_API marks what the shared library shows to its users; all else is hidden.
#pragma once

#if __cplusplus < 202002L
#error "klinekeep needs C++20: compile with -std=c++20"
#endif

#define KLINEKEEP_API __attribute__((visibility("default")))
