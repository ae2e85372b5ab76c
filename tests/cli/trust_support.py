"""What the suites of C12 of the contract share: one lying upstream for a module, and what an answer may and may not be."""

from __future__ import annotations

import dataclasses

import pytest
from cache_support import NOBODY, Cache, iso, values
from klinekeep_process import Klinekeep, Result
from lying_upstream import Series, Upstream
from replica_process import to_ms

ERRORS = (3, 4, 5, 6, 7, 8)
NO_REST = {"KLINEKEEP_REST_URL": NOBODY}
NO_ARCHIVE = {"KLINEKEEP_VISION_URL": NOBODY}


@pytest.fixture(scope="module")
def shared_upstream():
    with Upstream() as running:
        yield running


@pytest.fixture
def up(shared_upstream) -> Upstream:
    """Without a series, a lie or a memory."""
    shared_upstream.reset([], 0)
    return shared_upstream


@pytest.fixture
def kk(tmp_path, up) -> Klinekeep:
    """Its upstream is a mirror of Binance, so that REST and archive may be joined wherever they are (§4)."""
    klinekeep = Klinekeep(tmp_path, up)
    klinekeep.env["KLINEKEEP_UPSTREAM"] = "binance"
    return klinekeep


def set_now(kk: Klinekeep, up: Upstream, now: str | int | None) -> None:
    """The exchange's clock and ours; None: both are the machine's."""
    if now is None:
        up.real_time = True
        kk.env.pop("KLINEKEEP_NOW")
    else:
        up.now = now
        kk.env["KLINEKEEP_NOW"] = iso(up.now)


def begin_at(kk: Klinekeep, up: Upstream, *series: Series, now: str | int | None) -> Series:
    """The upstream has these, and no lies; the first of them."""
    up.reset(series, 0)
    set_now(kk, up, now)
    return series[0]


@dataclasses.dataclass
class Told:
    """An answer, and the truth beside it: the candles of the window that had closed by the clock of the upstream and by ours."""

    series: Series
    result: Result
    report: dict
    closed: list[int]

    @property
    def code(self) -> int:
        return self.result.code

    @property
    def rows(self) -> list[tuple[float, ...]]:
        return values(self.result)

    @property
    def lacking(self) -> list[int]:
        return sorted(set(self.closed) - set(self.result.times))

    def reasons(self, slot: int) -> list[str]:
        entries = [*self.report.get("gaps", []), *self.report.get("missing", [])]
        return [e.get("reason", e.get("cause")) for e in entries if to_ms(e["from"]) <= slot <= to_ms(e["to"])]

    def reason(self, slot: str | int) -> str | None:
        return next(iter(self.reasons(to_ms(slot))), None)

    @property
    def notes(self) -> str:
        return "\n".join(self.report["notes"])

    def honest(self) -> Told:
        """Right, an error, or it names what it lacks; no candle that is none."""
        assert self.code == 0 or self.code in ERRORS, (self.code, self.result.err)
        if self.code == 0:
            true = {row[0]: row for row in self.series.values(self.closed)}
            assert [row for row in self.rows if true.get(row[0]) != row] == [], "candles that are none"
            assert self.result.times == sorted(set(self.result.times))
            assert [iso(slot) for slot in self.lacking if not self.reasons(slot)] == [], "not told"
        return self

    def whole(self) -> Told:
        """Every candle of the truth."""
        assert self.code == 0, (self.code, self.result.err)
        assert [iso(slot) for slot in self.lacking] == [], self.report["gaps"]
        assert self.rows == self.series.values(self.closed)
        return self

    def short(self, rows: int) -> Told:
        """Complete by its own word, with so many rows: what a test begins with."""
        assert len(self.honest().rows) == rows, self.report
        return self


def get(kk: Klinekeep, up: Upstream, series: Series, start, end, source: str, *more, **options) -> Told:
    """What `get` says of candles that open in [start, end]."""
    result, report = kk.report(series.symbol, series.interval, start, end, source, *more, market=series.market, **options)
    now = min(up.now, to_ms(kk.env.get("KLINEKEEP_NOW", up.now)))
    slots = series.opens(to_ms(start), min(last_instant(end), now) + 1)
    return Told(series, result, report, [slot for slot in slots if series.next(slot) <= now])


def last_instant(end: str | int) -> int:
    """A bare date is that whole day."""
    bare = isinstance(end, str) and len(end) == len("2024-01-01")
    return to_ms(end) + (86_400_000 - 1 if bare else 0)


def is_kept(kk: Klinekeep, up: Upstream, series: Series, slot: int) -> bool:
    """Whether the cache knows that slot: its candle, or that there is none. Of what has not closed it says nothing."""
    told = get(kk, up, series, slot, slot, "cache")
    return told.code == 0 and (told.result.rows != [] or told.reasons(slot) not in ([], ["not_yet"]))


def refresh(kk: Klinekeep, series: Series) -> Result:
    return kk("cache", "refresh", series.symbol, series.interval, "--market", series.market)


def heal(kk: Klinekeep, up: Upstream, series: Series, how: str | int) -> None:
    """The truth is back: and then `cache refresh`, or so many milliseconds later."""
    if how == "refresh":
        up.truth()
        set_now(kk, up, up.now + 20 * 60_000)
        told = refresh(kk, series)
        assert told.code == 0 or "is empty" in told.err, told.err  # where nothing came of the lie
    else:
        up.truth()
        set_now(kk, up, up.now + how)


def agrees_offline(kk: Klinekeep, up: Upstream, told: Told, start, end) -> None:
    """The cache alone says the same."""
    offline = get(kk, up, told.series, start, end, "cache", env=NO_REST | NO_ARCHIVE)
    assert offline.result.ok().out == told.result.out
    Cache(kk).assert_sound()
