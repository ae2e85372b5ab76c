"""C12 of the contract: every answer has its own times."""

import re
import time

import pytest
from cache_support import HOUR, MINUTE, iso
from lying_upstream import PAGES, SECOND, Series, Upstream
from trust_support import agrees_offline, begin_at, get, is_kept, kk, set_now, shared_upstream, up  # noqa: F401

SPOT = Series("spot", "BTCUSDT", "1m", "2020-01-01")
UM = Series("um", "BTCUSDT", "1m", "2020-01-01")
MARKETS = pytest.mark.parametrize("series", [SPOT, UM], ids=["spot", "um"])
SOURCES = pytest.mark.parametrize("source", ["auto", "rest"])
NOON = 1_709_553_600_000  # 2024-03-04T12:00Z


# -- what has closed is judged by the answer that brought it ------------------------------------------------------------------


@SOURCES
@MARKETS
def test_a_body_that_takes_eight_seconds_brings_no_half_formed_minute(kk, up, series, source):
    """§1: what has closed is judged by as_of, not by when the body was parsed. Its head came at 12:00:58, now it is 12:01:06."""
    begin_at(kk, up, series, now=NOON + 58 * SECOND)
    up.lie("clock", PAGES, after=8 * SECOND)
    kk.env["KLINEKEEP_NOW"] = iso(NOON + 66 * SECOND)
    told = get(kk, up, series, NOON - HOUR, NOON, source).honest()
    assert told.code or NOON not in told.result.times
    assert not is_kept(kk, up, series, NOON), "kept"
    up.truth()
    set_now(kk, up, NOON + 5 * MINUTE)
    agrees_offline(kk, up, get(kk, up, series, NOON - HOUR, NOON, source).whole(), NOON - HOUR, NOON)


@SOURCES
def test_a_body_that_is_made_after_its_head_says_no_more_than_its_head_vouches_for(kk, up, source):
    """§1: as_of is the Date of that very answer."""
    begin_at(kk, up, SPOT, now=NOON + 58 * SECOND)
    up.lie("clock", PAGES, times=1, before=8 * SECOND)
    kk.env["KLINEKEEP_NOW"] = iso(NOON + 66 * SECOND)
    get(kk, up, SPOT, NOON - HOUR, NOON + MINUTE, source).honest()
    assert not is_kept(kk, up, SPOT, NOON), "kept"
    assert not is_kept(kk, up, SPOT, NOON + MINUTE), "kept"


@SOURCES
def test_a_second_that_forms_while_the_body_is_on_its_way_is_not_taken_for_closed(kk, up, source):
    """§1, on the machine's clock: no clock that was carried on decides."""
    series = Series("spot", "BTCUSDT", "1s", "2020-01-01")
    last = int(time.time()) * 1000
    begin_at(kk, up, series, now=None)
    up.real_time, up.now = False, last
    up.lie("slow", PAGES, seconds=1.3)
    told = get(kk, up, series, last - MINUTE, last, source).honest()
    assert told.code or last not in told.result.times
    up.truth()
    set_now(kk, up, last + 5 * MINUTE)
    agrees_offline(kk, up, get(kk, up, series, last - MINUTE, last, source).whole(), last - MINUTE, last)


@SOURCES
def test_a_later_answers_date_makes_no_candle_of_an_earlier_page_closed(kk, up, source):
    """§1: not by a later answer's Date. The tail page comes slowly, while the page before it waits for a 429 and is told a later Date."""
    series = Series("spot", "BTCUSDT", "1s", "2020-01-01")
    last = int(time.time()) * 1000
    start, page = last - 2500 * SECOND, 1000 * SECOND
    begin_at(kk, up, series, now=None)
    up.real_time, up.now = False, last
    limited = up.lie("status", f"{PAGES}.*startTime={start + page}&", times=1, status=429, retry_after=1)
    up.lie("date", f"{PAGES}.*startTime={start + page}&", skip=1, ms=45 * SECOND)
    slow = up.lie("slow", f"{PAGES}.*startTime={start + 2 * page}&", seconds=2.5)
    told = get(kk, up, series, start, last, source).honest()
    assert limited.told == 1 and slow.told >= 1
    assert told.code or last not in told.result.times
    assert not is_kept(kk, up, series, last), "kept"
    up.truth()
    set_now(kk, up, last + 5 * MINUTE)
    agrees_offline(kk, up, get(kk, up, series, start, last, source).whole(), start, last)


