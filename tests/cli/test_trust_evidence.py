"""C12 of the contract: what makes an absence. One glitch of a source hides no candle; what is gone is told, and comes back with the truth."""

import functools
import json

import pytest
from cache_support import DAY, HOUR, MINUTE
from lying_upstream import FILES, LISTINGS, PAGES, Series, Upstream
from replica_process import to_ms
from trust_support import NO_ARCHIVE, agrees_offline, begin_at, get, heal, kk, set_now, shared_upstream, up  # noqa: F401

NOW = "2026-09-24T12:00:00Z"
WEEK = 7 * DAY + HOUR
SOURCES = pytest.mark.parametrize("source", ["auto", "rest"])
MARKETS = pytest.mark.parametrize("market", ["spot", "um"])
HEALED = pytest.mark.parametrize("how", ["refresh", WEEK], ids=["refresh", "a week later"])
begin = functools.partial(begin_at, now=NOW)


def daily(market="spot", first="2017-08-17"):
    return Series(market, "BTCUSD_PERP" if market == "cm" else "BTCUSDT", "1d", first)


# -- weak: empty pages and pages with a hole at their edge --------------------------------------------------------------------

YEARS = ("2019-01-01", "2026-09-23")


@SOURCES
@MARKETS
@pytest.mark.parametrize("lie", [("empty", {}), ("last", {"rows": 5}), ("first", {"rows": 5})], ids=["empty", "its last rows", "its first rows"])
@pytest.mark.parametrize("page", [0, 1])
def test_a_page_that_comes_empty_or_short_once_is_no_proof(kk, up, market, source, lie, page):
    """§2, weak: one question of another form for the whole stretch, and a row inside disproves it."""
    series = begin(kk, up, daily(market))
    lie = up.lie(lie[0], f"{PAGES}.*endTime=", skip=page, times=1, **lie[1])
    told = get(kk, up, series, *YEARS, source).whole()
    assert lie.told == 1 and len(told.rows) == 2823
    agrees_offline(kk, up, told, *YEARS)


@SOURCES
def test_the_archive_is_asked_for_what_rest_lacks_for_a_while(kk, up, source):
    """§2, weak, AUTO: the due files first. REST lacks three years in each of its answers; by REST alone they are named, until the truth is back."""
    series = begin(kk, up, daily())
    up.lie("without", PAGES, begin="2021-01-01", end="2024-01-01")
    told = get(kk, up, series, *YEARS, source)
    if source == "auto":
        told.whole()
    else:
        assert told.short(2823 - 1095).reason("2022-02-02") == "absent_in_rest"
    heal(kk, up, series, "refresh")
    agrees_offline(kk, up, get(kk, up, series, *YEARS, source).whole(), *YEARS)


def test_the_question_goes_to_another_host_where_there_is_one(kk, up):
    """§2, weak: of another host. The first gives no row of three years in any form."""
    series = begin(kk, up, daily())
    up.lie("without", PAGES, begin="2021-01-01", end="2024-01-01")
    with Upstream([series], now=up.now) as other:
        get(kk, up, series, *YEARS, "rest", env={"KLINEKEEP_REST_URL": f"{up.url},{other.url}"}).whole()


@SOURCES
@pytest.mark.parametrize("market", ["spot", "um", "cm"])
def test_a_real_outage_costs_a_few_requests_more_once(kk, up, market, source):
    """§2: never asked twice in a request; a real outage is told, and costs a few requests more, once."""
    holes = (("2023-02-01", "2023-08-01"),)
    series = begin(kk, up, Series(market, "BTCUSD_PERP" if market == "cm" else "BTCUSDT", "1d", "2020-01-01", holes=holes))
    window = ("2022-01-01", "2024-12-31")
    told = get(kk, up, series, *window, source).whole()
    assert told.reason("2023-05-05") == "absent_in_rest", "of months without a candle there is no file that could say so"
    assert up.shape().get("rest", 0) <= 12
    up.forget()
    get(kk, up, series, *window, source).whole()
    assert up.log == []
    agrees_offline(kk, up, told, *window)


