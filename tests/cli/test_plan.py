"""`klinekeep plan`: what it says is what `get` then does; it asks nobody and writes nothing."""

import collections
import contextlib
import fcntl
import os
import pty
import struct
import termios

import pytest
from cache_support import Cache, Ear, asked, kind_of, plan, set_now

WINDOWS = [
    ("spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-04"),
    ("spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-09"),
    ("spot", "ETHUSDT", "1m", "2024-03-04T10:00Z", "2024-03-04T10:00Z"),
    ("spot", "ETHUSDT", "1m", "2026-09-21", "2026-09-24T10:00Z"),
    ("spot", "ETHUSDT", "1h", "2024-03-01", "2024-03-31"),
    ("spot", "ETHUSDT", "1h", "2024-01-15", "2024-08-20"),
    ("spot", "ETHUSDT", "1d", "2024-01-01", "2024-12-31"),
    ("spot", "ETHUSDT", "1M", "2022-01-01", "2024-12-31"),
    ("spot", "ETHUSDT", "1s", "2024-03-04T10:00:00Z", "2024-03-04T10:20:00Z"),
    ("um", "ETHUSDT", "1m", "2024-03-04", "2024-03-05"),
    ("um", "ETHUSDT", "1d", "2022-01-01", "2024-12-31"),
    ("cm", "ETHUSD_PERP", "1h", "2024-02-01", "2024-03-31"),
    ("cm", "ETHUSD_PERP", "1d", "2024-01-01", "2024-12-31"),
]
SOURCES = ["auto", "rest", "vision"]
KINDS = {"rest_page": ["rest"], "archive_file": ["daily", "monthly"], "first_candle": ["first"], "list": ["list"]}


def planned(told: dict) -> collections.Counter:
    """Steps by kind."""
    return collections.Counter(step["kind"] for step in told["steps"])


def done(replica) -> collections.Counter:
    """What the log shows, in the plan's words; a file with its CHECKSUM is one step of two requests."""
    words = {kind: word for word, kinds in KINDS.items() for kind in kinds}
    return collections.Counter(words.get(kind, kind) for kind in map(kind_of, replica.log()) if kind != "checksum")


def check(kk, replica, market, symbol, interval, start, end, source):
    replica.clear_log()
    told = plan(kk, symbol, interval, start, end, source, market=market)
    assert asked(replica) == [], "plan asked somebody"
    result, report = kk.report(symbol, interval, start, end, source, "--partial", market=market)
    result.ok()
    assert told["requests"] == len(replica.log()) == report["requests"]
    assert planned(told) == done(replica)
    assert told["requests"] == sum(step["requests"] for step in told["steps"])
    assert told["bytes"] == sum(step["bytes"] for step in told["steps"])
    assert all(step["reason"] for step in told["steps"])
    return told


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("market, symbol, interval, start, end", WINDOWS)
def test_cold_and_warm(kk, replica, market, symbol, interval, start, end, source):
    if source == "vision" and interval == "1M":
        start, end = "2023-01-01", "2023-03-31"  # the archive's later months have holes, which no plan can know
    if source == "vision" and end.startswith("2026"):
        end = "2026-09-22"
    told = check(kk, replica, market, symbol, interval, start, end, source)
    assert told["requests"] > 0 and told["bytes"] > 0
    warm = check(kk, replica, market, symbol, interval, start, end, source)
    assert (warm["steps"], warm["requests"], warm["bytes"]) == ([], 0, 0)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("have", [("2024-03-05", "2024-03-05"), ("2024-03-01", "2024-03-06"), ("2024-03-06T12:00Z", "2024-03-09")], ids=lambda h: h[0])
def test_half_warm(kk, replica, source, have):
    kk.get("ETHUSDT", "1m", *have, source).ok()
    check(kk, replica, "spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-07", source)


def test_what_another_source_brought_is_no_answer_for_an_enforced_one(kk, replica):
    kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "rest").ok()
    assert plan(kk, "ETHUSDT", "1h", "2024-03-04", "2024-03-04", "auto")["steps"] == []
    assert plan(kk, "ETHUSDT", "1h", "2024-03-04", "2024-03-04", "rest")["steps"] == []
    check(kk, replica, "spot", "ETHUSDT", "1h", "2024-03-04", "2024-03-04", "vision")


def test_without_the_cache_everything_is_planned_anew(kk, replica):
    kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "auto").ok()
    assert plan(kk, "ETHUSDT", "1h", "2024-03-04", "2024-03-04", "auto", "--no-cache")["requests"] == 2


def test_a_gap_that_is_due_is_planned_and_one_that_is_not_is_not(kk, replica):
    window = ("ETHUSDT", "1m", "2026-09-24T09:00Z", "2026-09-24T10:00Z", "auto")
    replica.fault(match="/klines", kind="drop_rows", **{"from": "2026-09-24T09:30Z", "to": "2026-09-24T09:40Z"})
    kk.get(*window).ok()
    assert plan(kk, *window)["steps"] == []
    set_now(kk, "2026-09-24T13:05:00Z")
    assert check(kk, replica, "spot", *window)["requests"] == 1


