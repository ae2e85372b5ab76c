"""The cache directory as people and programs look after it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from klinekeep import _core
from klinekeep._arguments import path_or_none, size_or_none, text, text_or_none
from klinekeep._options import MadeOfOptions
from klinekeep._report import report_of
from klinekeep._tables import to_table
from klinekeep._time import from_microseconds
from klinekeep._values import AnyInterval, AnyMarket, age_in_microseconds, interval_word, market_word, to_microseconds
from klinekeep._work import Group
from klinekeep.errors import InvalidRequest

Range = tuple[datetime, datetime]
T = TypeVar("T")


@dataclass(frozen=True)
class CacheEntry:
    """A month of a series in the cache: its base file and, where there is one, its tail.

    Attributes
    ----------
    market, symbol, interval, year, month, upstream, kind
        Which.
    path
        Of the base file; of the tail where there is no base.
    bytes, rows
        Of both files.
    first, last
        open_time of the first and the last row, UTC; None where there is no row.
    covered
        What some source has answered for good, as (first, last) open_times, inclusive.
    used
        When it was last read or written, to a second.
    """

    market: str
    symbol: str
    interval: str
    year: int
    month: int
    path: Path
    bytes: int
    rows: int
    first: datetime | None
    last: datetime | None
    covered: tuple[Range, ...]
    used: datetime
    upstream: str
    kind: str


@dataclass(frozen=True)
class CacheFinding:
    """Something wrong with a partition; ``what`` is a sentence."""

    market: str
    symbol: str
    interval: str
    year: int
    month: int
    path: Path
    what: str
    upstream: str
    kind: str


@dataclass(frozen=True)
class PruneResult:
    """What was evicted, how many bytes are left, and why it cannot be known when partitions were last used, if so."""

    removed: tuple[CacheEntry, ...]
    bytes_left: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CachedCandles:
    """Candles that the cache holds, and what of the window it has an answer for, as (first, last) open_times."""

    table: pa.Table
    covered: tuple[Range, ...]


class UnifiedCacheManager(MadeOfOptions):
    """One cache directory, usable alone. Thread-safe; several processes may use one directory at once.

    Asks no source. The methods read the disk; an event loop calls them by ``asyncio.to_thread``. All of them raise
    CacheError when the directory cannot be used.

    Parameters
    ----------
    directory
        None: ``KLINEKEEP_CACHE_DIR``, the config file, else ``klinekeep`` in the cache home. Nothing is made until
        something is kept.
    upstream
        The exchange that `path_of` and `load` mean where they name none. None: they have to name it.
    """

    def __init__(self, directory: str | os.PathLike[str] | None = None, *, upstream: str | None = "binance") -> None:
        self._core = _core.Cache(path_or_none(directory, "directory") or "")
        self._upstream = text_or_none(upstream, "upstream")
        if self._upstream is not None:
            _core.check_upstream(self._upstream)
        self._options = {"directory": self._core.directory if directory else None, "upstream": self._upstream}
        self._work = Group("UnifiedCacheManager")

    def __setstate__(self, options: dict[str, Any]) -> None:
        UnifiedCacheManager.__init__(self, **options)

    def __repr__(self) -> str:
        return f"<klinekeep.UnifiedCacheManager of {self.directory}>"

    @property
    def directory(self) -> Path:
        """Where it is, absolute."""
        return Path(self._core.directory)

    def path_of(
        self, market_type: AnyMarket, symbol: str, interval: AnyInterval, date: date, *, upstream: str | None = None
    ) -> Path:
        """Where the month of the series that holds `date` is, or would be. `upstream` as for `load`."""
        day = from_microseconds(to_microseconds(date, "date"))
        market, word = market_word(market_type), interval_word(interval)
        name, exchange = text(symbol, "symbol"), self._exchange(upstream)
        return Path(self._core.path_of(market, name, word, day.year, day.month, exchange))

    def load(
        self,
        market_type: AnyMarket,
        symbol: str,
        interval: AnyInterval,
        start_time: date,
        end_time: date,
        *,
        upstream: str | None = None,
    ) -> CachedCandles:
        """What the cache holds in [start_time, end_time], both inclusive, UTC, of one exchange, from any source of it.

        `upstream` None: the exchange of this object, which is that of the manager whose `cache` it is. Unproven bytes
        are left out. Every byte is proven first; a damaged partition is moved to the quarantine, and what it held is
        not covered.
        """
        market, word = market_word(market_type), interval_word(interval)
        name, exchange = text(symbol, "symbol"), self._exchange(upstream)
        start, end = to_microseconds(start_time, "start_time", up=True), to_microseconds(end_time, "end_time")

        def read() -> CachedCandles:
            answer, covered = self._core.load(market, name, word, start, end, exchange)
            report = report_of(answer.report, symbol=name, interval=word, market=market)
            return CachedCandles(to_table(answer, report), _ranges(covered))

        return self._interruptible(read)

    def list(
        self,
        market_type: AnyMarket | None = None,
        symbol: str | None = None,
        interval: AnyInterval | None = None,
        *,
        upstream: str | None = None,
    ) -> tuple[CacheEntry, ...]:
        """The partitions, by upstream, market, symbol, interval and month; None means all."""
        which = _selection(market_type, symbol, interval, upstream)
        return self._interruptible(lambda: tuple(map(_entry, self._core.list(*which))))

    def validate(
        self,
        market_type: AnyMarket | None = None,
        symbol: str | None = None,
        interval: AnyInterval | None = None,
        *,
        upstream: str | None = None,
    ) -> tuple[CacheFinding, ...]:
        """Reads every byte of the selected partitions and names what is wrong. Changes nothing."""
        which = _selection(market_type, symbol, interval, upstream)
        return self._interruptible(lambda: tuple(map(_finding, self._core.validate(*which))))

    def prune(self, *, max_size: int | None = None, max_age: timedelta | None = None) -> PruneResult:
        """Evicts what was last used `max_age` ago or longer, then the least recently used down to `max_size` bytes.

        One that is being read stays valid for its reader. 0 lets everything go; below 0, an age below a second, and
        neither of the two, are invalid requests.
        """
        size, age = size_or_none(max_size, "max_size"), age_in_microseconds(max_age, "max_age")

        def evict() -> PruneResult:
            removed, left, notes = self._core.prune(size, age)
            return PruneResult(tuple(map(_entry, removed)), left, tuple(notes))

        return self._interruptible(evict)

    def reindex(self) -> int:
        """Makes cache_index.json anew from the partitions; returns how many there are."""
        return self._interruptible(self._core.reindex)

    def _exchange(self, upstream: str | None) -> str:
        if upstream is not None:
            return text(upstream, "upstream")
        if self._upstream is None:
            raise InvalidRequest("whose candles are these? Name the upstream")
        return self._upstream

    def _interruptible(self, function: Callable[[], T]) -> T:
        return self._work.run_sync(lambda _: function())


def _selection(
    market_type: AnyMarket | None, symbol: str | None, interval: AnyInterval | None, upstream: str | None
) -> tuple[str | None, str | None, str | None, str | None]:
    market = None if market_type is None else market_word(market_type)
    word = None if interval is None else interval_word(interval)
    return market, text_or_none(symbol, "symbol"), word, text_or_none(upstream, "upstream")


def _ranges(parts: Any) -> tuple[Range, ...]:
    return tuple((from_microseconds(first), from_microseconds(last)) for first, last in parts)


def _maybe(time: int | None) -> datetime | None:
    return None if time is None else from_microseconds(time)


def _entry(parts: Any) -> CacheEntry:
    market, symbol, interval, (year, month), path, size, rows, first, last, covered, used, upstream, kind = parts
    return CacheEntry(
        market,
        symbol,
        interval,
        year,
        month,
        Path(path),
        size,
        rows,
        _maybe(first),
        _maybe(last),
        _ranges(covered),
        from_microseconds(used),
        upstream,
        kind,
    )


def _finding(parts: Any) -> CacheFinding:
    market, symbol, interval, (year, month), path, what, upstream, kind = parts
    return CacheFinding(market, symbol, interval, year, month, Path(path), what, upstream, kind)
