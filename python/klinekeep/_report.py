"""What happened while a request was answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from klinekeep._time import from_microseconds
from klinekeep.errors import MissingRange, missing_ranges

_TIME = "%Y-%m-%d %H:%M:%S"
_SHOWN = 5


@dataclass(frozen=True)
class Gap:
    """Candles that the exchange never made, as far as the sources asked can tell.

    Attributes
    ----------
    start, end
        The first and the last absent open_time, UTC; both are absent.
    reason
        ``before_listing``; ``absent`` (neither REST nor the archive has it); ``absent_in_archive`` or
        ``absent_in_rest`` (seen by that source alone); ``not_yet`` (REST may still bring it).
    """

    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True)
class Report:
    """What happened while a request was answered. Immutable; copies and pickles cheaply.

    Attributes
    ----------
    symbol, interval, market, upstream, kind
        Which candles, and of which exchange.
    rows, filled
        Rows in the answer, and how many of them were made to fill gaps, at the caller's wish.
    rows_by_source
        How many came from ``cache``, ``rest`` and ``vision``.
    requests, bytes
        HTTP requests, retries included, and bytes of bodies received. 0 for a warm answer.
    gaps
        Candles that do not exist, in order.
    missing
        Candles that could not be had; only where ``partial`` was asked for.
    duplicates
        Equal rows with one open_time, which were dropped.
    conflicts, off_grid
        open_times with rows that differ (the first was kept), and of candles off the interval's grid.
    parts_by_trust
        How many archive files were proven by their CHECKSUM (``verified``), by their ETag alone (``etag``), not at all
        (``unverified``).
    notes
        Sentences for people.
    cache_failure
        Why the cache, which was to be used, could not be read or written; None where it could. A `CacheWarning` says so
        too, once a request.
    """

    symbol: str
    interval: str
    market: str
    rows: int = 0
    filled: int = 0
    rows_by_source: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    bytes: int = 0
    gaps: tuple[Gap, ...] = ()
    missing: tuple[MissingRange, ...] = ()
    duplicates: int = 0
    conflicts: tuple[datetime, ...] = ()
    off_grid: tuple[datetime, ...] = ()
    parts_by_trust: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    upstream: str = "binance"
    kind: str = "klines"
    cache_failure: str | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing is missing. A gap is not missing: there is no candle."""
        return not self.missing

    def summary(self) -> dict[str, Any]:
        """The report in a few numbers; JSON can hold it."""
        return {
            "symbol": self.symbol,
            "interval": self.interval,
            "market": self.market,
            "upstream": self.upstream,
            "kind": self.kind,
            "rows": self.rows,
            "rows_by_source": dict(self.rows_by_source),
            "requests": self.requests,
            "bytes": self.bytes,
            "complete": self.complete,
            "missing": len(self.missing),
            "gaps": len(self.gaps),
            "filled": self.filled,
            "duplicates": self.duplicates,
            "conflicts": len(self.conflicts),
            "off_grid": len(self.off_grid),
            "parts_by_trust": dict(self.parts_by_trust),
            "notes": len(self.notes),
        }

    def __copy__(self) -> Report:
        return self

    def __deepcopy__(self, memo: Any) -> Report:
        return self

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> list[str]:
        state = "complete" if self.complete else f"INCOMPLETE, {counted(len(self.missing), 'missing range')}"
        series = f"{self.symbol} {self.interval} {self.market}{of_another(self.upstream)}"
        lines = [f"<klinekeep report: {series}, {counted(self.rows, 'row')}, {state}>"]
        sources = ", ".join(f"{name} {rows:,}" for name, rows in self.rows_by_source.items() if rows)
        cost = f"{counted(self.requests, 'request')}, {size_text(self.bytes)}" if self.requests else "no request"
        lines.append(f"  from     {sources or 'nowhere'} ({cost})")
        trust = ", ".join(f"{count} {name}" for name, count in self.parts_by_trust.items() if count)
        if trust:
            lines.append(f"  archive  {trust}")
        if self.filled:
            lines.append(f"  filled   {counted(self.filled, 'row')}")
        for word, ranges in (("missing", self.missing), ("gap", self.gaps)):
            for one in ranges[:_SHOWN]:
                why = one.detail if isinstance(one, MissingRange) else one.reason
                lines.append(f"  {word:8} {one.start:{_TIME}} to {one.end:{_TIME}}: {why}")
            if len(ranges) > _SHOWN:
                lines.append(f"  {word:8} … and {len(ranges) - _SHOWN:,} more")
        for count, what, then in (
            (self.duplicates, "duplicate row", " dropped"),
            (len(self.conflicts), "conflict", ", the first kept"),
            (len(self.off_grid), "candle", " off the grid"),
        ):
            if count:
                lines.append(f"  told     {counted(count, what)}{then}")
        lines.extend(f"  note     {note}" for note in self.notes)
        return lines


class Summary(dict[str, Any]):
    """``df.attrs["klinekeep"]``: the report in a few numbers, which JSON can hold; all of it in ``report``."""

    report: Report

    def __init__(self, report: Report) -> None:
        super().__init__(report.summary())
        self.report = report

    def __copy__(self) -> Summary:
        return Summary(self.report)

    def __deepcopy__(self, memo: Any) -> Summary:
        return Summary(self.report)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Summary, (self.report,))

    def __repr__(self) -> str:
        return repr(self.report)


def report_of(parts: dict[str, Any], *, symbol: str, interval: str, market: str) -> Report:
    """The report of the core."""
    return Report(
        symbol=symbol,
        interval=interval,
        market=market,
        rows=parts["rows"],
        filled=parts["filled"],
        rows_by_source=parts["rows_by_source"],
        requests=parts["requests"],
        bytes=parts["bytes"],
        gaps=tuple(Gap(from_microseconds(a), from_microseconds(b), why) for a, b, why in parts["gaps"]),
        missing=missing_ranges(parts["missing"]),
        duplicates=parts["duplicates"],
        conflicts=tuple(map(from_microseconds, parts["conflicts"])),
        off_grid=tuple(map(from_microseconds, parts["off_grid"])),
        parts_by_trust=parts["parts_by_trust"],
        notes=tuple(parts["notes"]),
        upstream=parts["upstream"],
        kind=parts["kind"],
        cache_failure=parts["cache_failure"] or None,
    )


def of_another(upstream: str) -> str:
    """Whose candles they are, where they are not Binance's."""
    return "" if upstream == "binance" else f" of {upstream}"


def counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def size_text(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
