"""The real klinekeep against the real replica."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from klinekeep_process import Klinekeep  # noqa: E402
from shared_replica import replica, shared_replica  # noqa: E402, F401


@pytest.fixture
def kk(tmp_path, replica) -> Klinekeep:
    return Klinekeep(tmp_path, replica)


@pytest.fixture
def uncached(kk) -> None:
    """For suites about the sources: what was asked once is asked again."""
    kk.cached = False


@pytest.fixture
def dead(tmp_path) -> Klinekeep:
    """Both sources at a port where nobody listens."""
    klinekeep = Klinekeep(tmp_path, None)
    klinekeep.env |= {"KLINEKEEP_REST_URL": "http://127.0.0.1:9", "KLINEKEEP_VISION_URL": "http://127.0.0.1:9"}
    return klinekeep
