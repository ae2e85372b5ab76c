// KLINEKEEP_API marks what the shared library shows to its users; all else is hidden.
#pragma once

#define KLINEKEEP_API __attribute__((visibility("default")))
