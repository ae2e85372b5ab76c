"""The mediator between Binance's two sources and the cache."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import inspect
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import wait
from datetime import date, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

import pyarrow as pa

from klinekeep import _core
from klinekeep._arguments import (
    check_keywords,
    path_or_none,
    size_or_none,
    text,
    text_or_none,
    whole_number,
    with_article,
)
from klinekeep._cache import UnifiedCacheManager
from klinekeep._clients import EnhancedRetriever, FetchResult, VisionDataClient
from klinekeep._clock import Clock, lent, owned
from klinekeep._options import MadeOfOptions, given
from klinekeep._plans import FetchPlan, RefreshResult, plan_of, refresh_of
from klinekeep._progress import ProgressOption
from klinekeep._report import Report, of_another
from klinekeep._request import Asking, Request, request_of
from klinekeep._tables import OUTPUT_DTYPES, to_table, with_index
from klinekeep._values import (
    AnyInterval,
    AnyMarket,
    AnySource,
    DataSource,
    Interval,
    MarketType,
    age_in_microseconds,
    interval_word,
    market_word,
    to_microseconds,
)
from klinekeep._work import Group
from klinekeep.errors import CacheError, CacheWarning, InvalidRequest

if TYPE_CHECKING:
    import pandas as pd

# What weighs the sources: with more, a long request would cost more than the core can count.
_MOST_BYTES = 10**9
_MOST_TIMES = 1000

T = TypeVar("T")


class DataSourceManager(MadeOfOptions):
    """Gets candles of one market from the best source and keeps them.

    An asynchronous context manager (``async with``) and an ordinary one; `aclose` or `close` ends what is under way.
    Thread-safe, and for any number of event loops. After `os.fork` it works on in the child, unless a request ran at
    that moment: then each call raises RuntimeError. It pickles, as far as its clocks do: another process makes one of
    the same options.

    Parameters
    ----------
    market_type
        The market, a `MarketType` or its word (``spot``, ``um``, ``cm``).
    rest_client, vision_client
        Clients made with options of their own. None: with their defaults.
    cache_dir
        Where candles are kept. None: ``KLINEKEEP_CACHE_DIR``, the config file, else ``klinekeep`` in the cache home.
    use_cache
        False: the cache is neither read nor written.
    clock
        A function that returns now, for reproducible runs. None: ``KLINEKEEP_NOW``, else the machine's clock.
    request_cost, rest_factor
        How sources are weighed in AUTO: what a request is worth in bytes, and how much dearer REST's requests and bytes
        are than the archive's.
    cache_max_size, cache_max_age
        What the cache may hold, in bytes, and for how long unused; kept at the end of each request that has written.
        None: the environment, the config file, else no limit. 0: nothing but what is in use.
    upstream
        Which exchange, a name (as for `EnhancedRetriever`): what one says never answers for another. None: that of the
        clients, ``KLINEKEEP_UPSTREAM``, the config file, else ``binance``.

    Raises
    ------
    InvalidRequest
        An argument, the environment or the config file has a value that cannot be.
    """

    VISION_DATA_DELAY_HOURS = 36  #: a file of the archive is asked for this long after its period is over
    REST_CHUNK_SIZE = 1000  #: candles of a page of REST
    REST_MAX_CHUNKS = 10  #: when more pages than this are missing, the archive is asked for what it can have
    OUTPUT_DTYPES = OUTPUT_DTYPES  #: the columns of a frame and their dtypes, in their order

    def __init__(
        self,
        market_type: AnyMarket = MarketType.SPOT,
        rest_client: EnhancedRetriever | None = None,
        vision_client: VisionDataClient | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        use_cache: bool = True,
        *,
        clock: Clock | None = None,
        request_cost: int = 100_000,
        rest_factor: int = 4,
        cache_max_size: int | None = None,
        cache_max_age: timedelta | None = None,
        upstream: str | None = None,
    ) -> None:
        self._options = given(locals())  # the clients among them: their clocks are theirs
        self._market = market_word(market_type)
        folder = path_or_none(cache_dir, "cache_dir")
        self._clock = owned(clock)
        self._core = _core.Manager(
            market=self._market,
            rest_client=_part_of(rest_client, EnhancedRetriever, "rest_client"),
            vision_client=_part_of(vision_client, VisionDataClient, "vision_client"),
            cache_dir=folder or "",
            use_cache=bool(use_cache),
            clock=lent(self._clock),
            planning=_core.PlanningOptions(
                vision_data_delay_hours=self.VISION_DATA_DELAY_HOURS,
                rest_max_points=self.REST_CHUNK_SIZE * self.REST_MAX_CHUNKS,
                request_cost=whole_number(request_cost, "request_cost", 0, _MOST_BYTES),
                rest_factor=whole_number(rest_factor, "rest_factor", 0, _MOST_TIMES),
            ),
            cache_max_size=size_or_none(cache_max_size, "cache_max_size"),
            cache_max_age=age_in_microseconds(cache_max_age, "cache_max_age"),
            upstream=text_or_none(upstream, "upstream"),
        )
        # Understood now: the environment and the working directory may be others later.
        self._cache: UnifiedCacheManager | CacheError
        try:
            self._cache = UnifiedCacheManager(folder, upstream=self._upstream_of_auto())
        except CacheError as error:  # there is no place for it, which costs no answer
            self._cache = error.with_traceback(None)
        self._options |= {
            "market_type": self._market,
            "cache_dir": os.fspath(self.cache.directory) if folder else None,
        }
        self._work = Group("DataSourceManager")

    def __setstate__(self, options: dict[str, Any]) -> None:
        DataSourceManager.__init__(self, **options)

    def __repr__(self) -> str:
        state = ", closed" if self._work.closed else ""
        where = "no cache" if isinstance(self._cache, CacheError) else f"cache in {self._cache.directory}"
        upstream = self._upstream_of_auto()
        whose = " of an exchange without a name" if upstream is None else of_another(upstream)
        return f"<klinekeep.DataSourceManager of {self._market}{whose}, {where}{state}>"

    def _upstream_of_auto(self) -> str | None:
        """None: AUTO needs a name."""
        try:
            return self.upstream
        except InvalidRequest:
            return None

    @property
    def market_type(self) -> MarketType:
        """The market that all requests are about."""
        return MarketType(self._market)

    @property
    def upstream(self) -> str:
        """The name of the exchange whose candles these are.

        Raises InvalidRequest where REST is one's own and the archive another's, so that AUTO needs a name.
        """
        return self._core.upstream()

    @property
    def cache(self) -> UnifiedCacheManager:
        """The cache directory, as its keeper sees it; `load` and `path_of` mean the manager's exchange."""
        if isinstance(self._cache, CacheError):
            raise self._cache
        return self._cache

    async def get_data(
        self,
        symbol: str,
        *,
        interval: AnyInterval = Interval.SECOND_1,
        start_time: date,
        end_time: date,
        use_cache: bool = True,
        enforce_source: AnySource = DataSource.AUTO,
        columns: Sequence[str] | None = None,
        partial: bool = False,
        fill: str = "none",
        off_grid: str = "drop",
        include_open: bool = False,
        verify: str = "auto",
        accept_unverified: bool = False,
        progress: ProgressOption = None,
        unit: str | None = None,
    ) -> pd.DataFrame:
        """Every closed candle that opens in [start_time, end_time], as a pandas.DataFrame.

        Both ends are inclusive, at any precision: the start goes up to the interval's grid and the end goes down. A
        window without a grid point gives an empty frame. The same question gives the same answer, cold, warm and
        offline, to the bit.

        Parameters
        ----------
        symbol
            As Binance spells it, like ``BTCUSDT``; ASCII lower case is folded up.
        interval
            An `Interval` or its word, like ``1m``. The default, 1s, is only to be had on spot.
        start_time, end_time
            A datetime (a naive one is UTC), a date (its midnight, at both ends), or a pandas.Timestamp.
            ``datetime.now(timezone.utc)`` always passes as an end.
        use_cache
            False: for this request the cache is neither read nor written.
        enforce_source
            A `DataSource` or its word; an enforced source is never left.
        columns
            Some of `OUTPUT_DTYPES`, in the order wanted. None: all.
        partial
            Give what there is, and name what is missing in the report, where one would raise.
        fill
            What stands for candles that the exchange never made: ``none`` (they are absent), ``nan`` (prices and
            volumes are NaN), or ``ffill`` (the close before).
        off_grid
            What becomes of candles that the exchange opened off the grid: ``drop`` or ``keep``.
        include_open
            The forming candle too. It is never stored.
        verify
            When cached bytes are proven against their checksums: ``auto`` (at their first use in this process) or
            ``always``.
        accept_unverified
            When all else has failed, take archive files that no checksum proves.
        progress
            None: a bar when the work takes long and a person looks (a terminal, a notebook). True or False: always or
            never. A function: it is called with a `Progress`, in another thread, one call at a time; what it raises
            ends the request.
        unit
            Resolution of the index: ``ms``, ``us`` or ``ns``. None: what the installed pandas gives to times that it
            parses.

        Returns
        -------
        pandas.DataFrame
            The caller's own. Index ``open_time`` (UTC, increasing, unique), columns and dtypes as in `OUTPUT_DTYPES`,
            also when it is empty. ``close_time`` is in ms since the epoch. ``attrs["klinekeep"]`` sums the report up,
            and has all of it as ``.report``.

        Raises
        ------
        InvalidRequest
            A ValueError: the end is in the future, the start after the end, or what is asked for cannot be. Before any
            I/O.
        UnknownSymbol
            No source that may be asked has a candle of the symbol.
        IncompleteData
            Candles that may exist could not be had; ``missing`` names them. Or one of its kin, when all have one cause:
            IntegrityError, RateLimited, OfflineMiss, SourceUnavailable.
        """
        return _warned(
            await self._work.run(
                self._frame(
                    "get_data",
                    symbol,
                    unit,
                    interval=interval,
                    start_time=start_time,
                    end_time=end_time,
                    use_cache=use_cache,
                    enforce_source=enforce_source,
                    columns=columns,
                    partial=partial,
                    fill=fill,
                    off_grid=off_grid,
                    include_open=include_open,
                    verify=verify,
                    accept_unverified=accept_unverified,
                    progress=progress,
                )
            )
        )

    def get_data_sync(self, symbol: str, *, unit: str | None = None, **asked: Unpack[Asking]) -> pd.DataFrame:
        """As `get_data`, with its arguments, for callers without an event loop, or inside of a running one.

        Ctrl-C ends the request and is raised as KeyboardInterrupt when that has ended.
        """
        return _warned(self._work.run_sync(self._frame("get_data_sync", symbol, unit, **asked)))

    async def get_table(self, symbol: str, *, copy: bool = False, **asked: Unpack[Asking]) -> pa.Table:
        """As `get_data`, as a pyarrow.Table: ``open_time`` is its first column.

        It views the cache, without a copy, and stays valid for as long as it is held; polars, duckdb and others take it
        as it is. Its metadata have the report's summary, as JSON, under ``klinekeep``.

        Parameters
        ----------
        copy
            True: memory of its own, for whoever cannot be sure that nobody truncates files in the cache directory.
        """
        return _warned(await self._work.run(self._result("get_table", symbol, copy, **asked))).table

    def get_table_sync(self, symbol: str, *, copy: bool = False, **asked: Unpack[Asking]) -> pa.Table:
        """As `get_table`, for callers without an event loop."""
        return _warned(self._work.run_sync(self._result("get_table_sync", symbol, copy, **asked))).table

    async def get_result(self, symbol: str, *, copy: bool = False, **asked: Unpack[Asking]) -> FetchResult:
        """As `get_table`, with the whole report beside the table."""
        return _warned(await self._work.run(self._result("get_result", symbol, copy, **asked)))

    def get_result_sync(self, symbol: str, *, copy: bool = False, **asked: Unpack[Asking]) -> FetchResult:
        """As `get_result`, for callers without an event loop."""
        return _warned(self._work.run_sync(self._result("get_result_sync", symbol, copy, **asked)))

    async def get_stream(self, symbol: str, **asked: Unpack[Asking]) -> pa.RecordBatchReader:
        """As `get_table`, batch by batch, for ranges that should not be held in memory.

        All fetching and proving is done before it returns. Where the cache's files change as it is read, it raises
        pyarrow's OSError, with what was wrong: readers of other libraries know no errors of klinekeep.
        """
        return _warned(await self._work.run(self._stream("get_stream", symbol, **asked)))

    def get_stream_sync(self, symbol: str, **asked: Unpack[Asking]) -> pa.RecordBatchReader:
        """As `get_stream`, for callers without an event loop."""
        return _warned(self._work.run_sync(self._stream("get_stream_sync", symbol, **asked)))

    async def plan(self, symbol: str, **asked: Unpack[Asking]) -> FetchPlan:
        """What `get_data` would ask of whom, and why. Reads the cache and nothing else."""
        return await self._work.run(self._plan("plan", symbol, **asked))

    def plan_sync(self, symbol: str, **asked: Unpack[Asking]) -> FetchPlan:
        """As `plan`, for callers without an event loop."""
        return self._work.run_sync(self._plan("plan_sync", symbol, **asked))

    async def get_cache_stats(self) -> dict[str, int]:
        """How the cache did for this manager.

        Returns
        -------
        dict
            ``hits`` (answers that needed no source), ``misses`` (answers that did), ``errors`` (partitions that failed
            their validation, or could not be read or written).
        """
        return self.get_cache_stats_sync()

    def get_cache_stats_sync(self) -> dict[str, int]:
        """As `get_cache_stats`, for callers without an event loop."""
        return self._core.stats()

    async def validate_cache_integrity(self, symbol: str, interval: AnyInterval, date: date) -> tuple[bool, str | None]:
        """Whether the month of the series that holds `date` is cached and sound.

        Existence; format and structure; columns and types; index and time zone; then checksums, coverage and order.

        Returns
        -------
        tuple of bool and (str or None)
            Whether it is, and why not.
        """
        return await self._work.run(self._validate(symbol, interval, date))

    def validate_cache_integrity_sync(self, symbol: str, interval: AnyInterval, date: date) -> tuple[bool, str | None]:
        """As `validate_cache_integrity`, for callers without an event loop."""
        return self._work.run_sync(self._validate(symbol, interval, date))

    async def repair_cache(self, symbol: str, interval: AnyInterval, date: date) -> bool:
        """Makes the month of the series that holds `date` right again.

        When it is damaged, what it held (the whole month up to now, where nobody can tell) is fetched again, takes its
        place, and is validated; the damaged one is moved aside. Where that cannot be fetched, it stays where it is. A
        sound one is left alone.

        Returns
        -------
        bool
            Whether it is sound now. Where not, `validate_cache_integrity` says why.

        Raises
        ------
        What `get_data` raises, and CacheError where the cache cannot be written.
        """
        return await self._work.run(self._repair(symbol, interval, date))

    def repair_cache_sync(self, symbol: str, interval: AnyInterval, date: date) -> bool:
        """As `repair_cache`, for callers without an event loop."""
        return self._work.run_sync(self._repair(symbol, interval, date))

    async def refresh(self, symbol: str, interval: AnyInterval) -> RefreshResult:
        """Checks again weakly verified data, gaps and changed files; replaces what has improved.

        It replaces what is better now (daily files before monthly ones before REST), and tells what it changed.
        """
        return await self._work.run(self._refresh(symbol, interval))

    def refresh_sync(self, symbol: str, interval: AnyInterval) -> RefreshResult:
        """As `refresh`, for callers without an event loop."""
        return self._work.run_sync(self._refresh(symbol, interval))

    async def aclose(self) -> None:
        """Ends what is under way and waits for it, without blocking the event loop. What is committed stays.

        Connections of the clients that the manager has made itself are closed; those of `rest_client` and
        `vision_client` are theirs.
        """
        ending = [asyncio.wrap_future(work.future) for work in self._work.close()]
        await asyncio.gather(*ending, return_exceptions=True)  # what became of each is told to who asked for it
        self._core.close_connections()

    def close(self) -> None:
        """As `aclose`, for callers without an event loop."""
        wait([work.future for work in self._work.close()])
        self._core.close_connections()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # Each of these checks its arguments at once, and gives the function that does the work in another thread. `method`
    # is the one that was called.

    def _request(self, method: str, symbol: str, asked: Asking) -> Request:
        check_keywords(f"DataSourceManager.{method}", asked, request_of)
        return request_of(self._market, symbol, **asked)

    def _frame(
        self, method: str, symbol: str, unit: str | None, /, **asked: Unpack[Asking]
    ) -> Callable[[_core.Stop], tuple[pd.DataFrame, Report]]:
        with _loading_pandas():
            from klinekeep import _frames

        columns = asked.get("columns")
        if columns is not None:
            asked["columns"] = with_index(columns)
        request = self._request(method, symbol, asked)
        resolution = _frames.unit_or_default(unit)

        def make(stop: _core.Stop) -> tuple[pd.DataFrame, Report]:
            answer, report = request.get(self._core, stop)
            return _frames.to_frame(answer, request.columns, resolution, report), report

        return make

    def _result(
        self, method: str, symbol: str, copy: bool, /, **asked: Unpack[Asking]
    ) -> Callable[[_core.Stop], tuple[FetchResult, Report]]:
        request = self._request(method, symbol, asked)

        def make(stop: _core.Stop) -> tuple[FetchResult, Report]:
            answer, report = request.get(self._core, stop)
            if copy:
                answer.detach()
            return FetchResult(to_table(answer, report), report), report

        return make

    def _stream(
        self, method: str, symbol: str, /, **asked: Unpack[Asking]
    ) -> Callable[[_core.Stop], tuple[pa.RecordBatchReader, Report]]:
        request = self._request(method, symbol, asked)

        def make(stop: _core.Stop) -> tuple[pa.RecordBatchReader, Report]:
            answer, report = request.get(self._core, stop)
            return pa.RecordBatchReader.from_stream(answer), report

        return make

    def _plan(self, method: str, symbol: str, /, **asked: Unpack[Asking]) -> Callable[[_core.Stop], FetchPlan]:
        request = self._request(method, symbol, asked)
        return lambda stop: plan_of(request.plan(self._core, stop))

    def _validate(
        self, symbol: str, interval: AnyInterval, date: date
    ) -> Callable[[_core.Stop], tuple[bool, str | None]]:
        name, word, day = text(symbol, "symbol"), interval_word(interval), to_microseconds(date, "date")
        return lambda stop: self._core.validate(name, word, day)

    def _repair(self, symbol: str, interval: AnyInterval, date: date) -> Callable[[_core.Stop], bool]:
        name, word, day = text(symbol, "symbol"), interval_word(interval), to_microseconds(date, "date")
        return lambda stop: self._core.repair(name, word, day, stop)

    def _refresh(self, symbol: str, interval: AnyInterval) -> Callable[[_core.Stop], RefreshResult]:
        name, word = text(symbol, "symbol"), interval_word(interval)
        return lambda stop: refresh_of(self._core.refresh(name, word, stop))


