#!/bin/sh
# Sets up what the build and the tests need: Debian packages, and a .venv with pinned Python packages.
# Idempotent and quick when nothing is missing. `make` calls it; there is no need to.
set -eu
cd "$(dirname "$0")/.."

missing=""
for package in $(sed -e 's/#.*//' scripts/debian-packages.txt); do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ]; then
    sudo=""
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo="sudo"
  else
    echo "setup: these Debian packages are missing, and I may not install them:$missing" >&2
    echo "setup: run, as root: apt-get install --no-install-recommends$missing" >&2
    exit 1
  fi
  echo "setup: installing Debian packages:$missing"
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  # shellcheck disable=SC2086  # a list of words on purpose
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

python=${PYTHON:-python3}
[ -x .venv/bin/python ] || "$python" -m venv .venv

# What pip has installed is kept beside it, so that nothing is asked for twice.
install() {  # install NAME REQUIREMENTS PIP-OPTIONS...: unless these requirements have been met
  stamp=.venv/.$1
  requirements=$2
  shift 2
  if ! cmp -s "$requirements" "$stamp"; then
    echo "setup: installing $requirements into .venv"
    rm -f "$stamp"
    .venv/bin/python -m pip install -q --disable-pip-version-check "$@" -r "$requirements"
    cp "$requirements" "$stamp"
  fi
}
install requirements python/requirements.txt
install oldest-requirements python/requirements-oldest.txt --no-deps --upgrade --target .venv/oldest