@SOURCES
@MARKETS
def test_a_candle_that_closed_half_a_second_ago_is_returned_and_not_kept(kk, up, series, source):
    """§1: closes lie on whole seconds, so a Date that is cut to seconds loses nothing."""
    begin_at(kk, up, series, now=NOON + MINUTE + 500)
    assert get(kk, up, series, NOON - HOUR, NOON, source).whole().result.times[-1] == NOON
    assert not is_kept(kk, up, series, NOON)


# -- a machine clock that is ahead --------------------------------------------------------------------------------------------

AHEAD = 20 * MINUTE


@SOURCES
@MARKETS
def test_a_machine_clock_that_is_ahead_gets_what_has_closed_and_is_told_by_how_much_it_is(kk, up, series, source):
    """§1: two Dates that agree: our clock is fast, the slots between are not_yet, and a note says by how much."""
    begin_at(kk, up, series, now=NOON + 2 * SECOND)
    kk.env["KLINEKEEP_NOW"] = iso(up.now + AHEAD)
    told = get(kk, up, series, NOON - HOUR, NOON + AHEAD - MINUTE, source).whole()
    assert told.result.times[-1] == NOON - MINUTE
    assert {told.reason(slot) for slot in range(NOON, NOON + AHEAD - 2 * MINUTE, MINUTE)} == {"not_yet"}
    assert re.search(r"\b20(\.0+)? ?m|\b1,?200(\.0+)? ?s|\b0?0?:?20:00", told.notes), told.notes
    assert "clock" in told.notes


@SOURCES
@MARKETS
def test_a_machine_clock_that_is_ahead_keeps_nothing_that_is_young_by_the_answer(kk, up, series, source):
    """§1: what is too young to store or to call absent is judged by as_of. A row 2 s old is not kept, a hole 62 s old not confirmed."""
    hole = NOON - 2 * MINUTE
    begin_at(kk, up, series, now=NOON + 2 * SECOND)
    kk.env["KLINEKEEP_NOW"] = iso(up.now + AHEAD)
    up.lie("without", PAGES, begin=hole, end=hole + MINUTE)
    told = get(kk, up, series, NOON - HOUR, NOON - MINUTE, source).honest()
    assert told.reason(hole) == "not_yet"
    assert not is_kept(kk, up, series, NOON - MINUTE), "a row 2 s old was kept"
    assert not is_kept(kk, up, series, hole), "a hole 62 s old was confirmed"
    up.truth()
    set_now(kk, up, NOON + AHEAD + MINUTE)
    agrees_offline(kk, up, get(kk, up, series, NOON - HOUR, NOON, source).whole(), NOON - HOUR, NOON)


@SOURCES
def test_a_machine_clock_that_is_ahead_confirms_no_hole_of_a_quarter_of_an_hour_before_the_date(kk, up, source):
    """§1 and C4: 15 minutes, of as_of."""
    begin_at(kk, up, SPOT, now=NOON)
    kk.env["KLINEKEEP_NOW"] = iso(NOON + AHEAD)
    young, old = NOON - 15 * MINUTE, NOON - 25 * MINUTE
    for hole in (young, old):
        up.lie("without", PAGES, begin=hole, end=hole + MINUTE)
    told = get(kk, up, SPOT, NOON - HOUR, NOON - MINUTE, source).honest()
    assert (told.reason(young), told.reason(old)) == ("not_yet", "absent_in_rest")


# -- a Date that cannot be right ----------------------------------------------------------------------------------------------


def clock_of(kind):
    """Ten past twelve, or the machine's clock."""
    return NOON + 10 * MINUTE if kind == "given" else None


def six_hours(up):
    """First and last of six candles; the last closed an hour ago, or more."""
    last = up.now // HOUR * HOUR - 2 * HOUR
    return last - 5 * HOUR, last


