#!/bin/sh
# front_door.sh FOLDER: how many seconds each part of `make demo` and `make test` takes on a fresh Debian 12 with git and make, of which
# debootstrap makes one in FOLDER, for this commit. As root; package indexes are asked as this machine asks them. docs/performance.md has what came out.
set -eu
folder=$(realpath -m "$1")
source=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)

[ -e "$folder/etc/debian_version" ] || debootstrap --variant=minbase --include=ca-certificates,git,make bookworm "$folder" >/dev/null
for file in /etc/ssl/certs/ca-certificates.crt /etc/pip.conf; do
  if [ -e "$file" ]; then cp "$file" "$folder$file"; fi
done
rm -rf "$folder/klinekeep"
git clone -q "$source" "$folder/klinekeep"

# What is mounted goes with this process.
exec unshare --mount --fork sh -eu -c '
  folder=$1
  mount --bind "$folder" "$folder" # a mount point, as the root of a system is
  mount -t proc proc "$folder/proc"
  mount -t sysfs sysfs "$folder/sys"
  mount --rbind /dev "$folder/dev"
  mount -t tmpfs tmpfs "$folder/tmp"
  cp /etc/resolv.conf "$folder/etc/resolv.conf"
  timed() {
    began=$(date +%s)
    chroot "$folder" env -u LD_LIBRARY_PATH HOME=/root LC_ALL=C.UTF-8 make -C /klinekeep "$1" >"$folder/$1.log" 2>&1 || { tail -40 "$folder/$1.log"; exit 1; }
    printf "%-12s %5d s\n" "$1" $(($(date +%s) - began))
  }
  timed setup-demo
  timed build
  timed demo
  timed demo
  timed setup-test
  timed tests
  timed packages
  timed test
' sh "$folder"
