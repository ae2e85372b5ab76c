"""What the suites of the Python face share: managers at the replica, what is true, and waiting without sleep."""

from __future__ import annotations

import os
import pathlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import numpy as np
import pandas as pd
from klinekeep_process import NOW
from replica_process import Replica, to_ms

from klinekeep import DataSourceManager, EnhancedRetriever, Interval, VisionDataClient

UTC = timezone.utc
NOBODY = "http://127.0.0.1:9"
COLUMNS = ["open", "high", "low", "close", "volume", "close_time", "quote_volume", "trades", "taker_buy_volume", "taker_buy_quote_volume"]

# What the suites of DataSourceManager are set up with.
SYMBOL = "BTCUSDT"
INTERVAL = Interval.SECOND_1
TEST_WINDOWS = [timedelta(minutes=5), timedelta(hours=1), timedelta(hours=24)]


def utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def own_environment(monkeypatch, home: pathlib.Path) -> None:
    for name in list(os.environ):
        if re.match(r"KLINEKEEP_(?!BIN$|REPLICA$)|.*_proxy$|NO_COLOR$|TQDM_", name, re.IGNORECASE):
            monkeypatch.delenv(name)
    for name, folder in (("HOME", "."), ("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache"), ("XDG_RUNTIME_DIR", "run")):
        monkeypatch.setenv(name, str((home / folder).resolve()))
    monkeypatch.setenv("KLINEKEEP_UPSTREAM", "binance")  # which the replica stands for, at whatever port
    (home / "run").mkdir(mode=0o700)


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime):
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Desk:
    """Managers, all of which know one replica, one cache and one clock."""

    def __init__(self, replica: Replica, home: pathlib.Path):
        self.replica, self.home = replica, home
        self.cache_dir = home / "kept"
        self.clock = Clock(utc(NOW.rstrip("Z")))
        self._managers: list[DataSourceManager] = []

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_) -> None:
        for manager in self._managers:
            manager.close()

    def forget(self) -> None:
        """Lets go of the managers that it has made."""
        self._managers.clear()

    def rest(self, url: str | None = None, **options) -> EnhancedRetriever:
        return EnhancedRetriever(url or self.replica.url, **{"clock": self.clock, "upstream": "binance"} | options)

    def vision(self, url: str | None = None, **options) -> VisionDataClient:
        return VisionDataClient(url or self.replica.url, **{"clock": self.clock, "upstream": "binance"} | options)

    def manager(self, market="spot", *, rest_url: str | None = None, vision_url: str | None = None, **options) -> DataSourceManager:
        parts = {"rest_client": self.rest(rest_url), "vision_client": self.vision(vision_url)}
        parts |= {"cache_dir": self.cache_dir, "clock": self.clock}
        manager = DataSourceManager(market, **parts | options)
        self._managers.append(manager)
        return manager

    def offline(self, market="spot", **options) -> DataSourceManager:
        """One whose sources are dead: port 9."""
        return self.manager(market, rest_url=NOBODY, vision_url=NOBODY, **options)

    def set_now(self, text: str) -> None:
        """The exchange's clock and ours."""
        self.clock.now = utc(text)
        self.replica.clock(to_ms(self.clock.now))

    def assert_sound(self) -> None:
        """Every byte of the cache is as it should be, and nothing lies about half-written."""
        assert self.manager().cache.validate() == ()
        assert [path for path in self.cache_dir.rglob("*") if "tmp" in path.name] == []


def ask(interval="1m", start="2024-03-04", end="2024-03-04T23:59", **more) -> dict:
    """The keywords of a request; a day of minutes unless said otherwise."""
    return {"interval": interval, "start_time": utc(start), "end_time": utc(end)} | more


def truth(replica: Replica, symbol="BTCUSDT", interval="1m", start="2024-03-04", end="2024-03-04T23:59", market="spot") -> pd.DataFrame:
    """The frame that is right, from the replica's own mouth; its index in the unit of pandas."""
    start, end = (utc(t) if isinstance(t, str) else t for t in (start, end))
    rows = replica.rows(market, symbol, interval, start, to_ms(end) + 1)
    times = pd.to_datetime(np.array([row[0] for row in rows], "int64"), unit="ms", utc=True)
    index = pd.DatetimeIndex(times, name="open_time").as_unit(pd.DatetimeIndex(["2024-01-01T00:00:00Z"]).unit)
    columns = zip(*(row[1:11] for row in rows)) if rows else [()] * 10
    values = {name: np.array([float(v) for v in column]) for name, column in zip(COLUMNS, columns)}
    frame = pd.DataFrame(values, index=index)
    return frame.astype({"close_time": "int64", "trades": "int64"})


def assert_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """The same index, columns, dtypes and values, to the bit."""
    assert one.index.dtype == other.index.dtype and one.index.name == other.index.name
    pd.testing.assert_frame_equal(one, other, check_exact=True, check_freq=False, check_flags=False)
    for name in one.columns:
        assert one[name].to_numpy().tobytes() == other[name].to_numpy().tobytes(), name


def until(true: Callable[[], object]) -> None:
    """Looks again and again; the test's time-out is its end."""
    while not true():
        os.sched_yield()


def partition(desk: Desk, symbol="BTCUSDT", interval="1m", month="202403", market="spot") -> pathlib.Path:
    return desk.cache_dir / market / "data" / symbol / interval / f"{month}.arrow"
