"""The main jobs through nghttpx with TLS, by HTTP/2 and by HTTP/1.1: the same rows, reports and errors as from the replica itself."""

import pytest
from cache_support import Cache, files_asked, patience, shape, truth, values
from front_proxy import FrontProxy
from klinekeep_process import Klinekeep

pytestmark = pytest.mark.usefixtures("uncached")

YEARS = ("ETHUSDT", "1h", "2024-01-01", "2025-12-31T23:00Z")  # 24 monthly files
DAYS = ("ETHUSDT", "1m", "2026-09-08", "2026-09-12T23:59Z")  # of a month that has no file yet
PAGES = ("ETHUSDT", "1m", "2024-03-01", "2024-03-05T23:59Z")  # of REST: eight
DAY = ("ETHUSDT", "1m", "2024-03-04", "2024-03-04T23:59Z")
ZIP = r"ETHUSDT-1m-2024-03-04\.zip$"
KLINES = r"/v3/klines"


@pytest.fixture(scope="module", params=["h2", "http/1.1"])
def running(request, shared_replica):
    with FrontProxy(shared_replica, request.param) as proxy:
        yield proxy


@pytest.fixture
def front(running, replica):
    """The proxy, with an empty log; at the end all that went through it did so by its protocol."""
    running.clear_log()
    replica.clear_log()
    yield running
    assert {passed.protocol for passed in running.log()} <= {running.protocol}


@pytest.fixture
def through(kk, front) -> Klinekeep:
    kk.env |= front.env
    return kk


@pytest.fixture
def direct(tmp_path, replica) -> Klinekeep:
    """The same command, without anything between it and the replica."""
    (tmp_path / "direct").mkdir()
    klinekeep = Klinekeep(tmp_path / "direct", replica)
    klinekeep.cached = False
    return klinekeep


def right(replica, window):
    symbol, interval, start, end = window
    return truth(replica, "spot", symbol, interval, start, end)


@pytest.mark.parametrize(
    "window, source",
    [(YEARS, "vision"), (YEARS, "auto"), (DAYS, "vision"), (DAYS, "auto"), (PAGES, "rest")],
    ids=["months", "months-auto", "days", "days-auto", "pages"],
)
def test_rows_and_report_are_those_without_the_proxy(direct, through, front, replica, window, source):
    direct.get(*window, source).ok()  # a listing names the ETags of files that have been made before
    plain, plain_report = direct.report(*window, source)
    result, report = through.report(*window, source)
    assert values(result) == right(replica, window)
    assert result.out == plain.ok().out
    assert report == plain_report
    assert len(front.log()) == report["requests"]


def test_a_cache_is_filled_and_then_answers_alone(through, front, replica):
    through.cached = True
    cold = through.get(*YEARS, "auto").ok()
    Cache(through).assert_sound()
    front.clear_log()
    for source in ("auto", "cache"):
        assert through.get(*YEARS, source).ok().out == cold.out
    assert front.log() == []
    assert values(cold) == right(replica, YEARS)


def test_both_sources_in_one_answer(through, front, replica):
    """Months and days of the archive, and what it has not got yet from REST."""
    window = ("ETHUSDT", "1m", "2026-08-01", "2026-09-24T10:00Z")
    result, report = through.report(*window, "auto")
    assert values(result) == right(replica, window)
    assert set(report["rows_by_source"]) == {"rest", "vision"}
    assert {"monthly", "daily", "rest"} <= set(shape(replica))


@pytest.mark.parametrize("source", ["auto", "rest", "vision"])
def test_an_unknown_symbol_is_told_as_without_the_proxy(direct, through, front, source):
    window = ("NOSUCHUSDT", "1h", "2024-03-04", "2024-03-04T23:00Z")
    plain, result = direct.get(*window, source), through.get(*window, source)
    assert (result.code, result.out) == (7, b"")
    assert result.err.replace(front.url, direct.replica.url) == plain.err


def test_files_that_are_not_there_are_an_answer(direct, through, front, replica):
    """404 is asked once, and never again."""
    replica.fault(match=r"/monthly/.*2024-0[2468]", kind="missing")
    for source in ("auto", "vision"):
        plain, plain_report = direct.report(*YEARS, source)
        replica.clear_log()
        result, report = through.report(*YEARS, source)
        assert result.out == plain.out and result.code == plain.code == 0
        assert report["rows_by_source"] == plain_report["rows_by_source"] and report["missing"] == plain_report["missing"]
        monthly = [name for name in files_asked(replica) if name.count("-") == 3]
        assert len(monthly) == len(set(monthly))


