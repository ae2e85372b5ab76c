"""One replica for all tests of this folder, put back to the same state before each."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from replica_process import Replica  # noqa: E402

NOW = "2026-09-24T12:00:00Z"


@pytest.fixture(scope="session")
def shared_replica():
    with Replica(now=NOW, frozen=True, https=True) as replica:
        yield replica


@pytest.fixture
def replica(shared_replica):
    shared_replica.clear()
    shared_replica.clear_log()
    shared_replica.clock(NOW)
    for market, limit in (("spot", 1_000_000), ("um", 1_000_000), ("cm", 1_000_000)):
        shared_replica.budget(market, limit=limit, used=0)
    return shared_replica