# -- before the first candle --------------------------------------------------------------------------------------------------

TWO_HUNDRED_DAYS = ("2026-03-08", "2026-09-23")


@HEALED
@SOURCES
@pytest.mark.parametrize("market", ["spot", "um", "cm"])
def test_a_short_history_of_rest_is_no_listing_date(kk, up, market, source, how):
    """§2, before the first candle: AUTO takes the earlier of two words; §3: REST's alone is doubted. REST gives the last 2 of 200 rows."""
    series = begin(kk, up, daily(market, "2021-01-01"))
    up.lie("only", PAGES, begin="2026-09-22")
    told = get(kk, up, series, *TWO_HUNDRED_DAYS, source).honest()
    if source == "auto":
        assert "before_listing" not in {told.reason(slot) for slot in told.lacking}, "the archive begins in 2021"
        assert {utc for utc in told.lacking if utc < to_ms("2026-09-20")} == set(), "due files have them"
    else:
        told.short(2)
    heal(kk, up, series, how)
    agrees_offline(kk, up, get(kk, up, series, *TWO_HUNDRED_DAYS, source).whole(), *TWO_HUNDRED_DAYS)


@HEALED
@pytest.mark.parametrize("source", ["auto", "vision"])
@pytest.mark.parametrize("interval", ["1h", "1d"])
def test_an_archive_that_grows_backwards_is_seen(kk, up, source, interval, how):
    """§2, §3: a first listed file is a fact of its day. Files and, for AUTO, REST begin in May; the truth in January."""
    series = begin(kk, up, Series("um", "BTCUSDT", interval, "2020-01-01"))
    up.lie("hidden", FILES, end="2024-05-01")
    up.lie("only", PAGES, begin="2024-05-01")
    window = ("2024-03-01", "2024-06-30")
    told = get(kk, up, series, *window, source).short(61 * (24 if interval == "1h" else 1))
    assert {told.reason(slot) for slot in told.lacking} == {"before_listing"}
    heal(kk, up, series, how)
    agrees_offline(kk, up, get(kk, up, series, *window, source).whole(), *window)


@HEALED
def test_a_window_that_lies_wholly_before_a_false_first_file_heals(kk, up, how):
    """§3: a fact is doubted after 7 days by a request that lies beyond it."""
    series = begin(kk, up, Series("spot", "BTCUSDT", "1h", "2020-01-01"))
    up.lie("hidden", FILES, end="2024-05-01")
    get(kk, up, series, "2024-05-01", "2024-05-31", "vision").whole()
    window = ("2024-03-01", "2024-03-31")
    assert get(kk, up, series, *window, "vision").honest().lacking
    heal(kk, up, series, how)
    agrees_offline(kk, up, get(kk, up, series, *window, "vision").whole(), *window)


@pytest.mark.parametrize("how", ["refresh", WEEK], ids=["refresh", "a week later"])
def test_an_archive_that_cannot_be_asked_has_no_word(kk, up, how):
    """§2: the other's stands, told as seen by one alone, and is weak."""
    series = begin(kk, up, daily())
    up.lie("status", r"prefix=|\.zip", status=403)
    up.lie("only", PAGES, begin="2026-09-22")
    told = get(kk, up, series, *TWO_HUNDRED_DAYS, "auto").honest()
    assert told.code or len(told.rows) == 2
    heal(kk, up, series, how)
    get(kk, up, series, *TWO_HUNDRED_DAYS, "auto").whole()


@SOURCES
@pytest.mark.parametrize("window", [("2024-03-01", "2024-03-06", 144), ("2023-12-01", "2024-03-06", 144), ("2024-01-01", "2024-06-06", 2352)], ids=lambda w: f"{w[0]}..{w[1]}")
def test_a_contracts_onboard_date_hides_no_candle(kk, up, source, window):
    """§2: `onboardDate` is never evidence. It says 2024-09-01, the first candle is of 2024-03-01."""
    series = begin(kk, up, Series("cm", "BTCUSD_PERP", "1h", "2024-03-01"))
    up.onboard["BTCUSD_PERP"] = to_ms("2024-09-01")
    told = get(kk, up, series, *window[:2], source).whole()
    assert len(told.rows) == window[2]
    agrees_offline(kk, up, told, *window[:2])


