"""What a wheel needs when it runs: the pyarrow of the major it is built with. For scikit-build-core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OTHERS = ["numpy>=1.26", "pandas>=2", "tqdm>=4.66"]


def dynamic_metadata(settings: Mapping[str, Any], project: Mapping[str, Any]) -> dict[str, list[str]]:
    import pyarrow

    major = int(pyarrow.__version__.partition(".")[0])
    return {"dependencies": [f"pyarrow>={major},<{major + 1}", *OTHERS]}


def dynamic_wheel(settings: Mapping[str, Any]) -> dict[str, bool]:
    """An sdist says that its wheels may need another pyarrow than the one that made it."""
    return {"dependencies": True}
