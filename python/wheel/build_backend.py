"""The build backend of pyproject.toml: scikit-build-core's, whose wheels are then given all that they need."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import scikit_build_core.build as inner
from repair import repair
from scikit_build_core.build import (
    build_sdist,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_wheel",
]


def build_wheel(
    wheel_directory: str, config_settings: dict[str, Any] | None = None, metadata_directory: str | None = None
) -> str:
    with tempfile.TemporaryDirectory() as directory:
        bare = inner.build_wheel(directory, config_settings, metadata_directory)
        return repair(Path(directory, bare), Path(wheel_directory)).name
