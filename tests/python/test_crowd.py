"""Eight processes that ask for twenty series each, all at once, over a slow and faulty link, with one cache and one state of limits."""

import collections
import subprocess
import sys

import pyarrow as pa
import pytest
from klinekeep_process import NOW, Klinekeep
from replica_process import Replica, to_ms

PROCESSES = 8
SYMBOLS = ("BTCUSDT", "ETHUSDT", "BNBUSDT", "DOGEUSDT", "ADABTC")
INTERVALS = ("15m", "1h", "4h", "1d")
START, END = "2026-06-01", "2026-09-24T10:00"  # monthly files, daily ones, and what only REST has yet
SERIES = [(symbol, interval) for symbol in SYMBOLS for interval in INTERVALS]
PROGRAM = f"""
import asyncio, sys
from datetime import datetime
import pyarrow as pa
from klinekeep import DataSourceManager

SERIES, SPAN = {SERIES}, dict(start_time=datetime.fromisoformat("{START}"), end_time=datetime.fromisoformat("{END}"))

async def main():
    async with DataSourceManager() as manager:
        return await asyncio.gather(*(manager.get_table(symbol, interval=interval, **SPAN) for symbol, interval in SERIES))

print("ready", flush=True)
sys.stdin.readline()
for (symbol, interval), table in zip(SERIES, asyncio.run(main())):
    with pa.OSFile(f"{{sys.argv[1]}}-{{symbol}}-{{interval}}.arrow", "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
"""


@pytest.fixture
def slow():
    """A replica at 100 ms of round trip, whose budget is enough for what is asked once, and not for eight who each ask for it."""
    with Replica(now=NOW, frozen=True, round_trip_ms=100) as running:
        running.budget("spot", limit=250)
        yield running


def inject(replica: Replica) -> None:
    """Faults of all three kinds, some at the start and some later."""
    pages, files, listings = r"/v3/klines", r"\.zip", "prefix="
    rules = [
        {"match": pages, "kind": "status", "status": 429, "retry_after": "1", "skip": 5, "times": 1},
        {"match": pages, "kind": "status", "status": 429, "retry_after": "1", "skip": 15, "times": 2},
        {"match": pages, "kind": "status", "status": 503, "skip": 2, "times": 3},
        {"match": files, "kind": "status", "status": 503, "skip": 3, "times": 5},
        {"match": listings, "kind": "status", "status": 503, "times": 2},
        {"match": pages, "kind": "reset", "after_bytes": 700, "skip": 9, "times": 3},
        {"match": files + "$", "kind": "reset", "after_bytes": 1000, "skip": 12, "times": 5},
        {"match": files + r"\.CHECKSUM$", "kind": "reset", "skip": 7, "times": 3},
    ]
    for rule in rules:
        replica.fault(**rule)


def read(path) -> pa.Table:
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def rows_of(table: pa.Table) -> list[tuple[float, ...]]:
    """As the replica tells them, all of them as numbers."""
    times = table.column(0).cast(pa.timestamp("ms", tz="UTC")).cast(pa.int64())
    columns = [times, *table.columns[1:]]
    return list(zip(*(map(float, column.to_pylist()) for column in columns), strict=True))


def test_a_crowd_over_a_faulty_link_gets_every_row(home, slow):
    command = Klinekeep(home, slow)
    folder = home / "answers"
    folder.mkdir()
    environment = command.env | {"KLINEKEEP_CACHE_DIR": str(home / "kept")}
    inject(slow)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    crowd = [subprocess.Popen([sys.executable, "-c", PROGRAM, folder / str(n)], env=environment, **pipes) for n in range(PROCESSES)]
    try:
        for process in crowd:
            assert process.stdout.readline() == "ready\n", process.communicate()
        for process in crowd:
            process.stdin.write("\n")
            process.stdin.flush()
        for process in crowd:
            _, err = process.communicate(timeout=200)
            assert (process.returncode, err) == (0, "")
    finally:
        for process in crowd:
            process.kill()
            process.communicate()

    log = slow.log()
    assert [entry for entry in log if entry["status"] == 429 and entry["fault"] is None] == []
    assert {rule["rule"] for rule in slow.faults() if rule["fired"] == 0} == set(), "a fault that nobody met"
    whole = collections.Counter(entry["path"] for entry in log if entry["path"].endswith(".zip") and entry["fault"] is None)
    assert max(whole.values()) == 1, "what one process has fetched, no other fetches again"
    for symbol, interval in SERIES:
        first = read(folder / f"0-{symbol}-{interval}.arrow")
        right = [row for row in slow.rows("spot", symbol, interval, START, to_ms(END) + 1) if row[6] < to_ms(NOW)]  # it has closed
        assert rows_of(first) == [tuple(float(value) for value in row[:11]) for row in right], (symbol, interval)
        for number in range(1, PROCESSES):
            assert read(folder / f"{number}-{symbol}-{interval}.arrow").equals(first), (number, symbol, interval)
    checked = command("cache", "validate", "--cache-dir", home / "kept")
    assert checked.code == 0, checked.text + checked.err
