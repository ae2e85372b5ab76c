"""Fixtures for the suites that run the real klinekeep: one replica for all tests, as good as new for each."""

from __future__ import annotations

import pytest
from klinekeep_process import NOW
from replica_process import Replica


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
