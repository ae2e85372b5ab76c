"""Objects that are made of their options: what is copied and pickled of them."""

from __future__ import annotations

import os
from typing import Any


class MadeOfOptions:
    """Copied and pickled by the options that it was made with: the other side makes one anew, threads and locks too.

    Relative paths are those of the working directory where it was made first. What no option says is understood where
    it is made anew, by the environment and the config file there.
    """

    _options: dict[str, Any]

    def __getstate__(self) -> dict[str, Any]:
        return self._options


def given(arguments: dict[str, Any]) -> dict[str, Any]:
    """The options that an ``__init__`` was given: its ``locals()``, before it has any others."""
    return {name: value for name, value in arguments.items() if name != "self"}


def whole_path(path: str | os.PathLike[str] | None) -> str | os.PathLike[str] | None:
    """Absolute, where it says anything."""
    return os.path.abspath(path) if path else path
