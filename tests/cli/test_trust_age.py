"""C12 of the contract: how long an absence, and a fact of a series, is believed."""

import pytest
from cache_support import DAY, HOUR, MINUTE, NO_SOURCE, Cache
from lying_upstream import FILES, PAGES, Series
from replica_process import to_ms
from trust_support import NO_REST, agrees_offline, get, heal, kk, refresh, set_now, shared_upstream, up  # noqa: F401

HOLE = to_ms("2024-03-04T10:00Z")
ENDS = HOLE + 10 * MINUTE
WINDOW = (HOLE - 10 * MINUTE, ENDS + 10 * MINUTE)
MINUTES = {market: Series(market, "BTCUSDT", "1m", "2020-01-01") for market in ("spot", "um")}
ASKED_AGAIN = [  # how old the hole is when it is learnt; how much later it is looked at; whether it is asked again
    (2 * HOUR, 0, False),
    (2 * HOUR, 59 * MINUTE, False),
    (2 * HOUR, 61 * MINUTE, True),
    (30 * HOUR, 61 * MINUTE, True),
    (30 * HOUR, 7 * HOUR, False),  # older than 36 h by now
    (40 * HOUR, 61 * MINUTE, False),
    (40 * HOUR, 6 * DAY, False),
    (40 * HOUR, 7 * DAY + HOUR, True),
    (80 * DAY, 7 * DAY + HOUR, True),
]
OLD = [
    (88 * DAY, 6 * DAY, False),  # older than 90 days by now
    (88 * DAY, 7 * DAY + HOUR, True),
    (100 * DAY, 6 * DAY, False),
    (100 * DAY, 7 * DAY + HOUR, True),
    (700 * DAY, 700 * DAY, True),
]


def lacking(kk, up, series, age):
    """A hole between two rows of a page, of the age given, that REST has for a while."""
    up.reset([series], 0)
    set_now(kk, up, ENDS + age)
    up.lie("without", PAGES, begin=HOLE, end=ENDS)
    told = get(kk, up, series, *WINDOW, "rest").short(21)
    up.forget()
    return told


# -- holes that REST alone has named ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("market", ["spot", "um"])
@pytest.mark.parametrize("age, later, again", ASKED_AGAIN + OLD, ids=str)
def test_a_hole_that_rest_alone_has_named_is_asked_again_on_its_schedule(kk, up, market, age, later, again):
    """§3: after 1 h while younger than 36 h, after 7 days while younger than 90; older, by one alone: once more after 7 days."""
    series = MINUTES[market]
    short = lacking(kk, up, series, age)
    up.truth()
    set_now(kk, up, ENDS + age + later)
    told = get(kk, up, series, *WINDOW, "rest")
    assert up.shape() == ({"rest": 1} if again else {})
    if again:
        agrees_offline(kk, up, told.whole(), *WINDOW)
    else:
        assert told.result.ok().out == short.result.out and told.report["gaps"] == short.report["gaps"]


@pytest.mark.parametrize("age, later, again", [case for case in ASKED_AGAIN + OLD if case[2]], ids=str)
def test_asked_again_and_agreed_is_learnt_anew(kk, up, age, later, again):
    """§3: each asking again that agrees renews it. One question for the stretch, and no other at once."""
    series = MINUTES["spot"]
    short = lacking(kk, up, series, age)
    set_now(kk, up, ENDS + age + later)
    for requests in (1, 0):
        up.forget()
        assert get(kk, up, series, *WINDOW, "rest").result.ok().out == short.result.out
        assert len(up.log) == requests


def test_an_old_hole_is_asked_once_more_and_then_believed_for_good(kk, up):
    """§3: by one alone, once more, then for good; `cache refresh` asks all the same."""
    series = MINUTES["spot"]
    lacking(kk, up, series, 100 * DAY)
    for later, requests in ((3 * DAY, 0), (8 * DAY, 1), (16 * DAY, 0), (700 * DAY, 0)):
        up.forget()
        set_now(kk, up, ENDS + 100 * DAY + later)
        get(kk, up, series, *WINDOW, "rest").short(21)
        assert len(up.log) == requests, later
    heal(kk, up, series, "refresh")
    agrees_offline(kk, up, get(kk, up, series, *WINDOW, "rest").whole(), *WINDOW)


