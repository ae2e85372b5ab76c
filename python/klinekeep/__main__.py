"""``python -m klinekeep``: the command, wherever pip has put it.

The command itself starts without Python, and looks for its libraries where pip usually puts them, seen from it.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import sys
from pathlib import Path

_SITE = Path(__file__).resolve().parent.parent


def _command() -> Path | None:
    places = [_SITE / "bin/klinekeep"]  # of pip install --target, which says another place
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        files = importlib.metadata.files("klinekeep") or []
        places += [Path(str(file.locate())) for file in files if file.name == "klinekeep"]
    return next((place for place in places if place.is_file()), None)


def main() -> None:
    command = _command()
    if command is None:
        sys.exit("klinekeep: this installation has no command beside the package; pip installs both")
    libraries = [str(_SITE / "klinekeep.libs"), os.environ.get("LD_LIBRARY_PATH", "")]
    environment = os.environ | {"LD_LIBRARY_PATH": ":".join(filter(None, libraries))}
    os.execve(command, [str(command), *sys.argv[1:]], environment)


if __name__ == "__main__":
    main()
