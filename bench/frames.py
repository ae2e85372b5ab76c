"""What a warm frame costs: `get_data` of 24 hours, and of the days around them, beside the bare copy of the columns and beside the files of others.

    .venv/bin/python bench/frames.py
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import os
import pathlib
import resource
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import duckdb  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import polars as pl  # noqa: E402
import pyarrow as pa  # noqa: E402
from replica_process import Replica  # noqa: E402
from side_by_side import print_table, seconds_of  # noqa: E402

import klinekeep  # noqa: E402

NOW = "2026-09-24T12:00:00Z"
FIRST = datetime.datetime(2026, 9, 10, tzinfo=datetime.timezone.utc)
ROUNDS = 60


def bare_copy(table: pa.Table) -> list[np.ndarray]:
    """The columns in memory of their own, and nothing else: numpy arrays, one for each column."""
    return [np.concatenate([chunk.to_numpy() for chunk in column.chunks]) for column in table.columns]


def like_pandas(df: pd.DataFrame, expected: pd.DataFrame) -> bool:
    return bool((df.to_numpy() == expected.reset_index().drop(columns="open_time").to_numpy()).all())


def measure(manager: klinekeep.DataSourceManager, folder: pathlib.Path, days: int) -> None:
    asked = {"start_time": FIRST, "end_time": FIRST + datetime.timedelta(days=days, seconds=-1)}
    df = manager.get_data_sync("BTCUSDT", **asked)
    table = manager.get_table_sync("BTCUSDT", **asked)
    assert len(df) == table.num_rows == days * 86_400
    plain = df.reset_index()
    plain.attrs = {}
    plain.to_parquet(folder / "day.parquet")
    plain.to_feather(folder / "day.feather", compression="uncompressed")
    parquet, feather = str(folder / "day.parquet"), str(folder / "day.feather")
    loop = asyncio.new_event_loop()
    columns = list(df.columns)
    functions = {
        "bare copy": lambda: bare_copy(table),
        "get_data_sync": lambda: manager.get_data_sync("BTCUSDT", **asked),
        "await get_data": lambda: loop.run_until_complete(manager.get_data("BTCUSDT", **asked)),
        "get_table_sync (no copy)": lambda: manager.get_table_sync("BTCUSDT", **asked),
        "pandas.read_feather, uncompressed": lambda: pd.read_feather(feather),
        "pandas.read_parquet": lambda: pd.read_parquet(parquet),
        "polars.read_ipc": lambda: pl.read_ipc(feather),
        "polars.read_parquet": lambda: pl.read_parquet(parquet),
        "duckdb, Parquet to pandas": lambda: duckdb.sql(f"select * from '{parquet}'").df(),
    }
    for name, function in functions.items():  # all have the same candles, to the bit
        got = function()
        if name == "bare copy":
            got = pd.DataFrame(dict(zip(["open_time", *columns], got)))
        elif isinstance(got, (pl.DataFrame, pa.Table)):
            got = got.to_pandas()
        for column in columns:
            assert (got[column].to_numpy() == df[column].to_numpy()).all(), (name, column)
    spent = seconds_of(functions, max(10, ROUNDS // days))
    print_table(f"{days} × 24 h of 1s, {days * 86_400:,} rows, from warm files", spent, "bare copy")
    loop.close()


def flat_memory(manager: klinekeep.DataSourceManager) -> None:
    asked = {"start_time": FIRST, "end_time": FIRST + datetime.timedelta(days=1, seconds=-1)}
    sizes = []
    for call in range(1001):
        manager.get_data_sync("BTCUSDT", **asked)
        if call in (1, 100, 1000):
            pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
            sizes.append(pages * resource.getpagesize() / 1e6)
    print("\nmemory of this process after 1, 100 and 1000 calls of 24 h:", ", ".join(f"{size:.0f} MB" for size in sizes))


def main() -> None:
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        replica = stack.enter_context(Replica(now=NOW, frozen=True))
        os.environ["XDG_RUNTIME_DIR"] = str(folder)
        manager = klinekeep.DataSourceManager(
            rest_client=klinekeep.EnhancedRetriever(replica.url),
            vision_client=klinekeep.VisionDataClient(replica.url),
            cache_dir=folder / "cache",
            clock=lambda: datetime.datetime.fromisoformat(NOW),
        )
        for days in (1, 10):
            measure(manager, folder, days)
        flat_memory(manager)
        manager.close()


if __name__ == "__main__":
    main()