def test_the_first_candle_of_a_contract_is_looked_for_in_windows_of_200_days(kk, up):
    """§2: `limit=1` over windows of 200 days, backwards, to the request's start or 2020-06, whichever is later."""
    series = begin(kk, up, daily("cm", "2023-03-01"))
    told = get(kk, up, series, "2015-01-01", "2024-03-06", "rest").whole()
    assert told.reason("2021-01-01") == "before_listing"
    assert up.shape()["rest"] <= 24
    assert all(int(a.query["endTime"]) - int(a.query["startTime"]) <= 200 * DAY for a in up.asked(PAGES) if "endTime" in a.query)


def test_what_is_before_the_listing_takes_no_partition(kk, up):
    """§3: what is before the listing, or after the last candle, takes no partition. 0.1 left 570 of them."""
    series = begin(kk, up, Series("spot", "BTCUSDT", "1M", "2017-08-01"))
    told = get(kk, up, series, 0, "2026-08-31", "auto").whole()
    assert told.reason("2010-01-01") == "before_listing"
    partitions = json.loads(kk("cache", "ls", "--json").ok().text)
    empty = [p for p in (partitions if isinstance(partitions, list) else partitions["partitions"]) if p["rows"] == 0]
    assert empty == []


def test_what_is_after_the_last_candle_takes_no_partition(kk, up):
    """§3: the same after the last candle."""
    series = begin(kk, up, Series("spot", "BCCUSDT", "1d", "2018-01-01", last="2018-11-16"))
    told = get(kk, up, series, "2018-10-01", "2020-12-31", "auto").whole()
    assert told.reason("2020-01-01") is not None
    partitions = json.loads(kk("cache", "ls", "--json").ok().text)
    assert [p for p in (partitions if isinstance(partitions, list) else partitions["partitions"]) if p["rows"] == 0] == []


# -- files of the archive that are not whole ----------------------------------------------------------------------------------

MARCH = ("2024-03-01", "2024-03-31")


@MARKETS
@pytest.mark.parametrize("source", ["auto", "vision"])
@pytest.mark.parametrize("part", [{"end": "2024-03-07T12:00Z"}, {"begin": "2024-03-02T23:00Z"}], ids=["ends on the 7th at noon", "begins on the 2nd at 23:00"])
@pytest.mark.parametrize("interval", ["15m", "1h"])
def test_a_month_that_is_cut_is_made_whole_by_its_days(kk, up, market, source, part, interval):
    """§2: a day that is not whole also needs its daily file's word. The monthly file is cut for good, the days are whole."""
    series = begin(kk, up, Series(market, "BTCUSDT", interval, "2020-01-01"))
    up.lie("only", "monthly.*-2024-03.zip", **part)
    told = get(kk, up, series, *MARCH, source).whole()
    agrees_offline(kk, up, told, *MARCH)


@pytest.mark.parametrize("part", [{"begin": "2024-03-07T12:00Z", "end": "2024-03-07T18:00Z"}, {"begin": "2024-03-07T12:00Z", "end": "2024-03-09T12:00Z"}], ids=["six hours", "two days"])
@pytest.mark.parametrize("source", ["auto", "vision"])
def test_a_month_with_a_hole_is_made_whole_by_its_days(kk, up, source, part):
    """§2: the same of a hole within a day, and of days that lack wholly."""
    series = begin(kk, up, Series("spot", "BTCUSDT", "1h", "2020-01-01"))
    up.lie("without", "monthly.*-2024-03.zip", **part)
    agrees_offline(kk, up, get(kk, up, series, *MARCH, source).whole(), *MARCH)


