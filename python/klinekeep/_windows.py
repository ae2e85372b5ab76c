"""Two pure functions of time: which candles a window names, and about how many they are."""

from __future__ import annotations

from datetime import date, datetime

from klinekeep import _core
from klinekeep._time import from_microseconds
from klinekeep._values import AnyInterval, interval_word, to_microseconds


def adjust_time_window(start_time: date, end_time: date, interval: AnyInterval) -> tuple[datetime, datetime] | None:
    """The inclusive window of grid points inside [start_time, end_time].

    The start goes up to the interval's grid and the end goes down: at 1s, 12:34:56.5 to 12:35:02.123 becomes 12:34:57
    to 12:35:02. Naive datetimes are UTC, and a date is its midnight.

    Returns
    -------
    tuple of datetime, or None
        The first and the last open_time, UTC; None where the window holds no grid point.
    """
    start, end = to_microseconds(start_time, "start_time", up=True), to_microseconds(end_time, "end_time")
    window = _core.adjust_time_window(start, end, interval_word(interval))
    return None if window is None else (from_microseconds(window[0]), from_microseconds(window[1]))


def estimate_data_points(start_time: date, end_time: date, interval: AnyInterval) -> int:
    """floor((end_time - start_time) / step): an estimate of the number of candles.

    0 when the start is not before the end. Not the number of candles in [start_time, end_time], which is one
    more when both lie on the grid.
    """
    start, end = to_microseconds(start_time, "start_time"), to_microseconds(end_time, "end_time")
    return _core.estimate_data_points(start, end, interval_word(interval))