@contextlib.contextmanager
def _loading_pandas() -> Iterator[None]:
    """Its some hundred files need a descriptor each, which may have run out by the first frame."""
    try:
        yield
    except (OSError, ImportError) as error:  # the latter has no errno
        if not any(os.strerror(number) in str(error) for number in (errno.EMFILE, errno.ENFILE)):
            raise
        raise CacheError(
            "pandas cannot be loaded: this process ran out of descriptors: raise its limit of open files (ulimit -n)"
        ) from error


def _part_of(client: Any, kind: type[Any], what: str) -> Any:
    if client is None:
        return None
    if not isinstance(client, kind):
        raise TypeError(f"{what} must be {with_article(kind.__name__)}, not {type(client).__name__}")
    return client._part


def _warned(answer: tuple[T, Report]) -> T:
    """The answer, after a word on a cache that could not be used: in the caller's thread, and of the line there."""
    result, report = answer
    if report.cache_failure is not None:
        warnings.warn(f"the cache could not be used: {report.cache_failure}", CacheWarning, stacklevel=3)
    return result


def _show_all_keywords() -> None:
    """The methods that take the keywords of `get_data` name them all in their signatures, for `help` and editors."""
    keywords = inspect.signature(DataSourceManager.get_data).parameters
    for name in ("get_data", "get_table", "get_result", "get_stream", "plan"):
        for method in (getattr(DataSourceManager, name), getattr(DataSourceManager, f"{name}_sync")):
            own = inspect.signature(method)
            mine = [p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD]
            others = [p for p in keywords.values() if p.name not in own.parameters and p.name != "unit"]
            method.__signature__ = own.replace(parameters=[*mine[:2], *others, *mine[2:]] if others else mine)


_show_all_keywords()