@HEALED
@pytest.mark.parametrize("source", ["auto", "vision"])
def test_a_month_and_its_days_that_lack_the_same_are_told_and_heal(kk, up, source, how):
    """§2 and §3: evidence of both, and a doubt. REST has none of it either."""
    series = begin(kk, up, Series("spot", "BTCUSDT", "1h", "2020-01-01"), now="2024-04-20")
    part = {"begin": "2024-03-07T12:00Z", "end": "2024-03-07T18:00Z"}
    up.lie("without", "2024-03", **part)
    up.lie("without", PAGES, **part)
    told = get(kk, up, series, *MARCH, source).short(31 * 24 - 6)
    assert told.reason("2024-03-07T13:00Z") == ("absent" if source == "auto" else "absent_in_archive")
    heal(kk, up, series, how)
    agrees_offline(kk, up, get(kk, up, series, *MARCH, source).whole(), *MARCH)


@HEALED
@pytest.mark.parametrize("source", ["auto", "vision"])
def test_rows_that_we_refuse_are_missing_and_never_a_gap(kk, up, source, how):
    """§2: a verified month whose Last-Modified is older than its rows; REST has none of them, nor has a day file."""
    series = begin(kk, up, Series("spot", "BTCUSDT", "1h", "2020-01-01"))
    up.lie("modified", "monthly.*-2024-03.zip", at="2024-03-15")
    up.lie("hidden", "daily.*-2024-03-")
    up.lie("without", PAGES, begin="2024-03-14T23:00Z", end="2024-04-01")
    told = get(kk, up, series, *MARCH, source).honest()
    assert told.code != 0, told.report
    partly = get(kk, up, series, *MARCH, source, "--partial").honest()
    assert partly.report["missing"] and not [g for g in partly.report["gaps"] if to_ms(g["to"]) > to_ms("2024-03-16")]
    up.truth()
    get(kk, up, series, *MARCH, source).whole()
    heal(kk, up, series, how)
    agrees_offline(kk, up, get(kk, up, series, *MARCH, source).whole(), *MARCH)


# -- a symbol that is unknown -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["auto", "vision"])
@pytest.mark.parametrize("first", ["auto", "vision"])
def test_a_series_of_which_files_are_kept_is_not_unknown(kk, up, source, first):
    """§2: an empty listing of a series of which the cache holds archive files contradicts itself: a failure."""
    series = begin(kk, up, Series("spot", "BTCUSDT", "1h", "2020-01-01"))
    get(kk, up, series, "2024-01-01", "2024-03-31", first).whole()
    up.lie("unknown", PAGES)
    up.lie("empty", LISTINGS)
    up.lie("hidden", FILES)
    window = ("2024-03-01", "2024-04-27")
    told = get(kk, up, series, *window, source).honest()
    assert told.code in (3, 4, 8), told.report
    up.truth()
    agrees_offline(kk, up, get(kk, up, series, *window, source).whole(), *window)


@SOURCES
def test_one_word_of_rest_that_a_symbol_is_unknown_is_no_absence(kk, up, source):
    """§2: REST's -1121 *and* an empty listing, where both may be asked."""
    series = begin(kk, up, Series("spot", "BTCUSDT", "1h", "2020-01-01"))
    up.lie("unknown", PAGES, times=1)
    told = get(kk, up, series, *MARCH, source).honest()
    assert told.code == (0 if source == "auto" else 7)
    assert not told.code or not told.result.rows
    up.truth()
    agrees_offline(kk, up, get(kk, up, series, *MARCH, source).whole(), *MARCH)


def test_a_symbol_that_both_do_not_know_is_unknown(kk, up):
    """§2."""
    begin(kk, up, Series("spot", "BTCUSDT", "1h", "2020-01-01"))
    assert get(kk, up, Series("spot", "NOSUCH", "1h", "2020-01-01"), *MARCH, "auto").code == 7


