"""What happens to a cache and its users while requests run: damage, removed files and folders, kills, forks, stopped processes.

The law of each trial: a get that ends with 0 has given the truth, to the bit, and whatever was done, all is well again afterwards.
KLINEKEEP_TRIALS is how often each is tried (`make reliability`: 100); trial n draws the same lots for ever.
"""

from __future__ import annotations

import collections
import os
import random
import shutil
import signal
import subprocess
import sys

import pytest
from cache_support import DAY, NO_SOURCE, Cache, damage, iso, truth, values
from klinekeep_process import Result
from replica_process import to_ms

TRIALS = int(os.environ.get("KLINEKEEP_TRIALS", 3))
SEED = 20261123
BEGIN, END = to_ms("2024-02-01"), to_ms("2024-05-01")
ALL = ("2024-02-01", "2024-04-30")
NOT_CACHED = (3, 4, 6)  # what a get that may ask nobody says of candles that are damaged or gone
CACHE_FAILS = 9  # what each may say when what it has just written is damaged, again and again


@pytest.fixture(scope="module")
def lines_kept() -> dict[int, bytes]:
    return {}


@pytest.fixture
def right(kk, replica, lines_kept):
    """What a get prints of the slots in [begin, end]: the replica's truth, in the bytes of a get that has seen no cache."""
    if not lines_kept:
        whole = kk.get("ETHUSDT", "1h", *ALL, "rest", "--no-cache").ok()
        assert values(whole) == truth(replica, "spot", "ETHUSDT", "1h", ALL[0], END - 1)
        head, *lines = whole.out.splitlines(keepends=True)
        lines_kept.update({-1: head} | dict(zip(whole.times, lines, strict=True)))
        replica.clear_log()
        replica.budget("spot", used=0)
    return lambda begin, end: b"".join(line for slot, line in lines_kept.items() if slot == -1 or begin <= slot <= end)


