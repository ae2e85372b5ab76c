"""What would be asked of the sources, and what a refresh found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from klinekeep._report import counted, of_another, size_text
from klinekeep._time import from_microseconds
from klinekeep.errors import MissingRange, missing_ranges


@dataclass(frozen=True)
class PlannedStep:
    """A step that a request would take.

    Attributes
    ----------
    action
        For people: ``daily file 2024-03-15``.
    start, end
        The first and the last open_time that it is about, UTC, inclusive.
    requests, bytes
        What it costs; bytes are estimated.
    reason
        Why it is there.
    json
        The step whole, as it could be sent to another machine.
    """

    action: str
    start: datetime
    end: datetime
    requests: int
    bytes: int
    reason: str
    json: str


@dataclass(frozen=True, repr=False)
class FetchPlan:
    """What a request would ask, as long as the sources have what is expected.

    Attributes
    ----------
    steps
        In order.
    missing
        What no step would bring: not cached, and not to be asked of the source.
    requests, bytes
        Of all steps; bytes are estimated.
    upstream
        The exchange that would be asked.
    """

    steps: tuple[PlannedStep, ...]
    missing: tuple[MissingRange, ...]
    requests: int
    bytes: int
    upstream: str = "binance"

    def __repr__(self) -> str:
        whose = of_another(self.upstream)
        if not self.steps and not self.missing:
            return f"<klinekeep plan{whose}: nothing to ask>"
        cost = f"{counted(self.requests, 'request')}, about {size_text(self.bytes)}"
        lines = [f"<klinekeep plan{whose}: {counted(len(self.steps), 'step')}, {cost}>"]
        lines += [f"  {step.action}: {step.reason}" for step in self.steps]
        lines += [f"  missing {one}" for one in self.missing]
        return "\n".join(lines)


@dataclass(frozen=True)
class ChangedValue:
    """A value that is another one now; None where there was, or is, no such candle."""

    open_time: datetime
    column: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class RefreshResult:
    """What a refresh did.

    Attributes
    ----------
    partitions
        Months that were looked at.
    requests, bytes
        HTTP requests, and bytes of bodies received.
    rows_added
        Candles that were not there before.
    changed_files
        Files of the archive that are others than those that were used; they were asked again.
    values
        What is another value now, by open_time and column.
    failed
        What could not be asked; it stays as it was.
    notes
        Sentences for people.
    """

    partitions: int
    requests: int
    bytes: int
    rows_added: int
    changed_files: tuple[str, ...]
    values: tuple[ChangedValue, ...]
    failed: tuple[MissingRange, ...]
    notes: tuple[str, ...]


def plan_of(parts: dict[str, Any]) -> FetchPlan:
    steps = tuple(
        PlannedStep(action, from_microseconds(first), from_microseconds(last), requests, size, reason, json)
        for action, first, last, requests, size, reason, json in parts["steps"]
    )
    return FetchPlan(steps, missing_ranges(parts["missing"]), parts["requests"], parts["bytes"], parts["upstream"])


def refresh_of(parts: dict[str, Any]) -> RefreshResult:
    return RefreshResult(
        partitions=parts["partitions"],
        requests=parts["requests"],
        bytes=parts["bytes"],
        rows_added=parts["rows_added"],
        changed_files=tuple(parts["changed_files"]),
        values=tuple(ChangedValue(from_microseconds(time), *rest) for time, *rest in parts["values"]),
        failed=missing_ranges(parts["failed"]),
        notes=tuple(parts["notes"]),
    )
