"""The clients of the two sources, useful alone and as parts of a manager."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypedDict, Unpack

import pyarrow as pa

from klinekeep import _core
from klinekeep._arguments import (
    check_keywords,
    milliseconds_or_none,
    names,
    path_or_none,
    share,
    text,
    text_or_none,
    url_or_none,
    whole_number,
)
from klinekeep._clock import Clock, lent, owned
from klinekeep._options import MadeOfOptions, given, whole_path
from klinekeep._progress import ProgressOption, watch
from klinekeep._report import Report, report_of
from klinekeep._tables import to_table
from klinekeep._time import from_microseconds
from klinekeep._values import AnyInterval, AnyMarket, interval_word, market_word, to_microseconds
from klinekeep._work import Group
from klinekeep.errors import InvalidRequest

_MOST_PARALLEL = 64


@dataclass(frozen=True)
class FetchResult:
    """Candles and what happened while they were fetched."""

    table: pa.Table
    report: Report


@dataclass(frozen=True)
class SymbolInfo:
    """A symbol as the exchange lists it.

    Attributes
    ----------
    symbol
        Its name.
    status
        ``TRADING``, ``BREAK``, ``DELIVERING``, …; empty where the exchange does not say.
    onboard
        Since when it is traded, UTC; futures only.
    """

    symbol: str
    status: str
    onboard: datetime | None


class _Fetching(TypedDict, total=False):
    """The keywords of a fetch by either client."""

    keep_off_grid: bool
    partial: bool
    progress: ProgressOption


class _RestFetching(_Fetching, total=False):
    include_open: bool


class _VisionFetching(_Fetching, total=False):
    accept_unverified: bool


class _Client(MadeOfOptions):
    """What both clients have in common."""

    _part: Any
    _work: Group

    @property
    def upstream(self) -> str:
        """The name of the exchange whose candles these are."""
        return str(self._part.upstream)

    def _fetch(
        self,
        market_type: AnyMarket,
        symbol: str,
        interval: AnyInterval,
        start_time: date,
        end_time: date,
        *,
        accept_unverified: bool = False,
        include_open: bool = False,
        keep_off_grid: bool = False,
        partial: bool = False,
        progress: ProgressOption = None,
    ) -> Callable[[_core.Stop], FetchResult]:
        market, name, word = market_word(market_type), text(symbol, "symbol"), interval_word(interval)
        start, end = to_microseconds(start_time, "start_time", up=True), to_microseconds(end_time, "end_time")
        if start > end:
            raise InvalidRequest(f"start time {start_time} is after end time {end_time}")

        def fetch(stop: _core.Stop) -> FetchResult:
            with watch(progress, f"{name} {word}", stop) as told:
                options = _core.GetOptions(
                    accept_unverified=bool(accept_unverified),
                    include_open=bool(include_open),
                    keep_off_grid=bool(keep_off_grid),
                    partial=bool(partial),
                    progress=told,
                    stop=stop,
                )
                answer = self._part.fetch(market, name, word, start, end, options)
            report = report_of(answer.report, symbol=name, interval=word, market=market)
            return FetchResult(to_table(answer, report), report)

        return fetch


class EnhancedRetriever(_Client):
    """The client of Binance's REST API.

    It fetches pages of klines from the REST API, and from nowhere else. It keeps to a share of the exchange's request
    weight, together with all klinekeep processes of this machine. Thread-safe.

    Parameters
    ----------
    base_urls
        Where to ask, in the order to try: ``scheme://host:port``. None: ``KLINEKEEP_REST_URL``, the config file, else
        the market's own hosts.
    budget_share
        Of the exchange's weight limit, in (0, 1].
    parallel
        Requests under way at once, from 1 to 64.
    clock
        A function that returns now, in the place of the machine's clock. None: the machine's.
    proxy
        A URL; empty for none. None: the config file, else the environment's ``http_proxy`` and its kin.
    ca_file
        A PEM file. None: the config file, else ``SSL_CERT_FILE``, else ``CURL_CA_BUNDLE``, else the system's.
    connect_timeout, request_timeout
        For connecting (10 s), and for a request in all, its retries included (30 s).
    upstream
        Whose candles these are, a name: ``binance`` for a mirror or a proxy of Binance, ``us`` and ``testnet`` with
        their own hosts, any other for an exchange of one's own. None: that of the hosts, where URLs
        are given here; else ``KLINEKEEP_UPSTREAM``, the config file, that of the hosts.
    """

    def __init__(
        self,
        base_urls: Sequence[str] | None = None,
        *,
        budget_share: float = 0.6,
        parallel: int = 64,
        clock: Clock | None = None,
        proxy: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        connect_timeout: timedelta | None = None,
        request_timeout: timedelta | None = None,
        upstream: str | None = None,
    ) -> None:
        self._options = given(locals())
        urls = names(base_urls, "base_urls")
        self._clock = owned(clock)
        self._part = _core.RestClient(
            base_urls=urls,
            budget_share=share(budget_share, "budget_share"),
            parallel=whole_number(parallel, "parallel", 1, _MOST_PARALLEL),
            clock=lent(self._clock),
            proxy=text_or_none(proxy, "proxy"),
            ca_file=path_or_none(ca_file, "ca_file"),
            connect_timeout=milliseconds_or_none(connect_timeout, "connect_timeout"),
            request_timeout=milliseconds_or_none(request_timeout, "request_timeout"),
            upstream=text_or_none(upstream, "upstream"),
        )
        self._options |= {"base_urls": urls, "ca_file": whole_path(ca_file)}
        self._work = Group("EnhancedRetriever")

    def __setstate__(self, options: dict[str, Any]) -> None:
        EnhancedRetriever.__init__(self, **options)

    async def fetch(
        self,
        market_type: AnyMarket,
        symbol: str,
        interval: AnyInterval,
        start_time: date,
        end_time: date,
        *,
        include_open: bool = False,
        keep_off_grid: bool = False,
        partial: bool = False,
        progress: ProgressOption = None,
    ) -> FetchResult:
        """All closed candles that open in [start_time, end_time], both inclusive, UTC, in as few calls as possible.

        What REST does not have is a gap in the report.

        Raises
        ------
        InvalidRequest, UnknownSymbol, IncompleteData and its kin
        """
        return await self._work.run(
            self._fetch(
                market_type,
                symbol,
                interval,
                start_time,
                end_time,
                include_open=include_open,
                keep_off_grid=keep_off_grid,
                partial=partial,
                progress=progress,
            )
        )

    def fetch_sync(
        self,
        market_type: AnyMarket,
        symbol: str,
        interval: AnyInterval,
        start_time: date,
        end_time: date,
        **options: Unpack[_RestFetching],
    ) -> FetchResult:
        """As `fetch`, for callers without an event loop."""
        check_keywords("EnhancedRetriever.fetch_sync", options, EnhancedRetriever.fetch)
        return self._work.run_sync(self._fetch(market_type, symbol, interval, start_time, end_time, **options))

    async def symbols(self, market_type: AnyMarket = "spot") -> list[SymbolInfo]:
        """What the exchange lists, in its order (exchangeInfo)."""
        return await self._work.run(self._symbols(market_type))

    def symbols_sync(self, market_type: AnyMarket = "spot") -> list[SymbolInfo]:
        """As `symbols`, for callers without an event loop."""
        return self._work.run_sync(self._symbols(market_type))

    def _symbols(self, market_type: AnyMarket) -> Callable[[_core.Stop], list[SymbolInfo]]:
        market = market_word(market_type)

        def ask(stop: _core.Stop) -> list[SymbolInfo]:
            return [
                SymbolInfo(symbol, status, None if onboard is None else from_microseconds(onboard))
                for symbol, status, onboard in self._part.symbols(market, stop)
            ]

        return ask

    def exchange_now(self) -> datetime | None:
        """The exchange's clock by its last answer; None unless that came within the last minute."""
        now = self._part.exchange_now()
        return None if now is None else from_microseconds(now)


