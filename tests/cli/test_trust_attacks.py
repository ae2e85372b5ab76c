"""What an attack on C12 of the contract found: long stretches, facts that contradict rows, clocks that were ahead, cold against offline."""

import pytest
from cache_support import DAY, HOUR, MINUTE, iso, set_now as set_our_clock
from klinekeep_process import NOW, Klinekeep
from lying_upstream import FILES, LISTINGS, PAGES, Series
from replica_process import to_ms
from shared_replica import replica, shared_replica  # noqa: F401
from trust_support import get, kk, set_now, shared_upstream, up  # noqa: F401

MARKETS = pytest.mark.parametrize("market", ["spot", "um", "cm"])


def series_of(market, interval, first, **more):
    return Series(market, "BTCUSD_PERP" if market == "cm" else "BTCUSDT", interval, first, **more)


def gaps(told):
    return [(gap["from"], gap["to"], gap["reason"]) for gap in told.report["gaps"]]


# -- stretches that are longer than a page ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "market, interval, first, window, hole",
    [
        ("um", "1m", "2024-12-01", ("2024-12-30T16:16:55Z", "2025-01-01T06:00Z"), ("2024-12-31T00:00Z", "2025-01-01T02:00Z")),
        ("spot", "1d", "2021-01-01", ("2021-01-01", "2024-12-31"), ("2021-02-01", "2024-12-01")),
        ("cm", "1m", "2024-12-01", ("2024-12-30T16:16:55Z", "2025-01-01T06:00Z"), ("2024-12-31T00:00Z", "2025-01-01T02:00Z")),
    ],
)
def test_a_long_stretch_that_rest_lacked_for_a_while_is_healed_a_week_later(kk, up, market, interval, first, window, hole):
    """§3. The doubt's one question finds a candle: then the pages are asked."""
    series = series_of(market, interval, first)
    up.reset([series], 0)
    set_now(kk, up, "2025-01-01T08:02:00Z")
    up.lie("without", PAGES, begin=hole[0], end=hole[1])
    assert get(kk, up, series, *window, "rest").honest().lacking
    up.truth()
    set_now(kk, up, up.now + 7 * DAY + HOUR)
    get(kk, up, series, *window, "rest").whole()


@MARKETS
@pytest.mark.parametrize("source", ["rest", "auto"])
@pytest.mark.parametrize("end", ["first", "last"])
def test_a_first_or_last_candle_that_was_false_heals_over_many_pages(kk, up, market, source, end):
    series = series_of(market, "1h", "2024-01-01")
    up.reset([series], 0)
    set_now(kk, up, "2025-01-20T00:05:40Z")
    window = (up.now - 255 * DAY, up.now - DAY)
    bound = {"begin": up.now - 2 * DAY} if end == "first" else {"end": up.now - 250 * DAY}
    hidden = {"end": bound["begin"]} if end == "first" else {"begin": bound["end"]}
    up.lie("only", PAGES, **bound)
    up.lie("hidden", FILES, **hidden)
    assert get(kk, up, series, *window, source).honest().lacking
    up.truth()
    set_now(kk, up, up.now + 7 * DAY + HOUR)
    get(kk, up, series, *window, source).whole()


# -- facts of a series, and rows that say otherwise ---------------------------------------------------------------------------

HOLE = ("2022-11-04", "2023-02-02")
EARLY = ("2019-12-22", "2022-10-24")
INSIDE = ("2022-11-20", "2023-05-17")


@pytest.mark.parametrize("source", ["rest", "auto"])
@pytest.mark.parametrize("order", [1, -1], ids=["archive first", "hole first"])
def test_of_coin_m_a_hole_is_no_first_candle(kk, up, source, order):
    series = series_of("cm", "1d", "2020-08-15", holes=(HOLE,))
    up.reset([series], 0)
    set_now(kk, up, "2025-02-11T07:30:40Z")
    for window, how in [(EARLY, "vision"), (INSIDE, source)][::order]:
        get(kk, up, series, *window, how).whole()
    told = get(kk, up, series, *EARLY, "vision").whole()
    offline = get(kk, up, series, *EARLY, "cache")
    assert offline.code == 0 and gaps(offline) == gaps(told)
    assert get(kk, up, series, *INSIDE, source).whole().reason("2022-12-10") != "before_listing"


def test_of_coin_m_two_windows_of_rest_do_not_forget_each_other(kk, up):
    series = series_of("cm", "1d", "2020-08-15", holes=(HOLE,))
    up.reset([series], 0)
    set_now(kk, up, "2025-02-11T07:30:40Z")
    for window in (EARLY, INSIDE):
        get(kk, up, series, *window, "rest").whole()
    up.forget()
    for window in (EARLY, INSIDE):
        get(kk, up, series, *window, "rest").whole()
    assert up.log == []


