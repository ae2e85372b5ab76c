#!/bin/sh
# setup.sh PART...: the Debian packages of scripts/packages/PART.txt, and in .venv the Python packages of python/requirements/PART.txt,
# at pinned versions. Quick when nothing is missing. `make` calls it with the parts that a target needs. VENV and PYTHON name another
# environment, and the Python that it is made with.
set -eu
cd "$(dirname "$0")/.."

missing=""
for part in "$@"; do
  [ -e "scripts/packages/$part.txt" ] || continue
  for package in $(sed -e 's/#.*//' "scripts/packages/$part.txt"); do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
  done
done
if [ -n "$missing" ] && ! command -v apt-get >/dev/null 2>&1; then
  echo "setup: there is no apt-get here. What these packages of Debian have is needed:$missing" >&2
elif [ -n "$missing" ]; then
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

venv=${VENV:-.venv}
# One that was interrupted while it was made has a Python and no pip: it is made anew.
if [ ! -e "$venv/.made" ]; then
  { [ -e "$venv/pyvenv.cfg" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1; } || "${PYTHON:-python3}" -m venv --clear "$venv"
  touch "$venv/.made"
fi

# What pip has installed is kept beside it, so that nothing is asked for twice. What is tried beside the package, and is not of .venv's
# versions, has a folder of its own in it.
for part in "$@"; do
  requirements=python/requirements/$part.txt
  if [ ! -e "$requirements" ] || cmp -s "$requirements" "$venv/.$part"; then continue; fi
  echo "setup: installing $requirements into $venv"
  rm -f "$venv/.$part"
  case $part in
    oldest | between) to="--no-deps --upgrade --target $venv/$part" ;;
    *) to="" ;;
  esac
  # shellcheck disable=SC2086  # a list of words on purpose
  "$venv/bin/python" -m pip install -q --disable-pip-version-check $to -r "$requirements"
  cp "$requirements" "$venv/.$part"
done
