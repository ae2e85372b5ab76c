"""A month that another program writes in place, or cuts, while a get that has proven it waits, and that then goes from its path."""

from __future__ import annotations

import os
import shutil
import struct
import threading

import pytest
from lying_upstream import PAGES, Series, Upstream
from replica_process import to_ms
from trust_support import NO_REST, begin_at, get, kk, shared_upstream, up  # noqa: F401

NOW = "2024-06-10"
BTC = Series("spot", "BTCUSDT", "1h", "2020-01-01")
ETH = Series("spot", "ETHUSDT", "1h", "2020-01-01", holes=(("2024-02-03", "2024-02-03T02:00"),))
SLOT = to_ms("2024-02-10")


def place_of(path, *closes) -> int:
    """Of the highest byte but one of the first of these closes, which follow each other."""
    at = path.read_bytes().find(b"".join(struct.pack("<d", float(close)) for close in closes))
    assert at > 0
    return at + 6


def flip(file, at: int) -> None:
    """One bit, at the inode that is there."""
    byte = os.pread(file.fileno(), 1, at)[0]
    os.pwrite(file.fileno(), bytes([byte ^ 0x40]), at)


def assert_prints(waiting, begin, end) -> None:
    """BTC's candles from `begin` to before `end`, as the upstream has them."""
    out, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, err
    got = [tuple(float(value) for value in line.split(",")) for line in out.decode().splitlines()[1:]]
    assert got == BTC.values(BTC.opens(to_ms(begin), to_ms(end)))


def spoil_footer(path) -> None:
    at = path.read_bytes().rfind(b'"rows"')
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b'"sowr"')


@pytest.mark.parametrize("deed", ["flip, rm", "flip, set aside", "flip, footer", "other series", "cut", "cut, rm"])
def test_is_not_served_from_its_mapping(kk, up, deed):  # noqa: F811
    begin_at(kk, up, BTC, ETH, now=NOW)
    for series in (BTC, ETH):
        assert get(kk, up, series, "2024-02-01", "2024-02-29", "rest").code == 0
    data = kk.home / "cache/klinekeep/spot/data"
    path, other = (data / name / "1h/202402.arrow" for name in ("BTCUSDT", "ETHUSDT"))
    up.forget()
    held = up.lie("held", PAGES, begun=threading.Event(), until=threading.Event())
    waiting = kk.popen("get", "BTCUSDT", "1h", "--start", "2024-02-01", "--end", "2024-03-31", "--source", "rest", "-q")
    assert held.begun.wait(60)
    if deed.startswith("flip"):
        with path.open("r+b") as file:
            flip(file, place_of(path, BTC.row(SLOT)[4]))
    if deed.startswith("cut"):
        os.truncate(path, 100)
    if deed.endswith("rm"):
        path.unlink()
    if deed.endswith("set aside"):
        assert kk.get("BTCUSDT", "1h", "2024-02-01", "2024-02-29", "cache", env=NO_REST).code == 4
    if deed.endswith("footer"):
        spoil_footer(path)
    if deed == "other series":
        shutil.copyfile(other, path)
    held.until.set()
    assert_prints(waiting, "2024-02-01", "2024-04-01")


@pytest.mark.parametrize("deed", ["moved", "removed"])
def test_is_not_served_from_its_mapping_when_it_is_written_after_it_has_gone(kk, up, deed):  # noqa: F811
    """By who has it open, or under its other name, and after klinekeep has looked at what it holds of it."""
    begin_at(kk, up, BTC, now=NOW)
    assert get(kk, up, BTC, "2024-02-01", "2024-02-29", "rest").code == 0
    path = kk.home / "cache/klinekeep/spot/data/BTCUSDT/1h/202402.arrow"
    up.forget()
    first = up.lie("held", PAGES, times=1, begun=threading.Event(), until=threading.Event())
    second = up.lie("held", PAGES, skip=1, begun=threading.Event(), until=threading.Event())
    with path.open("r+b") as file:
        at = place_of(path, BTC.row(SLOT)[4])
        waiting = kk.popen("get", "BTCUSDT", "1h", "--start", "2023-06-01", "--end", "2024-05-31", "--source", "rest", "-q", env={"KLINEKEEP_PARALLEL": "1"})
        assert first.begun.wait(60)
        path.rename(path.with_name("backup")) if deed == "moved" else path.unlink()
        first.until.set()
        assert second.begun.wait(60)
        byte = os.pread(file.fileno(), 1, at)[0]
        os.pwrite(file.fileno(), bytes([byte ^ 0x40]), at)
        second.until.set()
        assert_prints(waiting, "2023-06-01", "2024-06-01")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_wrong_candle_that_was_printed_is_told(kk, up, form):  # noqa: F811
    """The reader of the pipe is slow, and the last month is written in place when it has been handed out already."""
    minutes = begin_at(kk, up, Series("spot", "BTCUSDT", "1m", "2020-01-01"), now=NOW)
    true = kk.get("BTCUSDT", "1m", "2024-02-01", "2024-03-31", "vision", "--format", form).ok().out
    path = kk.home / "cache/klinekeep/spot/data/BTCUSDT/1m/202403.arrow"
    at = place_of(path, *(minutes.row(to_ms("2024-03-31T20:00") + minute * 60_000)[4] for minute in range(200)))
    printing = kk.popen("get", "BTCUSDT", "1m", "--start", "2024-02-01", "--end", "2024-03-31", "--source", "cache", "-q", "--format", form)
    out = printing.stdout.read(len(true) * 6 // 10)  # it is in March by now, and waits for the pipe
    with path.open("r+b") as file:
        flip(file, at)
    rest, err = printing.communicate(timeout=60)
    assert out + rest == true or (printing.returncode == 9 and b"written in place" in err), err
