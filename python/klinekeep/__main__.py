"""``python -m klinekeep``: the command, with the pyarrow of this Python, wherever that is.

The command itself starts without Python, but only looks for pyarrow where pip has put both.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import sys
from pathlib import Path

import pyarrow


def _command() -> Path | None:
    package = Path(__file__).resolve().parent
    places = [package.parent / "bin/klinekeep"]  # of pip install --target, which says another place
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        files = importlib.metadata.files("klinekeep") or []
        places += [Path(str(file.locate())) for file in files if file.name == "klinekeep"]
    return next((place for place in places if place.is_file()), None)


def main() -> None:
    command = _command()
    if command is None:
        sys.exit("klinekeep: this installation has no command beside the package; pip installs both")
    libraries = [*pyarrow.get_library_dirs(), os.environ.get("LD_LIBRARY_PATH", "")]
    environment = os.environ | {"LD_LIBRARY_PATH": ":".join(filter(None, libraries))}
    os.execve(command, [str(command), *sys.argv[1:]], environment)


if __name__ == "__main__":
    main()