@pytest.mark.parametrize("age", [100 * DAY, 700 * DAY])
def test_an_old_hole_that_both_have_named_is_believed_for_good(kk, up, age):
    """§3: said by archive *and* REST, for good; but not against `cache refresh`."""
    series = Series("spot", "BTCUSDT", "1h", "2020-01-01")
    hole = to_ms("2024-03-04T10:00Z")
    up.reset([series], 0)
    set_now(kk, up, hole + age)
    up.lie("without", FILES, begin=hole, end=hole + 3 * HOUR)
    up.lie("without", PAGES, begin=hole, end=hole + 3 * HOUR)
    window = ("2024-01-01", "2024-03-31")
    get(kk, up, series, *window, "vision").short(91 * 24 - 3)
    assert get(kk, up, series, *window, "auto").short(91 * 24 - 3).reason(hole) == "absent"
    set_now(kk, up, hole + age + 8 * DAY)
    get(kk, up, series, *window, "auto").short(91 * 24 - 3)  # a page that was empty may be asked once more
    up.forget()
    up.truth()
    for later in (9 * DAY, 16 * DAY, 700 * DAY):
        set_now(kk, up, hole + age + later)
        assert len(get(kk, up, series, *window, "auto").rows) == 91 * 24 - 3
        assert up.log == []
    heal(kk, up, series, "refresh")
    agrees_offline(kk, up, get(kk, up, series, *window, "auto").whole(), *window)


# -- weak ones of a market with one host --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lie", [("empty", {}), ("without", {"begin": "2022-01-01", "end": "2023-01-01"})], ids=["every page empty", "a year"])
def test_what_one_host_alone_has_made_weak_is_asked_again_after_an_hour(kk, up, lie):
    """§2 and §3: markets with one host: still weak, and asked again at the first request an hour or more later.

    That a series has not one candle is never kept: it is asked again at once.
    """
    series = Series("um", "BTCUSDT", "1d", "2020-01-01")
    up.reset([series], 0)
    set_now(kk, up, "2024-03-04T12:00Z")
    window = ("2021-06-01", "2023-06-30")
    up.lie(lie[0], PAGES, **lie[1])
    short = get(kk, up, series, *window, "rest").honest()
    assert short.code or short.lacking
    up.truth()
    up.forget()
    if not short.code and lie[0] != "empty":
        set_now(kk, up, "2024-03-04T12:59Z")
        assert get(kk, up, series, *window, "rest").result.out == short.result.out
        assert up.log == []
    set_now(kk, up, "2024-03-04T13:01Z")
    agrees_offline(kk, up, get(kk, up, series, *window, "rest").whole(), *window)


# -- who does not ask, and who gets no answer ---------------------------------------------------------------------------------


@pytest.mark.parametrize("age", [2 * HOUR, 40 * HOUR, 100 * DAY])
def test_the_cache_never_asks(kk, up, age):
    """§3: CACHE never asks."""
    series = MINUTES["spot"]
    short = lacking(kk, up, series, age)
    up.truth()
    for later in (2 * HOUR, 8 * DAY, 700 * DAY):
        set_now(kk, up, ENDS + age + later)
        assert get(kk, up, series, *WINDOW, "cache").result.ok().out == short.result.out
    assert up.log == []


@pytest.mark.parametrize("age, later, again", [case for case in ASKED_AGAIN + OLD if case[2]], ids=str)
def test_an_answer_that_fails_leaves_the_absence_standing_and_says_so(kk, up, age, later, again):
    """§3: and it was no answer: the next request asks again."""
    series = MINUTES["spot"]
    short = lacking(kk, up, series, age)
    up.truth()
    set_now(kk, up, ENDS + age + later)
    told = get(kk, up, series, *WINDOW, "rest", env=NO_REST)
    assert told.result.ok().out == short.result.out
    assert told.report["complete"] and told.report["gaps"] == short.report["gaps"]
    assert told.notes, "not told"
    get(kk, up, series, *WINDOW, "rest").whole()


