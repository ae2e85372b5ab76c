"""The errors of klinekeep, grouped by what the caller should do, and its one warning. All are picklable values.

==================  =============================================  ====================
error               when                                           what to do
==================  =============================================  ====================
InvalidRequest      the request itself is wrong (a ValueError)     fix the call
UnknownSymbol       no source that may be asked knows the symbol   check the name
IncompleteData      candles that may exist could not be had        see ``missing``
- IntegrityError    … all failed their checksums or are malformed  try again, or report it
- RateLimited       … all wait for the exchange's limit            wait ``retry_after``
- OfflineMiss       … none is cached, and no source may be asked   allow a source
- SourceUnavailable … the source is down or out of reach           try again later
CacheError          the cache directory cannot be used             fix the machine
Cancelled           the work was stopped by its caller             nothing
==================  =============================================  ====================
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from klinekeep._time import from_microseconds

__all__ = [
    "Asked",
    "CacheError",
    "CacheWarning",
    "Cancelled",
    "Error",
    "IncompleteData",
    "IntegrityError",
    "InvalidRequest",
    "MissingRange",
    "OfflineMiss",
    "RateLimited",
    "SourceUnavailable",
    "UnknownSymbol",
]


@dataclass(frozen=True)
class Asked:
    """What a request was about. Both ``start`` and ``end`` are open_times, inclusive, UTC."""

    market: str
    symbol: str
    interval: str
    start: datetime
    end: datetime
    upstream: str = "binance"


@dataclass(frozen=True)
class MissingRange:
    """Candles that could not be had.

    Attributes
    ----------
    start, end
        The first and the last missing open_time, UTC; both are missing.
    cause
        ``not_published``, ``integrity``, ``rate_limited``, ``offline`` or ``unavailable``.
    detail
        A sentence for people: what was asked and what came.
    """

    start: datetime
    end: datetime
    cause: str
    detail: str

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%dT%H:%M:%SZ} to {self.end:%Y-%m-%dT%H:%M:%SZ}: {self.detail}"


def missing_ranges(parts: list[tuple[int, int, str, str]]) -> tuple[MissingRange, ...]:
    return tuple(MissingRange(from_microseconds(a), from_microseconds(b), cause, why) for a, b, cause, why in parts)


class Error(Exception):
    """The base of all errors of klinekeep.

    Attributes
    ----------
    exit_code : int
        The exit code of the command line for this error.
    """

    exit_code: int = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)

    @classmethod
    def _from_parts(cls, message: str) -> Error:
        return cls(message)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_remake, (type(self), self.args, dict(self.__dict__)))


def _remake(kind: type[Error], args: tuple[Any, ...], fields: dict[str, Any]) -> Error:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(fields)
    return error


class InvalidRequest(Error, ValueError):
    """The request itself is wrong; found before any I/O."""

    exit_code = 2


class UnknownSymbol(Error):
    """No source that may be asked knows the symbol.

    Attributes
    ----------
    asked : Asked
    """

    exit_code = 7

    def __init__(self, message: str, asked: Asked | None = None) -> None:
        super().__init__(message)
        self.asked = asked

    @classmethod
    def _from_parts(cls, message: str, asked: Any = None) -> UnknownSymbol:
        return cls(message, _asked(asked))


class IncompleteData(Error):
    """Candles that exist, or may exist, could not be had.

    Subclasses are for when all that is missing has one cause.

    Attributes
    ----------
    missing : tuple of MissingRange
        Each range and why.
    asked : Asked or None
        The request; None where it was about something else, like the list of symbols.
    url, status : str or None, int or None
        The HTTP answer behind it, where there was one; status 0 when there was no answer.
    retry_after : timedelta or None
        How long the host asked to wait.
    """

    exit_code = 3

    def __init__(
        self,
        message: str,
        missing: tuple[MissingRange, ...] = (),
        *,
        asked: Asked | None = None,
        url: str | None = None,
        status: int | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.missing = missing
        self.asked = asked
        self.url = url
        self.status = status
        self.retry_after = retry_after

    @classmethod
    def _from_parts(cls, message: str, asked: Any = None, missing: Any = (), failure: Any = None) -> IncompleteData:
        url, status, seconds = failure or (None, None, None)
        retry_after = None if seconds is None else timedelta(seconds=seconds)
        return cls(
            message, missing_ranges(missing), asked=_asked(asked), url=url, status=status, retry_after=retry_after
        )


class IntegrityError(IncompleteData):
    """All that is missing was malformed or failed its checksum."""

    exit_code = 4


class RateLimited(IncompleteData):
    """All that is missing waits for the exchange's rate limit; ``retry_after`` says how long where it is known."""

    exit_code = 5


class OfflineMiss(IncompleteData):
    """All that is missing is not cached, and no source may be asked."""

    exit_code = 6


class SourceUnavailable(IncompleteData):
    """All that is missing could not be asked: the source is down, out of reach, or does not serve us."""

    exit_code = 8


class CacheError(Error):
    """The cache directory cannot be used; or descriptors or threads of this process ran out, whatever for."""

    exit_code = 9


class CacheWarning(UserWarning):
    """The cache could not be used, and the answer came all the same: what was fetched may be fetched again.

    Warned of once a request, where it was made. ``warnings`` decides what follows: by default each place in the code is
    told once.
    """


class Cancelled(Error):
    """The work was stopped by its caller, for example by closing the manager; nothing was half-done."""

    exit_code = 130


def _asked(parts: Any) -> Asked | None:
    if parts is None:
        return None
    market, symbol, interval, start, end, upstream = parts
    return Asked(market, symbol, interval, from_microseconds(start), from_microseconds(end), upstream)
