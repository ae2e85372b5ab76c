"""The one schema, and candles as pyarrow has them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa

from klinekeep import _core
from klinekeep._report import Report

COLUMNS = tuple(name for name, _ in _core.schema())
INDEX = COLUMNS[0]
OUTPUT_DTYPES = {name: "int64" if name in ("close_time", "trades") else "float64" for name in COLUMNS[1:]}


def with_index(columns: Sequence[str]) -> Sequence[str]:
    """What to ask of the core for a frame of these columns, which always has its index."""
    return columns if isinstance(columns, str) else [INDEX, *(name for name in columns if name != INDEX)]


def to_table(answer: _core.Answer, report: Report) -> pa.Table:
    """A table that views what the answer views; its metadata has the report's summary."""
    table = pa.RecordBatchReader.from_stream(answer).read_all()
    return table.replace_schema_metadata({"klinekeep": json.dumps(report.summary())})