HOURS = [Series("spot", "BTCUSDT", "1h", "2020-01-01"), Series("um", "BTCUSDT", "1h", "2020-01-01")]
CLOCKS = pytest.mark.parametrize("clock", ["given", "machine"])


@CLOCKS
@SOURCES
@pytest.mark.parametrize("series", HOURS, ids=["spot", "um"])
@pytest.mark.parametrize("skew", [{"ms": -8 * HOUR}, {"ms": -3 * HOUR}, {"ms": 8 * HOUR}, {}], ids=["8h slow", "3h slow", "8h fast", "none"])
def test_one_date_that_is_wrong_costs_no_candle(kk, up, series, source, clock, skew):
    """§1: it is asked once more, and the later answer counts; never later than our clock; without one, when it was asked."""
    begin_at(kk, up, series, now=clock_of(clock))
    up.lie("date", PAGES, times=1, **skew)
    start, last = six_hours(up)
    get(kk, up, series, start, last, source).whole()
    up.truth()
    set_now(kk, up, last + 2 * HOUR)
    agrees_offline(kk, up, get(kk, up, series, start, last, source).whole(), start, last)


@CLOCKS
@SOURCES
def test_a_date_that_is_fast_makes_no_half_formed_candle_of_the_hour(kk, up, source, clock):
    """§1: never later than our clock as its head arrives."""
    begin_at(kk, up, HOURS[0], now=NOON + 10 * MINUTE if clock == "given" else None)
    up.lie("date", PAGES, ms=8 * HOUR)
    forming = up.now // HOUR * HOUR
    told = get(kk, up, HOURS[0], forming - 6 * HOUR, forming, source).honest()
    assert told.code == 0 and forming not in told.result.times
    assert not is_kept(kk, up, HOURS[0], forming)
    assert "Date" in told.notes or "clock" in told.notes, "a Date that far off is told"


@CLOCKS
@SOURCES
@pytest.mark.parametrize("second", [-4 * HOUR, -8 * HOUR + 6 * SECOND, -12 * HOUR], ids=["4h slow", "6 s later", "12h slow"])
def test_two_dates_that_disagree_never_give_less_than_all_for_complete(kk, up, source, clock, second):
    """§1: what still is not reached is missing, "its time cannot be trusted", never exit 0."""
    begin_at(kk, up, HOURS[0], now=clock_of(clock))
    up.lie("date", PAGES, times=1, ms=-8 * HOUR)
    up.lie("date", PAGES, skip=1, ms=second)
    start, last = six_hours(up)
    told = get(kk, up, HOURS[0], start, last, source).honest()
    assert told.code or not told.lacking
    up.truth()
    agrees_offline(kk, up, get(kk, up, HOURS[0], start, last, source).whole(), start, last)


@CLOCKS
def test_the_second_date_is_asked_of_another_host(kk, up, clock):
    """§1: another host where there is one. The first is 8 h slow for good."""
    begin_at(kk, up, HOURS[0], now=clock_of(clock))
    up.lie("date", ".", ms=-8 * HOUR)
    start, last = six_hours(up)
    with Upstream([HOURS[0]], now=up.now) as other:
        other.real_time = up.real_time
        get(kk, up, HOURS[0], start, last, "rest", env={"KLINEKEEP_REST_URL": f"{up.url},{other.url}"}).whole()


@SOURCES
def test_a_host_that_is_slow_for_good_names_what_it_does_not_reach(kk, up, source):
    """§1: two Dates that agree within 5 s are believed, and a note tells; nothing of it is kept, and the next right one heals."""
    begin_at(kk, up, HOURS[0], now=NOON + 10 * MINUTE)
    up.lie("date", ".", ms=-8 * HOUR)
    start, last = six_hours(up)
    told = get(kk, up, HOURS[0], start, last, source).honest()
    assert told.code or ({told.reason(slot) for slot in told.lacking} <= {"not_yet"} and "clock" in told.notes)
    up.truth()
    agrees_offline(kk, up, get(kk, up, HOURS[0], start, last, source).whole(), start, last)
