"""What a wheel needs when it runs: the pyarrow of the major it is built with. For scikit-build-core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The oldest that are tried: requirements-oldest.txt. pyarrow loads with no numpy before 2, and no pandas before 2.2.2
# loads with that.
OTHERS = ["numpy>=2", "pandas>=2.2.2", "tqdm>=4.66"]


def dynamic_metadata(settings: Mapping[str, Any], project: Mapping[str, Any]) -> dict[str, list[str]]:
    import pyarrow

    major = int(pyarrow.__version__.partition(".")[0])
    return {"dependencies": [f"pyarrow>={major},<{major + 1}", *OTHERS]}


def dynamic_wheel(settings: Mapping[str, Any]) -> dict[str, bool]:
    """An sdist says that its wheels may need another pyarrow than the one that made it."""
    return {"dependencies": True}
