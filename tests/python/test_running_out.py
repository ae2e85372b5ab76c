"""Descriptors that run out, in programs of their own: what is cached is no miss for that."""

from __future__ import annotations

import ast
import datetime
import pathlib
import resource
import subprocess
import sys
import textwrap

import pyarrow as pa
import pytest
from klinekeep_process import Klinekeep
from partition_file import PartitionFile, write
from python_support import NOBODY

DAY = 86_400_000
MONTHS, SERIES = 77, 21
FIRST = datetime.date(2017, 10, 1)


def months() -> list[datetime.date]:
    return [datetime.date(FIRST.year + (FIRST.month - 1 + i) // 12, (FIRST.month - 1 + i) % 12 + 1, 1) for i in range(MONTHS)]


def ms(date: datetime.date) -> int:
    return int(datetime.datetime(date.year, date.month, 1, tzinfo=datetime.timezone.utc).timestamp()) * 1000


def write_month(root: pathlib.Path, like: PartitionFile, symbol: str, month: datetime.date) -> None:
    begin = ms(month)
    end = ms((month + datetime.timedelta(days=31)).replace(day=1))
    opens = list(range(begin, end, DAY))
    rows = like.table.slice(0, 1).take([0] * len(opens))
    rows = rows.set_column(0, like.schema.field(0), pa.array(opens, pa.timestamp("ms", tz="UTC")))
    close = like.schema.get_field_index("close_time")
    rows = rows.set_column(close, like.schema.field(close), pa.array([t + DAY - 1 for t in opens], pa.int64()))
    name = f"{month:%Y%m}"
    answered = [{**like.about["coverage"]["answered"][0], "begin": begin, "end": end}]
    coverage = {**like.about["coverage"], "answered": answered, "holes": []}
    about = {**like.about, "symbol": symbol, "month": name, "coverage": coverage}
    write(root / "spot/data" / symbol / "1d" / f"{name}.arrow", rows, about)


@pytest.fixture(scope="module")
def cache(shared_replica, tmp_path_factory) -> pathlib.Path:
    """21 series of 77 months, in the likeness of one that klinekeep has written. Nobody changes it."""
    home = tmp_path_factory.mktemp("many")
    kk = Klinekeep(home, shared_replica)
    kk.get("BTCUSDT", "1d", "2024-03-01", "2024-03-31", "vision").ok()
    root = home / "cache" / "klinekeep"
    like = PartitionFile(root / "spot/data/BTCUSDT/1d/202403.arrow")
    for number in range(SERIES):
        for month in months():
            write_month(root, like, f"COIN{number}USDT", month)
    return root


def run(kk: Klinekeep, command: list[str], limits: dict[int, int]) -> str:
    def limit() -> None:
        for which, most in limits.items():
            resource.setrlimit(which, (most, most))

    env = kk.env | {"KLINEKEEP_REST_URL": NOBODY, "KLINEKEEP_VISION_URL": NOBODY}
    process = subprocess.run(command, env=env, capture_output=True, text=True, timeout=240, preexec_fn=limit)
    assert process.returncode == 0, process.stderr
    return process.stdout


GATHER = """
import asyncio, sys
from datetime import datetime
from klinekeep import DataSourceManager

async def main():
    async with DataSourceManager(cache_dir=sys.argv[1]) as manager:
        for _ in range(3):
            frames = await asyncio.gather(*(
                manager.get_data(f"COIN{{n}}USDT", interval="1d", start_time=datetime(2017, 10, 1), end_time=datetime(2024, 2, 29)) for n in range({series})
            ))
            assert {{len(frame) for frame in frames}} == {{{days}}}, [len(frame) for frame in frames]
        print(manager.get_cache_stats_sync())

asyncio.run(main())
"""
DAYS = (datetime.date(2024, 3, 1) - FIRST).days


@pytest.mark.parametrize("descriptors", [1024, 64])
def test_a_gather_of_21_series_of_77_months_needs_few_descriptors(kk, cache, descriptors):
    program = textwrap.dedent(GATHER).format(series=SERIES, days=DAYS)
    out = run(kk, [sys.executable, "-c", program, str(cache)], {resource.RLIMIT_NOFILE: descriptors})
    assert ast.literal_eval(out) == {"hits": 3 * SERIES, "misses": 0, "errors": 0}


def test_one_get_of_77_months_needs_few_descriptors(kk, cache):
    command = [kk.binary, "get", "COIN0USDT", "1d", "--start", "2017-10-01", "--end", "2024-02-29", "--cache-dir", str(cache), "-q"]
    out = run(kk, command, {resource.RLIMIT_NOFILE: 64})
    assert len(out.splitlines()) == 1 + DAYS


# Counts sockets of its own, and has fetched before its descriptors are few.
FETCHED = """
import asyncio, os, resource, sys
from datetime import date
from klinekeep import CacheError, DataSourceManager

INTERVALS = "1h 2h 4h 6h 8h".split()
SERIES = [(symbol, interval) for symbol in "BTCUSDT ETHUSDT BNBUSDT DOGEUSDT ADABTC".split() for interval in INTERVALS][:{series}]

def sockets():
    links = [f"/proc/self/fd/{{fd}}" for fd in os.listdir("/proc/self/fd")]
    return sum(os.readlink(link).startswith("socket") for link in links if os.path.lexists(link))

async def gather(manager, year):
    asked = dict(start_time=date(year, 1, 1), end_time=date(year + 1, 12, 31))
    return await asyncio.gather(*(manager.get_data(s, interval=i, **asked) for s, i in SERIES), return_exceptions=True)

def errors(told):
    return [each for each in told if isinstance(each, Exception)]

def main():
    with DataSourceManager() as warm:
        assert errors(asyncio.run(gather(warm, 2023))) == []
        assert sockets() > 0, "it has fetched, and keeps connections"
    assert sockets() == 0, "it is closed, and keeps connections all the same"
    del warm
    resource.setrlimit(resource.RLIMIT_NOFILE, ({descriptors}, {descriptors}))
    with DataSourceManager() as manager:
        fetched = errors(asyncio.run(gather(manager, 2020)))
        assert {{type(error) for error in fetched}} <= {{CacheError}}, fetched
        for _ in range(5):
            assert errors(asyncio.run(gather(manager, 2023))) == []

main()
"""


@pytest.mark.parametrize("descriptors", [128, 64])
def test_what_is_cached_is_no_miss_for_who_has_fetched_before(kk, replica, descriptors):
    program = textwrap.dedent(FETCHED).format(series=SERIES, descriptors=descriptors)
    process = subprocess.run([sys.executable, "-c", program], env=kk.env, capture_output=True, text=True, timeout=240)
    assert process.returncode == 0, process.stdout + process.stderr


NONE_LEFT = """
import os, resource
from datetime import date
from klinekeep import DataSourceManager

def descriptors():
    return [int(fd) for fd in os.listdir("/proc/self/fd")]

def get(manager, month):
    return manager.get_data_sync("ETHUSDT", interval="1h", start_time=date(2024, month, 1), end_time=date(2024, month, 28))

with DataSourceManager() as manager:
    get(manager, 3)  # leaves a connection behind
    most = max(descriptors()) + 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        while True:
            os.open("/dev/null", os.O_RDONLY)
    except OSError:
        pass
    assert [len(get(manager, month)) for month in (1, 2)] == [27 * 24 + 1, 27 * 24 + 1]
    assert manager.get_cache_stats_sync()["misses"] == 1
"""


def test_idle_connections_are_given_back_where_no_descriptor_is_left(kk):
    # By another process: what this one has mapped needs no descriptor.
    kk.get("ETHUSDT", "1h", "2024-01-01", "2024-02-28", "vision").ok()
    process = subprocess.run([sys.executable, "-c", NONE_LEFT], env=kk.env, capture_output=True, text=True, timeout=240)
    assert process.returncode == 0, process.stderr


# Its first thread dies before it runs a line of ours, as one does that finds no memory; the one after it lives.
DIES = """
import asyncio, sys, threading
from datetime import date
from klinekeep import DataSourceManager, _work

real, deaths = _work._thread.start_new_thread, {deaths}

def start(function, arguments):
    global deaths
    if deaths == 0:
        return real(function, arguments)
    deaths -= 1
    {how}

def dies(*arguments):
    raise MemoryError

sys.unraisablehook = lambda unraisable: None
_work._thread.start_new_thread = start
asked = dict(interval="1h", start_time=date(2024, 1, 1), end_time=date(2024, 1, 2))

async def main(manager):
    told = await asyncio.gather(*(manager.plan("BTCUSDT", **asked) for _ in range(3)), return_exceptions=True)
    print([type(each).__name__ for each in told])

with DataSourceManager() as manager:
    try:
        manager.plan_sync("BTCUSDT", **asked)
    except Exception as error:
        print(type(error).__name__, error)
    asyncio.run(main(manager))
"""
HOW = {
    "MemoryError memory ran out": "return real(dies, arguments)",
    "CacheError threads ran out": "raise RuntimeError(\"can't start new thread\")",
}


@pytest.mark.parametrize("told", HOW)
def test_a_thread_that_dies_as_it_starts_is_told_and_others_go_on(kk, told):
    for deaths, after in ((1, ["FetchPlan"] * 3), (2, [told.split()[0], "FetchPlan", "FetchPlan"])):
        program = textwrap.dedent(DIES).format(deaths=deaths, how=HOW[told])
        process = subprocess.run([sys.executable, "-c", program], env=kk.env, capture_output=True, text=True, timeout=60)
        assert process.returncode == 0 and process.stderr == "", process.stdout + process.stderr
        first, second = process.stdout.splitlines()
        assert first.startswith(told) and ast.literal_eval(second) == after


NO_FILE = """
import os, resource
from datetime import date
import klinekeep

asked = dict(interval="1h", start_time=date(2024, 1, 1), end_time=date(2024, 1, 2), partial=True, enforce_source="cache")
with klinekeep.DataSourceManager() as manager:
    taken = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    try:
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    try:
        manager.get_data_sync("BTCUSDT", **asked)
    except klinekeep.Error as error:
        print(type(error).__name__, error)
    for fd in taken:
        os.close(fd)
    print(len(manager.get_data_sync("BTCUSDT", **asked)))
"""


def test_descriptors_that_run_out_as_pandas_is_loaded_are_told(kk):
    process = subprocess.run([sys.executable, "-c", NO_FILE], env=kk.env, capture_output=True, text=True, timeout=60)
    assert process.returncode == 0, process.stderr
    told, rows = process.stdout.splitlines()
    assert told.startswith("CacheError pandas cannot be loaded") and "ulimit -n" in told and rows == "0"
