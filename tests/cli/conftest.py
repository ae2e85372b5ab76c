"""The real klinekeep against the real replica."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from klinekeep_process import NOW, Klinekeep  # noqa: E402
from replica_process import Replica  # noqa: E402


@pytest.fixture(scope="session")
def shared_replica():
    with Replica(now=NOW, frozen=True) as running:
        yield running


@pytest.fixture
def replica(shared_replica):
    """The replica without faults, with an empty log and its budgets unused."""
    shared_replica.clear()
    shared_replica.clock(NOW)
    for market, limit in (("spot", 6000), ("um", 2400), ("cm", 2400)):
        shared_replica.budget(market, limit=limit, used=0)
    shared_replica.clear_log()
    return shared_replica


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
