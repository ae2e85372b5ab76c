"""A request for candles: the words and times of a caller, understood before any I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Required, TypedDict

from klinekeep import _core
from klinekeep._arguments import text
from klinekeep._progress import ProgressOption, watch
from klinekeep._report import Report, report_of
from klinekeep._values import (
    AnyInterval,
    AnySource,
    DataSource,
    Interval,
    interval_word,
    source_word,
    to_microseconds,
)
from klinekeep.errors import InvalidRequest


class Asking(TypedDict, total=False):
    """The keywords of `DataSourceManager.get_data`, but for those that are about frames."""

    interval: AnyInterval
    start_time: Required[date]
    end_time: Required[date]
    use_cache: bool
    enforce_source: AnySource
    columns: Sequence[str] | None
    partial: bool
    fill: str
    off_grid: str
    include_open: bool
    verify: str
    accept_unverified: bool
    progress: ProgressOption


@dataclass(frozen=True)
class Request:
    """A request in the core's terms."""

    market: str
    symbol: str
    interval: str
    start: int
    end: int
    columns: list[str]  # empty: all
    use_cache: bool
    source: str
    partial: bool
    fill: str
    keep_off_grid: bool
    include_open: bool
    verify_always: bool
    accept_unverified: bool
    progress: ProgressOption

    def get(self, manager: _core.Manager, stop: _core.Stop) -> tuple[_core.Answer, Report]:
        with watch(self.progress, f"{self.symbol} {self.interval}", stop) as told:
            answer = manager.get(self.symbol, self.interval, self.start, self.end, self._options(stop, told))
        report = report_of(answer.report, symbol=self.symbol, interval=self.interval, market=self.market)
        return answer, report

    def plan(self, manager: _core.Manager, stop: _core.Stop) -> dict[str, Any]:
        return manager.plan(self.symbol, self.interval, self.start, self.end, self._options(stop))

    def _options(self, stop: _core.Stop, told: object = None) -> _core.GetOptions:
        return _core.GetOptions(
            use_cache=self.use_cache,
            enforce_source=self.source,
            columns=self.columns,
            partial=self.partial,
            fill=self.fill,
            keep_off_grid=self.keep_off_grid,
            include_open=self.include_open,
            verify_always=self.verify_always,
            accept_unverified=self.accept_unverified,
            progress=told,
            stop=stop,
        )


def request_of(
    market: str,
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
) -> Request:
    """What `get_data` says of its arguments holds here."""
    return Request(
        market=market,
        symbol=text(symbol, "symbol"),
        interval=_interval(interval, market),
        start=to_microseconds(start_time, "start_time", up=True),
        end=to_microseconds(end_time, "end_time"),
        columns=_names(columns),
        use_cache=bool(use_cache),
        source=source_word(enforce_source),
        partial=bool(partial),
        fill=_choice("fill", fill, "none", "nan", "ffill"),
        keep_off_grid=_choice("off_grid", off_grid, "drop", "keep") == "keep",
        include_open=bool(include_open),
        verify_always=_choice("verify", verify, "auto", "always") == "always",
        accept_unverified=bool(accept_unverified),
        progress=progress,
    )


def _interval(interval: AnyInterval, market: str) -> str:
    word = interval_word(interval)
    if word == "1s" and market != "spot":
        raise InvalidRequest(
            "1s, the default interval, is only to be had on spot: name another one, as in interval=Interval.MINUTE_1"
        )
    return word


def _choice(what: str, value: str, *words: str) -> str:
    if value in words:
        return value
    raise InvalidRequest(f"{what} cannot be {str(value)[:80]!r}; it is one of {', '.join(words)}")


def _names(columns: Sequence[str] | None) -> list[str]:
    if columns is None:
        return []
    if isinstance(columns, str):
        raise TypeError("columns must be a list of names, not one str")
    names = [text(name, "a column") for name in columns]
    if not names:
        raise InvalidRequest("columns names none: leave it out for all")
    return names
