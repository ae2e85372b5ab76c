"""What the contract says of absences (C12) as one property: random upstreams that lie by omission for a while, and then tell the truth.

Every answer meanwhile is right, an error, or names the range with its doubt; once the truth is back, within the times of §3 or at the
latest after `cache refresh`, every candle is there and equal. Seeds are pinned: KLINEKEEP_TRUST_SEEDS=N for more than 40.
"""

import os
import random

import pytest
from cache_support import DAY, HOUR, MINUTE, iso
from lying_upstream import FILES, LISTINGS, MONTHLY_ONLY, PAGES, STEPS, Series
from replica_process import to_ms
from trust_support import agrees_offline, get, kk, refresh, set_now, shared_upstream, up  # noqa: F401

SEEDS = range(int(os.environ.get("KLINEKEEP_TRUST_SEEDS", "40")))
WEEK = 7 * DAY + 2 * HOUR
SPAN = {"1m": 30 * HOUR, "1h": 50 * DAY, "1d": 700 * DAY, "3d": 900 * DAY, "1w": 1200 * DAY}  # of a window, at most
SMALL = 200  # candles that are left when pages or files are cut


def a_series(dice):
    market = dice.choice(["spot", "um", "cm"])
    interval = dice.choice(list(SPAN))
    step = STEPS[interval]
    now = dice.choice(["2024-03-04T12:00:10Z", "2024-04-20T00:00:02Z", "2025-02-11T07:30:40Z"])
    first = to_ms(now) - dice.randrange(SPAN[interval] // 2, 3 * SPAN[interval])
    holes = []
    for _ in range(dice.choice([0, 0, 1, 2])):
        begin = to_ms(now) - dice.randrange(SPAN[interval] // 4, SPAN[interval])
        holes.append((begin, begin + dice.choice([1, 3, 30]) * step))
    return Series(market, "BTCUSD_PERP" if market == "cm" else "BTCUSDT", interval, first, holes=tuple(holes)), to_ms(now)


def a_window(dice, series, now):
    step = STEPS[series.interval]
    end = now if dice.random() < 0.4 else now - dice.randrange(step, SPAN[series.interval])
    start = end - dice.randrange(step, SPAN[series.interval])
    return start, end


def a_lie(dice, up, series, window):
    """One glitch, of REST, of the archive or of a clock; some for one answer, some until the truth is back."""
    step = STEPS[series.interval]
    at = dice.randrange(*window)
    part = {"begin": at, "end": at + dice.choice([1, 5, 60]) * step}
    often = {"times": dice.choice([None, 1, 2]), "skip": dice.choice([0, 0, 1])}
    file = r"\.zip" if series.interval in MONTHLY_ONLY else dice.choice([r"monthly.*\.zip", r"daily.*\.zip", r"\.zip"])
    lies = [
        lambda: up.lie("empty", PAGES, **often),
        lambda: up.lie("first", PAGES, rows=dice.randrange(1, SMALL), **often),
        lambda: up.lie("last", PAGES, rows=dice.randrange(1, SMALL), **often),
        lambda: up.lie("only", PAGES, begin=at),
        lambda: up.lie("only", PAGES, end=at),
        lambda: up.lie("without", PAGES, **part),
        lambda: up.lie("unknown", PAGES, **often),
        lambda: up.lie("status", PAGES, status=403, **often),
        lambda: up.lie("date", dice.choice([PAGES, "."]), ms=dice.choice([-8 * HOUR, -20 * MINUTE, 8 * HOUR]), **often),
        lambda: up.lie("date", PAGES, **often),
        lambda: up.lie("clock", PAGES, after=dice.choice([8, 50]) * 1000, times=1),
        lambda: up.lie("status", FILES, status=404, **often),
        lambda: up.lie("hidden", file, **part),
        lambda: up.lie("hidden", FILES, end=at),
        lambda: up.lie("hidden", FILES, begin=at),
        lambda: up.lie("only", file, end=at),
        lambda: up.lie("without", file, **part),
        lambda: up.lie("modified", file, at=at),
        lambda: up.lie("empty", LISTINGS, **often),
        lambda: up.lie("only", LISTINGS, begin=at),
        lambda: up.lie("only", LISTINGS, end=at),
        lambda: up.lie("status", LISTINGS, status=403, **often),
    ]
    return dice.choice(lies)()


def why_not_yet(told, up, dates_lie):
    """Slots that are called not_yet though they closed more than a quarter of an hour ago, and no Date that is slow says so."""
    late = [slot for slot in told.lacking if told.series.next(slot) <= up.now - 15 * MINUTE]
    return [] if dates_lie else [iso(slot) for slot in late if told.reasons(slot) == ["not_yet"]]


def until_the_last_file(series, end, source, now):
    """VISION has the periods whose file is there."""
    kind = "monthly" if series.interval in MONTHLY_ONLY else "daily"
    return min(end, max((f.end for f in series.files(kind, now) if f.published <= now), default=0) - 1) if source == "vision" else end


def first_due(series, now):
    """Where the archive begins for AUTO."""
    files = [f for kind in ("daily", "monthly") for f in series.files(kind, now)]
    return min((f.begin for f in files if f.published + 36 * HOUR <= now), default=now)


def meanwhile(kk, up, series, window, source, lies):
    told = get(kk, up, series, *window, source).honest()
    if told.code == 0:
        slow_dates = any(lie.kind in ("date", "clock") for lie in lies)
        assert why_not_yet(told, up, slow_dates) == []
        seen = source != "rest" and not any(lie.on not in (PAGES, ".") for lie in lies)
        first = first_due(series, up.now)
        early = [slot for slot in told.lacking if slot >= first and told.reason(slot) == "before_listing"]
        assert not seen or early == [], list(map(iso, early[:3]))
    assert get(kk, up, series, *window, "cache").honest().code in (0, 6)


@pytest.mark.parametrize("interval", [*SPAN, "1M"])
@pytest.mark.parametrize("market", ["spot", "um", "cm"])
def test_an_upstream_that_does_not_lie_gives_all(kk, up, market, interval):
    """Else the property would show nothing."""
    first = "2024-08-20T10:30Z" if interval == "1m" else "2023-05-10"
    outage = ("2024-08-21T03:00Z", "2024-08-21T04:00Z")
    series = Series(market, "BTCUSD_PERP" if market == "cm" else "BTCUSDT", interval, first, holes=(outage,))
    up.reset([series], 0)
    set_now(kk, up, "2024-09-20T12:00:40Z")
    window = ("2024-08-19T22:00Z" if interval == "1m" else "2023-05-01", "2024-08-22" if interval == "1m" else "2024-08-31")
    for source in ("rest", "vision", "auto"):
        told = get(kk, up, series, *window, source)
        told.whole()
        assert told.report["missing"] == []
        agrees_offline(kk, up, told, *window)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_upstream_that_lies_for_a_while_hides_nothing_for_ever(kk, up, seed):
    """§1 to §3."""
    dice = random.Random(seed)
    series, now = a_series(dice)
    up.reset([series], 0)
    sources = dice.choice([["auto"], ["auto"], ["rest"], ["vision"], ["auto", "rest"], ["auto", "vision"], ["rest", "vision", "auto"]])
    windows = [a_window(dice, series, now) for _ in range(2)]
    lies = [a_lie(dice, up, series, dice.choice(windows)) for _ in range(dice.choice([1, 1, 2, 3]))]
    print(series, *(f"{lie.kind} {lie.on} {lie.given}" for lie in lies), sep="\n")  # of a seed that fails
    asked = []
    for number in range(4):
        set_now(kk, up, now + number * 10 * MINUTE)
        asked.append((windows[number % 2], dice.choice(sources)))
        print(iso(up.now), *map(iso, asked[-1][0]), asked[-1][1])
        meanwhile(kk, up, series, *asked[-1], lies)
    up.truth()
    refreshed = dice.random() < 0.5
    set_now(kk, up, up.now + (20 * MINUTE if refreshed else WEEK))
    if refreshed:
        refresh(kk, series)
    for (start, end), source in asked:
        end = until_the_last_file(series, end, source, up.now)
        if start <= end:
            after(kk, up, series, start, end, source, refreshed)


def after(kk, up, series, start, end, source, refreshed):
    """The truth is back. What both have named and is older than 90 days stands for good, but not against `cache refresh`."""
    told = get(kk, up, series, start, end, source, "--partial")
    offline = get(kk, up, series, start, end, "cache", "--partial")  # it knows whether both have
    for_good = [slot for slot in told.lacking if offline.reasons(slot) == ["absent"] and slot < up.now - 90 * DAY]
    if not refreshed and for_good and for_good == told.lacking:
        refresh(kk, series)
        told = get(kk, up, series, start, end, source, "--partial")
    told.whole()
    assert source == "vision" or told.report["missing"] == [], told.report["missing"]  # it lacks files of long outages
    if told.report["missing"] == [] and all(series.next(slot) <= up.now - MINUTE for slot in told.closed):
        agrees_offline(kk, up, told, start, end)
