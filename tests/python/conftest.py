"""The real package against the real replica. Nothing of the user's environment reaches it."""

from __future__ import annotations

import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "cli")]
from klinekeep_process import NOW, Klinekeep  # noqa: E402
from python_support import Desk, own_environment  # noqa: E402
from replica_process import Replica  # noqa: E402
from shared_replica import replica, shared_replica  # noqa: E402, F401


@pytest.fixture
def strict():
    """A replica of its own, for limits and bans: this process remembers those of a host."""
    with Replica(now=NOW, frozen=True) as running:
        yield running


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home of its own for each test: no cache, no config file, no budget of others, no variable of ours."""
    own_environment(monkeypatch, tmp_path)
    return tmp_path


@pytest.fixture
def desk(replica, home):
    """Makes managers at the replica, with one cache and one clock; closes them at the end."""
    with Desk(replica, home) as desk:
        yield desk


@pytest.fixture
def manager(desk):
    return desk.manager()


@pytest.fixture
def kk(home, replica) -> Klinekeep:
    """The command line, with another home."""
    other = home / "cli"
    other.mkdir()
    return Klinekeep(other, replica)
