#!/bin/sh
# The command of build/arm64, by emulation: for KLINEKEEP_BIN of the tests.
build=$(dirname "$(readlink -f "$0")")/../build
exec qemu-aarch64-static -L "$build/arm64-sysroot" "$build/arm64/bin/klinekeep" "$@"