def apart(up, kk):
    """30 holes of REST, each in a page of its own, all old."""
    series = Series("um", "BTCUSDT", "1h", "2020-01-01")
    up.reset([series], 0)
    set_now(kk, up, "2024-03-04T12:00Z")
    start = to_ms("2021-01-01T00:00Z")
    window = (start, start + 30 * 21 * DAY)
    for n in range(30):
        hole = start + (n * 21 + 10) * DAY
        up.lie("without", PAGES, begin=hole, end=hole + HOUR)
    get(kk, up, series, *window, "rest").short(30 * 21 * 24 + 1 - 30)
    up.truth()
    up.forget()
    set_now(kk, up, "2024-03-12T12:00Z")
    return series, window


def test_a_request_spends_at_most_twenty_requests_on_doubts(kk, up):
    """§3: `get` spends at most 20 requests on doubts; the next one the rest."""
    series, window = apart(up, kk)
    first = get(kk, up, series, *window, "rest").honest()
    assert first.code == 0 and 1 <= len(up.log) <= 20
    up.forget()
    get(kk, up, series, *window, "rest").whole()
    assert len(up.log) <= 20
    up.forget()
    agrees_offline(kk, up, get(kk, up, series, *window, "rest").whole(), *window)
    assert up.log == []


def test_refresh_spends_what_it_takes(kk, up):
    """§3: `sync` and `cache refresh` the rest."""
    series, window = apart(up, kk)
    refresh(kk, series).ok()
    agrees_offline(kk, up, get(kk, up, series, *window, "rest").whole(), *window)


def test_a_host_that_is_away_ends_the_doubts_of_a_request(kk, up):
    """§3 and §6: one 403 is one request, not twenty; the absences stand, told."""
    series, window = apart(up, kk)
    up.lie("status", ".", status=403)
    told = get(kk, up, series, *window, "rest").honest()
    assert told.code == 0 and len(told.lacking) == 30 and told.notes
    assert 1 <= len(up.log) <= 2
    up.truth()
    get(kk, up, series, *window, "rest").honest()
    get(kk, up, series, *window, "rest").whole()


# -- files of the archive -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["refresh", 10 * DAY, 7 * DAY + HOUR], ids=["refresh", "ten days later", "a week later"])
@pytest.mark.parametrize("source", ["auto", "vision"])
@pytest.mark.parametrize("age", [2 * DAY, 100 * DAY], ids=["young", "old"])
def test_a_day_that_was_published_before_it_was_whole_is_looked_at_again(kk, up, source, age, how):
    """§3: of the archive one listing a series and request, and only files whose ETag changed. 457 of 1,440 rows, whole ten days later."""
    series = MINUTES["spot"]
    up.reset([series], 0)
    set_now(kk, up, to_ms("2024-03-05") + age)
    cut = to_ms("2024-03-04") + 457 * MINUTE
    up.lie("only", r"daily.*2024-03-04\.zip", end=cut)
    up.lie("without", PAGES, begin=cut, end="2024-03-05")
    day = ("2024-03-04", "2024-03-04")
    told = get(kk, up, series, *day, source).short(457)
    assert told.reason("2024-03-04T12:00Z") in (("absent", "absent_in_rest") if source == "auto" else ("absent_in_archive",))
    both = told.reason("2024-03-04T12:00Z") == "absent"
    up.forget()
    if both and age > 80 * DAY and how != "refresh":
        pytest.skip("said by archive and REST, and old: for good")
    heal(kk, up, series, how)
    up.forget()
    told = get(kk, up, series, *day, source).whole()
    assert up.shape().get("list", 0) <= 1 and up.shape().get("daily", 0) <= 1
    agrees_offline(kk, up, told, *day)


def test_of_many_days_only_the_file_that_changed_is_asked_again(kk, up):
    """§3: only files whose ETag changed."""
    series = Series("spot", "BTCUSDT", "1h", "2020-01-01")
    up.reset([series], 0)
    set_now(kk, up, "2024-03-10T12:00Z")
    for day in range(1, 7):
        up.lie("only", rf"daily.*2024-03-0{day}\.zip", end=f"2024-03-0{day}T07:00Z")
    window = ("2024-03-01", "2024-03-06")
    get(kk, up, series, *window, "vision").short(6 * 7)
    up.lies = [lie for lie in up.lies if "03-04" not in lie.on]
    up.forget()
    set_now(kk, up, "2024-03-18T12:00Z")
    get(kk, up, series, *window, "vision").short(5 * 7 + 24)
    assert up.shape() == {"list": 1, "daily": 1}
    up.forget()
    told = get(kk, up, series, *window, "vision").short(5 * 7 + 24)
    assert up.log == []
    agrees_offline(kk, up, told, *window)