@pytest.mark.parametrize("source", SOURCES)
def test_no_socket_is_opened_and_nothing_written(kk, replica, source):
    with Ear() as ear:
        told = plan(kk, "ETHUSDT", "1h", "2024-03-01", "2024-03-31", source, env=ear.env)
        assert told["requests"] >= 1
        assert ear.knocks() == 0
    assert not Cache(kk).root.exists()
    kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", source).ok()
    before = {name: (Cache(kk).root / name).read_bytes() for name in Cache(kk).files()}
    plan(kk, "ETHUSDT", "1h", "2024-03-01", "2024-03-31", source)
    assert {name: (Cache(kk).root / name).read_bytes() for name in Cache(kk).files()} == before


def test_offline_has_nothing_to_plan(kk, replica):
    result = kk("plan", "ETHUSDT", "1h", "--start", "2024-03-01", "--end", "2024-03-31", "--source", "cache", "--json")
    assert result.code in (0, 6)
    assert asked(replica) == []
    if result.code == 0:
        assert '"requests": 0' in result.text.replace('":0', '": 0')


def test_the_steps_run_from_first_to_last_and_name_their_range(kk, replica):
    told = plan(kk, "ETHUSDT", "1m", "2026-09-20", "2026-09-24T10:00Z", "auto")
    kinds = [step["kind"] for step in told["steps"]]
    assert set(kinds) == {"archive_file", "rest_page"}
    assert [k for k in kinds if k == "rest_page"] == ["rest_page"] * 3  # 34 hours


def test_text_has_a_line_a_step_with_its_reason_and_the_sum(kk, replica):
    arguments = ["ETHUSDT", "1m", "--start", "2026-09-21", "--end", "2026-09-24T10:00Z"]
    told = plan(kk, "ETHUSDT", "1m", "2026-09-21", "2026-09-24T10:00Z", "auto")
    text = kk("plan", *arguments).ok().text
    for step in told["steps"]:
        assert step["reason"] in text
    assert "2026-09-21" in text and "2026-09-22" in text
    assert str(told["requests"]) in text


def test_a_warm_plan_says_so_in_words(kk, replica):
    kk.get("ETHUSDT", "1h", "2024-03-04", "2024-03-04", "auto").ok()
    text = kk("plan", "ETHUSDT", "1h", "--start", "2024-03-04", "--end", "2024-03-04").ok().text
    assert "cache" in text.lower()


@pytest.mark.parametrize("width", [40, 60, 100])
def test_a_narrow_terminal(kk, replica, width):
    """No line is longer than the terminal is wide, so none is broken in the middle of a word by it."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    process = kk.popen("plan", "ETHUSDT", "1m", "--start", "2026-09-21", "--end", "2026-09-24T10:00Z", stdout=slave, env={"TERM": "xterm", "NO_COLOR": "1"})
    os.close(slave)
    text = b""
    with contextlib.suppress(OSError):  # how Linux ends a terminal that nobody writes to any more
        while chunk := os.read(master, 4096):
            text += chunk
    os.close(master)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    text = text.decode()
    assert text.strip()
    assert max(len(line.rstrip("\r")) for line in text.split("\n")) <= width


@pytest.mark.parametrize("bad, code", [(["ETHUSDT", "7m"], 2), (["../x", "1m"], 2), (["ETHUSDT", "1m", "--end", "2030-01-01"], 2), (["ETHUSDT", "1s", "--market", "um"], 2)])
def test_bad_requests(kk, replica, bad, code):
    assert kk("plan", *bad, "--start", "2024-03-04").code == code
    assert asked(replica) == []


@pytest.mark.parametrize("command", ["get", "plan"])
@pytest.mark.parametrize("bad", [["--source", "bank"], ["--market", "moon"], ["--fill", "up"], ["--columns", "colour"], ["--off-grid", "x"], ["--end", "never"], ["--verify", "x"]], ids=" ".join)
def test_a_bad_word_after_a_long_symbol(kk, command, bad):
    """A string too long to be held in place was freed twice when a later word was refused."""
    for symbol in ("币安人生USDT", "A" * 64):
        result = kk(command, symbol, "1h", "--start", "2024-03-04", *bad)
        assert (result.code, result.out) == (2, b"")
        assert "free" not in result.err


def test_a_window_without_a_grid_point_needs_nothing(kk, replica):
    told = plan(kk, "ETHUSDT", "1h", "2024-01-01T03:00:01Z", "2024-01-01T03:59Z", "auto")
    assert told == {"upstream": "binance", "kind": "klines", "steps": [], "missing": [], "requests": 0, "bytes": 0}


def test_a_hole_that_no_plan_can_know_is_all_that_differs(kk, replica):
    """As long as upstream has what is expected: here it has not, and the loop plans again."""
    told = plan(kk, "BTCUSDT", "1m", "2021-02-11", "2021-02-11", "auto")
    _, report = kk.report("BTCUSDT", "1m", "2021-02-11", "2021-02-11", "auto")
    assert report["requests"] == told["requests"] + 1