class Get:
    """A get that runs, and what it has to say. It prints into a file: a pipe would hold it up until it is read."""

    def __init__(self, kk, number: int, begin: int, end: int, source: str = "auto", verify: str = "auto"):
        self.begin, self.end, self.source, self.killed = begin, end, source, False
        self._out = kk.home / f"{number}.csv"
        with self._out.open("wb") as out:
            words = ("get", "ETHUSDT", "1h", "--start", iso(begin), "--end", iso(end), "--source", source, "--verify", verify)
            self.process = kk.popen(*words, "-q", "-f", "csv", stdout=out)

    def runs(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        self.process.kill()
        self.killed = True

    def result(self) -> Result:
        _, err = self.process.communicate(timeout=200)
        return Result(self.process.returncode, self._out.read_bytes(), err.decode())


def some_get(kk, rng: random.Random, number: int) -> Get:
    begin = BEGIN + rng.randrange(85) * DAY
    end = min(END, begin + rng.randint(1, 45) * DAY) - 1
    source, verify = rng.choice(["auto", "auto", "rest", "vision", "cache"]), rng.choice(["auto", "always"])
    return Get(kk, number, begin, end, source, verify)


# -- damage, removals and kills ----------------------------------------------------------------------------------------


def remove_file(cache: Cache, rng: random.Random) -> None:
    rng.choice(cache.partitions()).unlink()


def remove_series(cache: Cache, rng: random.Random) -> None:
    """All of it, locks too: piece by piece, or moved away at once."""
    folder = cache.partition("ETHUSDT").parent
    if rng.randrange(2):
        folder = folder.rename(cache.root.parent / f"removed {rng.random()}")
    shutil.rmtree(folder, ignore_errors=True)


def judge(get: Get, result: Result, right) -> None:
    """It was right, or was killed, or says why it could not be answered: only the cache alone may lack candles."""
    if result.code == 0:
        assert result.out == right(get.begin, get.end), (get.source, iso(get.begin), iso(get.end), result.err)
    elif result.code == -signal.SIGKILL:
        assert get.killed
    else:
        assert result.code == CACHE_FAILS or (get.source == "cache" and result.code in NOT_CACHED), (get.source, result.code, result.err)


DEEDS = {
    "repair": lambda cache, rng, gets: cache.kk("cache", "repair").ok(),
    "damage": lambda cache, rng, gets: damage(rng, cache.partitions()),
    "remove a file": lambda cache, rng, gets: remove_file(cache, rng),
    "remove the series": lambda cache, rng, gets: remove_series(cache, rng),
    "kill": lambda cache, rng, gets: rng.choice([get for get in gets if get.runs()]).kill(),
}
MIXTURES = {
    "damage": ["damage", "damage", "damage", "repair"],
    "kills": ["kill", "repair", "repair"],
    "removals": ["remove a file", "remove the series", "repair"],
    "all at once": [*DEEDS, "damage", "damage"],
}


def disturb(kk, rng: random.Random, deeds: list[str]) -> tuple[list[Get], collections.Counter]:
    """Ten requests, four at a time, and meanwhile twice as many deeds, each after some while."""
    cache, gets, done = Cache(kk), [], collections.Counter()
    for number in range(10):
        while sum(get.runs() for get in gets) >= 4:
            pass
        gets.append(some_get(kk, rng, number))
        for _ in range(2):
            for _ in range(rng.randrange(5_000)):
                gets[-1].runs()
            deed = rng.choice(deeds)
            try:
                DEEDS[deed](cache, rng, gets)
                done[deed] += 1
            except (IndexError, FileNotFoundError):  # nothing is there for it now
                done["nothing"] += 1
    return gets, done


@pytest.mark.parametrize("trial", range(TRIALS))
@pytest.mark.parametrize("mixture", MIXTURES)
def test_whatever_is_done_meanwhile_an_answer_is_right(kk, replica, right, mixture, trial):
    rng = random.Random(f"{SEED} {mixture} {trial}")
    replica.budget("spot", limit=1_000_000)
    for _ in range(rng.randrange(4)):
        some_get(kk, rng, 0).result()
    replica.fault(match="/data/|/klines", kind="latency", ms=rng.randrange(10, 100))
    gets, done = disturb(kk, rng, MIXTURES[mixture])
    codes = collections.Counter()
    for get in gets:
        result = get.result()
        codes[result.code] += 1
        judge(get, result, right)
    print(f"{mixture} {trial}: {dict(done)}; exit codes {dict(codes)}")
    replica.clear()
    heals(kk, right)


def heals(kk, right) -> None:
    """Repair sees to all that validate finds; what is asked then is right and kept; and what the dead left behind goes with the next commit."""
    cache = Cache(kk)
    kk("cache", "repair").ok()
    kk("cache", "validate").ok()
    assert kk.get("ETHUSDT", "1h", *ALL, "auto").ok().out == right(BEGIN, END)
    assert kk.get("ETHUSDT", "1h", *ALL, "cache", env=NO_SOURCE).ok().out == right(BEGIN, END)
    kk("cache", "refresh", "ETHUSDT", "1h").ok()
    cache.assert_sound()


# -- forks -------------------------------------------------------------------------------------------------------------

PARENT = """
import os, sys, threading
from datetime import datetime
import klinekeep

def fetch():
    klinekeep.DataSourceManager().get_data_sync("ETHUSDT", interval="1h", start_time=datetime(2024, 3, 1), end_time=datetime(2024, 3, 31, 23))

threading.Thread(target=fetch, daemon=True).start()
sys.stdin.readline()  # the test writes when the replica was asked
for _ in range(3):
    if os.fork() == 0:
        try:
            fetch()
        except RuntimeError as error:
            print("forked while klinekeep was at work" in str(error), flush=True)
        sys.stdin.read()
        os._exit(0)
sys.stdin.read()
"""


@pytest.mark.parametrize("trial", range(TRIALS))
@pytest.mark.parametrize("asked", ["zip", "CHECKSUM"])
def test_children_that_outlive_a_killed_parent_hold_nobody_up(kk, replica, right, asked, trial):
    """They were forked while it fetched, are told so when they ask themselves, and have none of its locks."""
    rng = random.Random(f"{SEED} forks {trial}")
    replica.fault(match=rf"\.{asked}$", kind="hang")
    env = kk.env | {"KLINEKEEP_CACHE_DIR": str(Cache(kk).root)}
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", PARENT], env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        while not any(entry["path"].endswith(asked) for entry in replica.log()):
            assert parent.poll() is None
        before = [Get(kk, number, BEGIN, END - 1) for number in range(rng.randrange(3))]  # who already waits for it
        parent.stdin.write("\n")
        parent.stdin.flush()
        assert [parent.stdout.readline() for _ in range(3)] == ["True\n"] * 3
        parent.kill()
        parent.wait()
        replica.clear()
        for get in [*before, *(Get(kk, number, BEGIN, END - 1) for number in range(3, 6))]:
            assert get.result().ok().out == right(BEGIN, END)
    Cache(kk).assert_sound()


# -- stopped holders ---------------------------------------------------------------------------------------------------


def when_it_fetches(replica, cache: Cache) -> bool:
    return bool(replica.log(".zip"))


def when_it_commits(replica, cache: Cache) -> bool:
    """A commit writes beside its partition first."""
    return any(name.endswith(".tmp") for name in cache.strays())


@pytest.mark.parametrize("trial", range(max(1, TRIALS // 10)))
@pytest.mark.parametrize("when", [when_it_fetches, when_it_commits])
def test_others_go_on_while_the_holder_is_stopped(kk, replica, right, when, trial):
    """By Ctrl-Z, say. They wait for it a while, as it may be slow; and when it is let go on, it ends as if nothing had been."""
    rng = random.Random(f"{SEED} stops {when.__name__} {trial}")
    cache = Cache(kk)
    if when is when_it_fetches:
        replica.fault(match=r"/data/", kind="latency", ms=rng.randrange(200, 400))
    holder = Get(kk, 0, BEGIN, END - 1)
    while holder.runs() and not when(replica, cache):
        pass
    holder.process.send_signal(signal.SIGSTOP)
    replica.clear()
    others = [some_get(kk, rng, number) for number in range(1, 6)]
    try:
        for get in others:
            judge(get, get.result(), right)
    finally:
        holder.process.send_signal(signal.SIGCONT)
    assert holder.result().ok().out == right(BEGIN, END)
    heals(kk, right)