@MARKETS
def test_a_row_of_the_archive_disproves_rests_first_candle_at_once(kk, up, market):
    series = series_of(market, "1d", "2021-01-01")
    up.reset([series], 0)
    set_now(kk, up, "2024-04-20T00:00:40Z")
    up.lie("only", PAGES, begin="2023-09-10")
    window = ("2023-05-23", "2023-12-31")
    assert get(kk, up, series, *window, "rest").honest().lacking
    set_now(kk, up, up.now + 10 * MINUTE)
    get(kk, up, series, "2023-08-01", "2023-08-31", "vision").whole()
    up.truth()
    told = get(kk, up, series, *window, "rest").honest()
    assert told.reason("2023-08-05") != "before_listing"
    assert get(kk, up, series, *window, "cache").code == 0


@pytest.mark.parametrize("source", ["auto", "rest", "vision"])
@pytest.mark.parametrize("end", ["2021-01-10", "2020-07-30"])
def test_of_coin_m_cold_warm_and_offline_agree_before_the_first_candle(kk, up, source, end):
    series = series_of("cm", "1d", "2020-08-10")
    up.reset([series], 0)
    set_now(kk, up, "2025-02-11T07:30:40Z")
    cold = get(kk, up, series, "2019-11-01", end, source).whole()
    up.forget()
    assert gaps(get(kk, up, series, "2019-11-01", end, source).whole()) == gaps(cold)
    assert up.log == []
    offline = get(kk, up, series, "2019-11-01", end, "cache")
    assert offline.code == 0 and gaps(offline) == gaps(cold)


@pytest.mark.parametrize("source", ["auto", "rest"])
def test_a_symbol_that_trades_tomorrow_is_not_asked_about_each_time(kk, up, source):
    series = Series("spot", "NEWUSDT", "1h", "2025-02-12")
    up.reset([series], 0)
    set_now(kk, up, "2025-02-11T07:30:40Z")
    window = ("2025-01-01", "2025-02-10")
    get(kk, up, series, *window, source).whole()
    up.forget()
    get(kk, up, series, *window, source).whole()
    assert up.log == [] and get(kk, up, series, *window, "cache").code == 0
    set_now(kk, up, "2025-02-13T07:30:40Z")
    get(kk, up, series, window[0], "2025-02-12", source).whole()


# -- clocks -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["rest", "vision"])
def test_a_clock_that_was_ahead_once_is_not_paid_for_by_each_get(kk, up, source):
    series = Series("spot", "BTCUSDT", "1m", "2024-02-20", holes=(("2024-03-01T05:00Z", "2024-03-01T09:00Z"),))
    up.reset([series], 0)
    set_now(kk, up, "2024-06-12T12:00:10Z")
    window = ("2024-03-01", "2024-03-02")
    kk.env["KLINEKEEP_NOW"] = iso(up.now + 400 * DAY)
    get(kk, up, series, *window, source).whole()
    for _ in range(3):
        set_now(kk, up, up.now + 8 * DAY)
        get(kk, up, series, *window, source).whole()
        up.forget()
        get(kk, up, series, *window, source).whole()
        assert up.log == []


@pytest.mark.parametrize("source", ["auto", "cache"])
def test_now_in_the_past_gives_no_candle_that_had_not_closed_by_then(kk, up, source):
    """C2 and C8: what the cache has learnt since is not looked ahead to."""
    series = Series("spot", "BTCUSDT", "1h", "2024-01-01")
    up.reset([series], 0)
    set_now(kk, up, "2024-06-12T12:00:40Z")
    get(kk, up, series, "2024-06-12T08:00Z", "2024-06-12T12:00Z", "auto").whole()
    kk.env["KLINEKEEP_NOW"] = "2024-06-12T10:30:00Z"
    warm = get(kk, up, series, "2024-06-12T08:00Z", "2024-06-12T10:30Z", source)
    assert warm.result.ok().times == [to_ms("2024-06-12T08:00Z"), to_ms("2024-06-12T09:00Z")]


# -- contracts that are over --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["-12h", "-3d", "-30d"])
def test_of_a_contract_that_is_over_a_window_up_to_now_is_told_whole(tmp_path, replica, start):
    """-1121 is about the symbol: what only the archive could have had is asked of its listing, and then is absent."""
    kk = Klinekeep(tmp_path, replica)
    set_our_clock(kk, NOW)
    for _ in range(2):
        result, report = kk.report("BTCUSDT_240628", "1h", start, None, "auto", market="um")
        assert result.ok().rows == [] and report["complete"]
        assert {gap["reason"] for gap in report["gaps"]} == {"absent_in_rest", "not_yet"}


def test_a_listing_that_is_asked_anew_keeps_its_own_time(kk, up):
    """§3: each asking again that agrees renews it."""
    series = Series("um", "BTCUSDT", "1h", "2024-01-12T19:00Z")
    up.reset([series], 0)
    set_now(kk, up, "2024-03-04T13:01:10Z")
    get(kk, up, series, "2024-01-20T03:20Z", "2024-03-04T12:00Z", "vision", "--partial")
    set_now(kk, up, "2024-04-13T13:01:10Z")
    window = ("2023-12-29T20:02Z", "2024-03-13T21:37Z")
    get(kk, up, series, *window, "vision").whole()
    up.forget()
    get(kk, up, series, *window, "vision").whole()
    assert [a for a in up.log if LISTINGS in a.target] == []
