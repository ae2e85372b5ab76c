"""Candles as pandas has them. Imported with the first frame, as pandas is slow to load."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

try:
    from pandas.api.internals import create_dataframe_from_blocks
except ImportError:  # pandas 2
    create_dataframe_from_blocks = None

from klinekeep import _core
from klinekeep._report import Report, Summary
from klinekeep._tables import COLUMNS, INDEX, OUTPUT_DTYPES
from klinekeep.errors import InvalidRequest

_PER_MS = {"ms": 1, "us": 1_000, "ns": 1_000_000}
_DTYPES: dict[str, pd.DatetimeTZDtype] = {
    "ms": pd.DatetimeTZDtype("ms", "UTC"),
    "us": pd.DatetimeTZDtype("us", "UTC"),
    "ns": pd.DatetimeTZDtype("ns", "UTC"),
}
_VALUE_SIZE = 8


def unit_or_default(unit: str | None) -> str:
    """The resolution of the index: as asked, else the one that the installed pandas gives to parsed UTC times."""
    if unit is None:
        return _unit_of_pandas()
    if unit not in _PER_MS:
        raise InvalidRequest(f"unit cannot be {str(unit)[:80]!r}; it is one of {', '.join(_PER_MS)}")
    return unit


@functools.cache
def _unit_of_pandas() -> str:
    return str(pd.DatetimeIndex(["2024-01-01T00:00:00Z"]).unit)


@dataclass(frozen=True)
class _Layout:
    """How the columns of a frame lie in its one piece of memory: the index, then those of each dtype together, as
    pandas keeps them."""

    names: tuple[str, ...]  # of the columns of the answer, the index first
    places: list[int]  # where each of them lies, counted in columns
    blocks: list[tuple[str, slice, Any]]  # dtype, what lies together, and the places of these columns in the frame
    columns: pd.Index


@functools.cache
def _layout(names: tuple[str, ...]) -> _Layout:
    """Kept, as making it costs a third of a warm answer."""
    places = [0] * len(names)
    blocks = []
    begin = 1
    for kind in ("float64", "int64"):
        members = [i for i, name in enumerate(names) if OUTPUT_DTYPES.get(name) == kind]
        for place, i in enumerate(members, begin):
            places[i] = place
        if members:
            blocks.append((kind, slice(begin, begin + len(members)), np.array(members) - 1))
        begin += len(members)
    return _Layout(names, places, blocks, pd.Index(names[1:]))


def to_frame(answer: _core.Answer, columns: list[str], unit: str, report: Report) -> pd.DataFrame:
    """A frame that owns its memory. `columns` is what the core was asked for, the index first; empty for all."""
    layout = _layout(tuple(columns) or COLUMNS)
    rows = answer.load()
    memory = np.empty(rows * len(layout.names) * _VALUE_SIZE, np.uint8)
    answer.copy_to(memory, layout.places, _PER_MS[unit])
    values = memory.view(np.int64).reshape(len(layout.names), rows)
    index = pd.DatetimeIndex(values[0], dtype=_DTYPES[unit], name=INDEX, copy=False)
    blocks = [(values[lines].view(kind), members) for kind, lines, members in layout.blocks]
    frame = _frame_of_blocks(blocks, index, layout.columns.view())
    frame.attrs["klinekeep"] = Summary(report)
    return frame


def _frame_of_blocks(blocks: list[tuple[Any, Any]], index: pd.DatetimeIndex, columns: pd.Index) -> pd.DataFrame:
    """A frame over `blocks`, without a copy: arrays of columns of one dtype each, and the places that these have."""
    if create_dataframe_from_blocks is None:
        arrays = {place: column for block, places in blocks for place, column in zip(places, block, strict=True)}
        values = {name: arrays[place] for place, name in enumerate(columns)}
        return pd.DataFrame(values, index=index, columns=columns, copy=False)
    frame: pd.DataFrame = create_dataframe_from_blocks(blocks, index=index, columns=columns)
    return frame
