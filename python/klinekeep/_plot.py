"""Candles and volume for the eye, by matplotlib (the extra `plot`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from klinekeep.errors import InvalidRequest

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_CANDLES = 1500  # more than this a screen cannot show: neighbours are drawn as one
_UP, _DOWN = "#26a69a", "#ef5350"
_NEEDED = ("open", "high", "low", "close", "volume")
_WIDTH = 0.8  # of a candle's time


@dataclass(frozen=True)
class _Candles:
    """What is drawn. Times are matplotlib's: days since the epoch."""

    begin: np.ndarray
    span: float  # of one candle, in days
    values: dict[str, np.ndarray]
    merged: int  # how many of the frame's candles one stands for, at most


def plot(df: pd.DataFrame, *, title: str | None = None, axes: tuple[Axes, Axes] | None = None) -> tuple[Axes, Axes]:
    """Draws candles, and their volume below, over time.

    What no candle covers is hatched: a gap stays visible. Of very many candles, neighbours are drawn as one, and the
    title says so. Needs matplotlib: ``pip install 'klinekeep[plot]'``.

    Parameters
    ----------
    df
        Candles as `DataSourceManager.get_data` gives them, at least open, high, low, close and volume. Rows that were
        filled with NaN count as absent.
    title
        None: the symbol and the interval, where the frame knows them.
    axes
        Where to draw prices and volume. None: a new figure of pyplot.

    Returns
    -------
    tuple of Axes
        Those of the prices and of the volume, to go on with: ``axes[0].figure.savefig("candles.png")``.

    Raises
    ------
    ImportError
        matplotlib is not installed.
    InvalidRequest
        The frame lacks a column.
    """
    try:
        import matplotlib.dates as dates
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("klinekeep.plot needs matplotlib: pip install 'klinekeep[plot]'") from error

    missing = [name for name in _NEEDED if name not in df.columns]
    if missing:
        raise InvalidRequest(f"plot needs the columns {', '.join(_NEEDED)}; the frame lacks {', '.join(missing)}")
    if axes is None:
        _, made = plt.subplots(2, 1, sharex=True, height_ratios=(3, 1), layout="constrained", figsize=(10, 6))
        axes = (made[0], made[1])
    prices, volume = axes
    candles = _candles_of(df)
    for begin, end in _gaps(candles):
        for one in axes:
            one.axvspan(begin, end, facecolor="none", edgecolor="#9e9e9e", hatch="//", linewidth=0, label="_gap")
    _draw(prices, volume, candles)
    volume.xaxis_date(tz="UTC")
    locator = dates.AutoDateLocator(tz="UTC")
    volume.xaxis.set_major_locator(locator)
    volume.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz="UTC"))
    prices.set_ylabel("price")
    volume.set_ylabel("volume")
    prices.set_title(_title(df, candles) if title is None else title)
    return axes


def _candles_of(df: pd.DataFrame) -> _Candles:
    present = df[list(_NEEDED)].dropna()
    opens = cast("pd.DatetimeIndex", present.index).as_unit("ns").asi8
    values = {name: present[name].to_numpy() for name in _NEEDED}
    step = _step(df, opens)
    merged = -(-len(opens) // MOST_CANDLES) if len(opens) > MOST_CANDLES else 1
    if merged > 1:
        opens, values = _merge(opens, values, step * merged)
    return _Candles(opens / 86_400e9, step * merged / 86_400e9, values, merged)


def _step(df: pd.DataFrame, opens: np.ndarray) -> int:
    """The time of a candle in ns; of months the longest."""
    word = df.attrs.get("klinekeep", {}).get("interval")
    if word == "1M":
        return 31 * 86_400 * 10**9
    if word is None:
        return int(np.diff(opens).min()) if len(opens) > 1 else 60 * 10**9
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}[word[-1]]
    return int(word[:-1]) * unit * 10**9


def _merge(opens: np.ndarray, values: dict[str, np.ndarray], span: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Candles that open in the same `span`, as one."""
    slots = opens // span
    starts = np.flatnonzero(np.diff(slots, prepend=slots[0] - 1))
    ends = np.append(starts[1:], len(opens)) - 1
    merged = {
        "open": values["open"][starts],
        "high": np.maximum.reduceat(values["high"], starts),
        "low": np.minimum.reduceat(values["low"], starts),
        "close": values["close"][ends],
        "volume": np.add.reduceat(values["volume"], starts),
    }
    return slots[starts] * span, merged


def _gaps(candles: _Candles) -> list[tuple[float, float]]:
    """From the end of a candle to the next one, where that is later."""
    ends = candles.begin[:-1] + candles.span
    tolerance = candles.span * 1e-6
    where = np.flatnonzero(candles.begin[1:] > ends + tolerance)
    return [(float(ends[i]), float(candles.begin[i + 1])) for i in where]


def _draw(prices: Axes, volume: Axes, candles: _Candles) -> None:
    values = candles.values
    middle = candles.begin + candles.span / 2
    colours = np.where(values["close"] >= values["open"], _UP, _DOWN)
    prices.vlines(middle, values["low"], values["high"], colors=colours.tolist(), linewidth=0.8)
    body = np.abs(values["close"] - values["open"])
    bottom = np.minimum(values["open"], values["close"])
    width = candles.span * _WIDTH
    prices.use_sticky_edges = False  # else the lowest body would sit on the frame, and its wick be cut
    prices.bar(middle, body, width, bottom, color=colours, edgecolor=colours, linewidth=0.5)
    volume.bar(middle, values["volume"], width, color=colours)


def _title(df: pd.DataFrame, candles: _Candles) -> str:
    known: dict[str, Any] = df.attrs.get("klinekeep", {})
    words = [str(known[name]) for name in ("symbol", "interval", "market") if name in known] or ["candles"]
    if not len(candles.begin):
        words.append("(no candle)")
    if candles.merged > 1:
        words.append(f"(up to {candles.merged} candles drawn as one)")
    return " ".join(words)