def test_a_rate_limit_is_waited_for_as_told(through, front, replica):
    replica.fault(match=KLINES, kind="status", status=429, retry_after="1", times=1)
    assert values(through.get(*PAGES, "rest")) == right(replica, PAGES)
    statuses = [passed.status for passed in front.log()]
    assert statuses.count(429) == 1 and set(statuses) == {200, 429}


def test_a_long_rate_limit_ends_the_run(through, front, replica):
    replica.fault(match=KLINES, kind="status", status=429, retry_after="600")
    result = through.get(*PAGES, "rest")
    assert (result.code, result.out) == (5, b"")
    assert "429" in result.err
    assert len(front.log()) == 1


@pytest.mark.parametrize("status", [403, 451])
def test_a_refusal_is_one_request(through, front, replica, status):
    replica.fault(match=KLINES, kind="status", status=status)
    result = through.get(*PAGES, "rest")
    assert result.code == 8 and f"HTTP {status}" in result.err
    assert len(front.log()) == 1


BROKEN = [
    {"kind": "reset"},
    {"kind": "reset", "after_bytes": 5000},
    {"kind": "truncate", "after_bytes": 5000},
    {"kind": "lie_length", "delta": 500},
    {"kind": "status", "status": 503},
]


def name(rule: dict) -> str:
    return "-".join(str(value) for value in rule.values())


@pytest.mark.parametrize("rule", BROKEN, ids=name)
@pytest.mark.parametrize("source, match", [("vision", ZIP), ("vision", ZIP[:-1] + ".CHECKSUM"), ("rest", KLINES)], ids=["zip", "checksum", "page"])
def test_what_breaks_is_asked_again(through, replica, rule, source, match):
    """A stream that is reset, or ends short, costs that request one more try, and no other anything."""
    replica.fault(match="/monthly/", kind="missing")
    if "CHECKSUM" in match and "after_bytes" in rule:
        rule = rule | {"after_bytes": 20}
    fault = replica.fault(match=match, times=2, **rule)
    assert values(through.get(*DAY, source)) == right(replica, DAY)
    (told,) = [each for each in replica.faults() if each["rule"] == fault]
    assert told["fired"] == 2


@pytest.mark.parametrize("rule", [*BROKEN, {"kind": "hang"}, {"kind": "drip", "bytes_per_second": 20}], ids=name)
def test_what_stays_broken_is_named(through, replica, rule):
    patience(through, 1500)
    replica.fault(match=KLINES, **rule)
    result = through.get(*DAY, "rest")
    assert (result.code, result.out) == (8, b"")
    assert "2024-03-04T00:00:00Z to 2024-03-04T23:59:00Z" in result.err


@pytest.mark.parametrize("rule", BROKEN, ids=name)
def test_many_that_break_at_once_cost_no_candle(through, replica, rule):
    """One in each of twelve months is cut: other streams of the connection that it came by are not harmed."""
    for month in range(1, 13):
        replica.fault(match=rf"2024-{month:02}\.zip$", times=1, **rule)
    result, report = through.report(*YEARS, "vision")
    assert values(result) == right(replica, YEARS)
    assert report["complete"] and report["missing"] == []
    assert [fault["fired"] for fault in replica.faults()] == [1] * 12


@pytest.mark.parametrize("rule", [{"kind": "chunked"}, {"kind": "no_length"}, {"kind": "latency", "ms": 50}], ids=name)
def test_odd_but_whole_answers_are_answers(through, replica, rule):
    replica.fault(match=r"\.zip|klines", **rule)
    for source in ("rest", "vision"):
        assert values(through.get(*DAY, source)) == right(replica, DAY)


WRONG = [{"kind": "corrupt_zip", "flip": 3}, {"kind": "other_content", "key": "data/spot/daily/klines/ETHUSDT/1m/ETHUSDT-1m-2024-03-05.zip"}]


@pytest.mark.parametrize("rule", WRONG, ids=lambda rule: rule["kind"])
def test_wrong_bytes_are_refused_and_rest_is_asked(through, replica, rule):
    replica.fault(match=ZIP[:-1], **rule)
    replica.fault(match="/monthly/", kind="missing")
    result = through.get(*DAY, "vision")
    assert result.code in (3, 4) and result.out == b""
    assert values(through.get(*DAY, "auto")) == right(replica, DAY)


@pytest.mark.parametrize("running", ["h2"], indirect=True)
@pytest.mark.parametrize("window, source, most", [(YEARS, "vision", 1), (YEARS, "auto", 2), (PAGES, "rest", 1)], ids=["months", "months-auto", "pages"])
def test_a_cold_fetch_is_one_connection(through, front, replica, window, source, most):
    """All requests of a client are streams of it; REST and the archive are a client each, though they are one host here."""
    assert values(through.get(*window, source)) == right(replica, window)
    assert len({passed.connection for passed in front.log()}) <= most
