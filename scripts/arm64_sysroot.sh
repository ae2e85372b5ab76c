#!/bin/sh
# Makes build/arm64-sysroot: what klinekeep is linked with, as Debian and pyarrow have it for arm64, to build and to run it by
# emulation. Needs no root and leaves the machine's own packages alone: apt works in a folder of its own, as if on an empty arm64
# machine. Idempotent and quick when nothing has changed.
set -eu
cd "$(dirname "$0")/.."

packages=scripts/packages/arm64-libraries.txt
pyarrow=pyarrow==$(.venv/bin/python -c 'import pyarrow; print(pyarrow.__version__)')
sysroot=build/arm64-sysroot
work=build/arm64-packages
wanted="$(sed -e 's/#.*//' "$packages" | xargs) $pyarrow"

[ -f "$sysroot/.complete" ] && [ "$(cat "$sysroot/.complete")" = "$wanted" ] && exit 0
echo "arm64: fetching libraries into $sysroot"
rm -rf "$sysroot" "$work"
mkdir -p "$sysroot" "$work/lists/partial" "$work/archives/partial"
: >"$work/status"
folder=$PWD/$work

apt() {
  apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User= -o Debug::NoLocking=true \
    -o Dir::State="$folder" -o Dir::State::lists="$folder/lists" -o Dir::State::status="$folder/status" \
    -o Dir::State::extended_states="$folder/extended_states" -o Dir::Cache="$folder" -o Dir::Cache::archives="$folder/archives" "$@"
}
apt update
# shellcheck disable=SC2046  # a list of words on purpose
apt install --download-only -y --no-install-recommends $(sed -e 's/#.*//' "$packages")
for package in "$work"/archives/*.deb; do dpkg -x "$package" "$sysroot"; done
# Debian's links to libraries are absolute in some packages: they are to stay inside.
find "$sysroot" -type l -lname '/*' | while read -r link; do ln -snf "$PWD/$sysroot$(readlink "$link")" "$link"; done

.venv/bin/python -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.11 \
  --platform manylinux_2_28_aarch64 --dest "$work" "$pyarrow"
.venv/bin/python -m zipfile -e "$work"/pyarrow-*.whl "$sysroot/opt"
rm -rf "$work"
echo "$wanted" >"$sysroot/.complete"