# -- facts of a series --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["auto", "rest", "vision"])
@pytest.mark.parametrize("end", ["2024-03-31", "2024-07-31"], ids=["before it", "over it"])
def test_a_first_candle_is_doubted_after_seven_days(kk, up, source, end):
    """§3: facts are doubted after 7 days by a request that lies beyond them."""
    series = Series("spot", "BTCUSDT", "1h", "2024-01-01")
    up.reset([series], 0)
    set_now(kk, up, "2024-09-04T12:00Z")
    up.lie("only", PAGES, begin="2024-06-01")
    up.lie("hidden", FILES, end="2024-06-01")
    get(kk, up, series, "2024-02-01", "2024-07-31", source).short((30 + 31) * 24)
    up.truth()
    up.forget()
    set_now(kk, up, "2024-09-04T12:50Z")
    get(kk, up, series, "2024-02-01", end, source).honest()
    assert up.log == [], "within the hour"
    set_now(kk, up, "2024-09-11T13:00Z")
    agrees_offline(kk, up, get(kk, up, series, "2024-02-01", end, source).whole(), "2024-02-01", end)


def test_a_row_that_contradicts_a_fact_replaces_it_at_once(kk, up):
    """§3: REST's first candle of June is contradicted by a page of March, which another window brought."""
    series = Series("spot", "BTCUSDT", "1d", "2024-01-01")
    up.reset([series], 0)
    set_now(kk, up, "2024-09-04T12:00Z")
    up.lie("only", PAGES, begin="2024-06-01")
    assert get(kk, up, series, "2024-03-01", "2024-07-31", "rest").short(61).reason("2024-03-05") == "before_listing"
    up.truth()
    get(kk, up, series, "2024-03-01", "2024-03-31", "vision").whole()
    assert get(kk, up, series, "2024-02-01", "2024-02-29", "auto").whole()


def test_what_is_before_a_true_listing_is_not_asked_at_each_request(kk, up):
    """§3: a fact that is doubted and found right is renewed."""
    series = Series("spot", "BTCUSDT", "1h", "2024-06-01")
    up.reset([series], 0)
    set_now(kk, up, "2024-09-04T12:00Z")
    window = ("2024-01-01", "2024-07-31")
    for now, most in (("2024-09-04T12:00Z", 20), ("2024-09-04T12:30Z", 0), ("2024-09-12T12:00Z", 4), ("2024-09-12T12:30Z", 0)):
        set_now(kk, up, now)
        up.forget()
        told = get(kk, up, series, *window, "auto").whole()
        assert told.reason("2024-03-01") == "before_listing"
        assert len(up.log) <= most, (now, up.shape())


def test_refresh_heals_what_was_said_of_a_series_that_has_not_a_row(kk, up):
    """§3: `cache refresh` heals every wrong absence that a right upstream can heal: also where the cache holds nothing else."""
    series = Series("spot", "BTCUSDT", "1d", "2020-01-01")
    up.reset([series], 0)
    set_now(kk, up, "2024-09-04T12:00Z")
    up.lie("empty", PAGES)
    window = ("2022-01-01", "2023-12-31")
    told = get(kk, up, series, *window, "rest").honest()
    assert told.code or not told.rows
    heal(kk, up, series, "refresh")
    agrees_offline(kk, up, get(kk, up, series, *window, "rest").whole(), *window)


def test_nobody_is_asked_for_a_hole_that_is_believed(kk, up):
    """C8: absences that are still believed make no request, and are sound in the cache."""
    series = MINUTES["spot"]
    short = lacking(kk, up, series, 2 * HOUR)
    for source in ("rest", "auto", "cache"):
        assert get(kk, up, series, *WINDOW, source, env=NO_SOURCE).result.ok().out == short.result.out
    Cache(kk).assert_sound()