@pytest.mark.parametrize("lie", [("empty", LISTINGS, {}), ("only", LISTINGS, {"begin": "2024-05-01"})], ids=["empty", "partial"])
@pytest.mark.parametrize("source", ["auto", "vision"])
@HEALED
def test_a_listing_that_lacks_files_hides_them_for_a_while_at_most(kk, up, source, lie, how):
    """§2, §3: what is first listed is a fact of its day, and an empty listing is no fact of a series that has files."""
    series = begin(kk, up, Series("spot", "BTCUSDT", "1h", "2020-01-01"))
    up.lie(lie[0], lie[1], **lie[2])
    window = ("2024-01-01", "2024-06-30")
    told = get(kk, up, series, *window, source).honest()
    assert source == "vision" or not told.lacking or told.code, "REST has them"
    heal(kk, up, series, how)
    agrees_offline(kk, up, get(kk, up, series, *window, source).whole(), *window)


# -- what is over -------------------------------------------------------------------------------------------------------------


def test_a_delisted_symbol_costs_one_question_and_not_a_page_for_every_day(kk, up):
    """§2, after the last candle: the same question for the stretch up to now. 0.1 made 334 requests of it."""
    series = begin(kk, up, Series("spot", "BCCUSDT", "1m", "2018-10-01", last="2018-11-16"))
    window = ("2018-11-01", "2019-06-30")
    told = get(kk, up, series, *window, "auto").whole()
    shape = up.shape()
    assert sum(count for kind, count in shape.items() if kind not in ("daily", "monthly")) <= 12, shape
    assert shape.get("daily", 0) <= 15 and shape.get("monthly", 0) <= 1, "files that are not listed were asked"
    for later, most in ((30 * MINUTE, 0), (WEEK, 4), (WEEK + MINUTE, 0), (700 * DAY, 4), (700 * DAY + MINUTE, 0)):
        up.forget()
        set_now(kk, up, to_ms(NOW) + later)
        get(kk, up, series, *window, "auto").whole()
        assert len(up.log) <= most, (later, up.shape())
    agrees_offline(kk, up, told, *window)


@SOURCES
@HEALED
def test_a_series_that_goes_on_after_a_last_candle_is_seen(kk, up, source, how):
    """§2, §3: `last_candle` is a fact that is doubted. REST and archive end in May for a while."""
    series = begin(kk, up, daily())
    up.lie("only", PAGES, end="2024-05-01")
    up.lie("hidden", FILES, begin="2024-05-01")
    window = ("2024-01-01", "2024-12-31")
    get(kk, up, series, *window, source).short(121)
    heal(kk, up, series, how)
    agrees_offline(kk, up, get(kk, up, series, *window, source).whole(), *window)


# -- filling ------------------------------------------------------------------------------------------------------------------


@SOURCES
@pytest.mark.parametrize("fill", ["ffill", "nan"])
def test_nothing_is_filled_that_is_not_yet_there(kk, up, source, fill):
    """C5: `fill` never fills what is not yet there. REST still lacks the last four minutes, and an hour ago five for good."""
    hole = to_ms("2024-03-04T11:00Z")
    series = begin(kk, up, Series("spot", "BTCUSDT", "1m", "2020-01-01", holes=((hole, hole + 5 * MINUTE),)), now="2024-03-04T12:00Z")
    noon = up.now
    up.lie("without", PAGES, begin=noon - 4 * MINUTE, end=noon)
    result, _ = kk.report("BTCUSDT", "1m", noon - 2 * HOUR, noon - MINUTE, source, "--fill", fill)
    assert result.ok().times == list(range(noon - 2 * HOUR, noon - 4 * MINUTE, MINUTE))


@pytest.mark.parametrize("fill", ["ffill", "nan"])
def test_nothing_is_filled_before_the_listing(kk, up, fill):
    """C5."""
    begin(kk, up, daily(first="2024-03-10"))
    result, _ = kk.report("BTCUSDT", "1d", "2024-01-01", "2024-03-31", "auto", "--fill", fill)
    assert result.ok().times[0] == to_ms("2024-03-10") and len(result.rows) == 22


def test_rest_alone_is_asked_where_the_archive_is_away(kk, up):
    """§2: an archive that nobody answers for takes no candle of REST away."""
    series = begin(kk, up, daily())
    get(kk, up, series, "2026-01-01", "2026-09-23", "auto", env=NO_ARCHIVE).whole()
