"""klinekeep: Binance candles from the best source.

This version proves the packaging: it offers the version and the pure time functions of the core.
The DataSourceManager comes with the Python face.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pyarrow as _pyarrow  # before the compiled module, so that one libarrow serves the process

from klinekeep._built_with import PYARROW_MAJOR as _PYARROW_MAJOR

if int(_pyarrow.__version__.partition(".")[0]) != _PYARROW_MAJOR:
    raise ImportError(
        f"this klinekeep needs pyarrow {_PYARROW_MAJOR}, whose Arrow library it shares; "
        f"pyarrow {_pyarrow.__version__} is installed. "
        f"Install 'pyarrow>={_PYARROW_MAJOR},<{_PYARROW_MAJOR + 1}', or a klinekeep built with yours.",
        name="pyarrow",
        path=_pyarrow.__file__,
    )

from klinekeep import _core  # noqa: E402
from klinekeep._core import __version__  # noqa: E402

__all__ = ["__version__", "estimate_data_points"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def estimate_data_points(start: date, end: date, interval: str) -> int:
    """floor((end - start) / step): an estimate of the number of candles, 0 when start >= end.

    Times are datetimes (naive ones are UTC), pandas Timestamps, or dates, which stand for their midnight.
    """
    return _core.estimate_data_points(_microseconds(start), _microseconds(end), interval)


def _microseconds(t: date) -> int:
    if not isinstance(t, datetime):
        t = datetime(t.year, t.month, t.day)
    if t.tzinfo is None:
        t = t.replace(tzinfo=timezone.utc)
    return (t - _EPOCH) // timedelta(microseconds=1)