class VisionDataClient(_Client):
    """The client of Binance's bulk archive, data.binance.vision.

    It fetches daily and monthly files from the archive, and from nowhere else. Every file's SHA-256 is checked against
    its CHECKSUM before a row is used. Thread-safe.

    Parameters
    ----------
    base_url
        Where to ask, for files and for the listing: ``scheme://host:port``. None: ``KLINEKEEP_VISION_URL``, the config
        file, else Binance's.
    parallel, clock, proxy, ca_file, connect_timeout, request_timeout, upstream
        As for `EnhancedRetriever`.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        parallel: int = 64,
        clock: Clock | None = None,
        proxy: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        connect_timeout: timedelta | None = None,
        request_timeout: timedelta | None = None,
        upstream: str | None = None,
    ) -> None:
        self._options = given(locals())
        self._clock = owned(clock)
        self._part = _core.VisionClient(
            base_url=url_or_none(base_url, "base_url"),
            parallel=whole_number(parallel, "parallel", 1, _MOST_PARALLEL),
            clock=lent(self._clock),
            proxy=text_or_none(proxy, "proxy"),
            ca_file=path_or_none(ca_file, "ca_file"),
            connect_timeout=milliseconds_or_none(connect_timeout, "connect_timeout"),
            request_timeout=milliseconds_or_none(request_timeout, "request_timeout"),
            upstream=text_or_none(upstream, "upstream"),
        )
        self._options |= {"ca_file": whole_path(ca_file)}
        self._work = Group("VisionDataClient")

    def __setstate__(self, options: dict[str, Any]) -> None:
        VisionDataClient.__init__(self, **options)

    async def fetch(
        self,
        market_type: AnyMarket,
        symbol: str,
        interval: AnyInterval,
        start_time: date,
        end_time: date,
        *,
        accept_unverified: bool = False,
        keep_off_grid: bool = False,
        partial: bool = False,
        progress: ProgressOption = None,
    ) -> FetchResult:
        """All candles that open in [start_time, end_time], both inclusive, UTC.

        A hole in a verified file is a gap in the report; a period that is not over, or a file that is not there, is
        missing.

        Raises
        ------
        InvalidRequest, UnknownSymbol, IncompleteData and its kin
        """
        return await self._work.run(
            self._fetch(
                market_type,
                symbol,
                interval,
                start_time,
                end_time,
                accept_unverified=accept_unverified,
                keep_off_grid=keep_off_grid,
                partial=partial,
                progress=progress,
            )
        )

    def fetch_sync(
        self,
        market_type: AnyMarket,
        symbol: str,
        interval: AnyInterval,
        start_time: date,
        end_time: date,
        **options: Unpack[_VisionFetching],
    ) -> FetchResult:
        """As `fetch`, for callers without an event loop."""
        check_keywords("VisionDataClient.fetch_sync", options, VisionDataClient.fetch)
        return self._work.run_sync(self._fetch(market_type, symbol, interval, start_time, end_time, **options))

    async def first_file(self, market_type: AnyMarket, symbol: str, interval: AnyInterval) -> datetime | None:
        """The first day (month, for intervals without daily files) that the archive lists; None where it lists none."""
        return await self._work.run(self._first_file(market_type, symbol, interval))

    def first_file_sync(self, market_type: AnyMarket, symbol: str, interval: AnyInterval) -> datetime | None:
        """As `first_file`, for callers without an event loop."""
        return self._work.run_sync(self._first_file(market_type, symbol, interval))

    def _first_file(
        self, market_type: AnyMarket, symbol: str, interval: AnyInterval
    ) -> Callable[[_core.Stop], datetime | None]:
        market, name, word = market_word(market_type), text(symbol, "symbol"), interval_word(interval)

        def ask(stop: _core.Stop) -> datetime | None:
            first = self._part.first_file(market, name, word, stop)
            return None if first is None else from_microseconds(first)

        return ask


for _client in (EnhancedRetriever, VisionDataClient):
    _method: Any = _client.fetch_sync
    _method.__signature__ = inspect.signature(_client.fetch)  # all keywords by name, for `help` and editors
