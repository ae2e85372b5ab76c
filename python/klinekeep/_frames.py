"""Candles as pandas and pyarrow have them."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from klinekeep import _core
from klinekeep._report import Report, Summary
from klinekeep.errors import InvalidRequest

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = tuple(name for name, _ in _core.schema())
INDEX = COLUMNS[0]
OUTPUT_DTYPES = {name: "int64" if name in ("close_time", "trades") else "float64" for name in COLUMNS[1:]}

_PER_MS = {"ms": 1, "us": 1_000, "ns": 1_000_000}
_VALUE_SIZE = 8


def unit_or_default(unit: str | None) -> str:
    """The resolution of the index: as asked, else the one that the installed pandas gives to parsed UTC times."""
    if unit is None:
        return _unit_of_pandas()
    if unit not in _PER_MS:
        raise InvalidRequest(f"unit cannot be {unit!r}; it is one of {', '.join(_PER_MS)}")
    return unit


@functools.cache
def _unit_of_pandas() -> str:
    import pandas as pd

    return str(pd.DatetimeIndex(["2024-01-01T00:00:00Z"]).unit)


def with_index(columns: Sequence[str]) -> Sequence[str]:
    """What to ask of the core for a frame of these columns, which always has its index."""
    return columns if isinstance(columns, str) else [INDEX, *(name for name in columns if name != INDEX)]


def to_frame(answer: _core.Answer, columns: list[str], unit: str, report: Report) -> pd.DataFrame:
    """A frame that owns its memory. `columns` is what the core was asked for."""
    import pandas as pd

    names = columns or COLUMNS
    rows = answer.load()
    stride = rows * _VALUE_SIZE
    # One piece of memory for all columns: numpy gives large ones huge pages, so that filling it is not mostly page faults.
    memory = np.empty(stride * len(names), np.uint8)
    answer.copy_to(memory, _PER_MS[unit])
    index = pd.DatetimeIndex(
        memory[:stride].view("i8"),  # as instants: pandas would copy naive times, to look whether UTC changes them
        dtype=pd.DatetimeTZDtype(unit, "UTC"),
        name=INDEX,
        copy=False,  # type: ignore[arg-type]
    )
    values = {
        name: memory[i * stride : (i + 1) * stride].view(OUTPUT_DTYPES[name]) for i, name in enumerate(names) if i > 0
    }
    frame = pd.DataFrame(values, index=index, columns=list(values), copy=False)
    frame.attrs["klinekeep"] = Summary(report)
    return frame


def to_table(answer: _core.Answer, report: Report) -> pa.Table:
    """A table that views what the answer views; its metadata has the report's summary."""
    table = pa.RecordBatchReader.from_stream(answer).read_all()
    return table.replace_schema_metadata({"klinekeep": json.dumps(report.summary())})
