"""What a request names: the market, the interval, the source and times. The words are those of the
command line."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, timedelta
from typing import Any

from klinekeep._arguments import with_article
from klinekeep._time import EPOCH
from klinekeep.errors import InvalidRequest

_MICROSECOND = timedelta(microseconds=1)


class MarketType(enum.Enum):
    """The market of a symbol."""

    SPOT = "spot"
    FUTURES_USDT = "um"  #: USD-M: margined in USDT or USDC
    FUTURES_COIN = "cm"  #: COIN-M: margined in the coin; volume is in contracts


class Interval(enum.Enum):
    """The length of a candle. ``1m`` is a minute and ``1M`` a calendar month; 1s is only to be had on spot."""

    SECOND_1 = "1s"
    MINUTE_1 = "1m"
    MINUTE_3 = "3m"
    MINUTE_5 = "5m"
    MINUTE_15 = "15m"
    MINUTE_30 = "30m"
    HOUR_1 = "1h"
    HOUR_2 = "2h"
    HOUR_4 = "4h"
    HOUR_6 = "6h"
    HOUR_8 = "8h"
    HOUR_12 = "12h"
    DAY_1 = "1d"
    DAY_3 = "3d"
    WEEK_1 = "1w"
    MONTH_1 = "1M"


class DataSource(enum.Enum):
    """Where candles may come from. An enforced source is never left."""

    AUTO = "auto"  #: the best one
    REST = "rest"  #: Binance's REST API only
    VISION = "vision"  #: the archive data.binance.vision only
    CACHE = "cache"  #: what is on this machine only


AnyMarket = MarketType | str
AnyInterval = Interval | str
AnySource = DataSource | str


def _word(kind: type[enum.Enum], value: object, what: str) -> str:
    if isinstance(value, kind):
        return str(value.value)
    words = [str(member.value) for member in kind]
    right = f"{with_article(kind.__name__)} or one of {', '.join(words)}"
    if not isinstance(value, str):
        raise TypeError(f"{what} must be {right}, not {type(value).__name__}")
    if value in words:
        return value
    raise InvalidRequest(f"{what} cannot be {value[:80]!r}; it is {right}")


def market_word(market: AnyMarket) -> str:
    return _word(MarketType, market, "market_type")


def interval_word(interval: AnyInterval) -> str:
    return _word(Interval, interval, "interval")


def source_word(source: AnySource) -> str:
    return _word(DataSource, source, "enforce_source")


def to_microseconds(time: Any, what: str, *, up: bool = False) -> int:
    """Microseconds since the epoch. Naive times are UTC; a date is its midnight.

    What is finer than a microsecond (a pandas.Timestamp can be) goes ``up`` or down.
    """
    if isinstance(time, datetime):
        if time != time:  # pandas.NaT calls itself a datetime
            raise InvalidRequest(f"{what} is NaT, which is no time")
        finer = getattr(time, "nanosecond", 0)
        if finer:
            time = time.replace(nanosecond=0)  # type: ignore[call-arg]  # a pandas.Timestamp
        if time.tzinfo is None:
            time = time.replace(tzinfo=UTC)
        return int((time - EPOCH) // _MICROSECOND) + (1 if finer and up else 0)
    if isinstance(time, date):
        return (datetime(time.year, time.month, time.day, tzinfo=UTC) - EPOCH) // _MICROSECOND
    raise TypeError(f"{what} must be a datetime, a date or a pandas.Timestamp, not {type(time).__name__}")


def age_in_microseconds(age: timedelta | None, what: str) -> int | None:
    """Whole microseconds, away from zero: what is more or less than nothing stays so.

    At most what the core can count, 292,000 years: no cache is as old.
    """
    if age is None:
        return None
    if not isinstance(age, timedelta):
        raise TypeError(f"{what} must be a timedelta, not {type(age).__name__}")
    whole, rest = divmod(age, _MICROSECOND)  # down
    if age > timedelta(0) and rest:
        whole += 1
    return max(-(2**63), min(whole, 2**63 - 1))
