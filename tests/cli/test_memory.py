"""Memory is bounded by the partitions in flight, not by the range asked."""

import os
import subprocess
import sys

import pytest
from cache_support import asked
from klinekeep_process import without_sanitizer

SHORT, LONG = ("2023-01-01", "2023-08-31"), ("2021-05-01", "2024-08-31")  # 8 and 40 months of 1m: 31 and 154 MB as columns


# The system counts for a process what it was before it became another program: these tests' own gigabyte, were it not started by a small one.
SMALL = '''#!{python} -S
import os, sys
child = os.posix_spawn("{binary}", ["{binary}", *sys.argv[1:]], os.environ)
_, status, usage = os.wait4(child, 0)
os.write(2, str(usage.ru_maxrss).encode())
sys.exit(os.waitstatus_to_exitcode(status))
'''


def started_by_a_small_one(kk) -> os.PathLike:
    script = kk.home / "small"
    script.write_text(SMALL.format(python=sys.executable, binary=without_sanitizer()))
    script.chmod(0o755)
    return script


def peak_kb(kk, start, end, *more, interval="1m") -> int:
    arguments = ["get", "ETHUSDT", interval, "--start", start, "--end", end, "-q", "-f", "csv", *more]
    process = kk.popen(*arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    told = process.communicate()[1]
    assert process.returncode == 0, told
    return int(told)


@pytest.fixture
def peaks(kk, replica):
    """Cold and warm, of the short range and of the long one. Cold it is the lower of two: how many answers wait for one before them, and so what
    is held within the budget, depends on who else has the processor."""
    kk.binary = started_by_a_small_one(kk)
    replica.budget("spot", limit=1_000_000)
    measured = {}
    for name, window in (("short", SHORT), ("long", LONG)):
        folder = ["--cache-dir", kk.home / name]
        measured[name, "cold"] = min(peak_kb(kk, *window, "--cache-dir", kk.home / f"{name} before"), peak_kb(kk, *window, *folder))
        replica.clear_log()
        measured[name, "warm"] = peak_kb(kk, *window, *folder)
        assert asked(replica) == []
    return measured


def test_five_times_the_range_does_not_take_more_memory(peaks):
    assert peaks["long", "warm"] < 1.5 * peaks["short", "warm"], peaks
    assert peaks["long", "cold"] < 1.5 * peaks["short", "cold"], peaks


@pytest.fixture
def peaks_of_seconds(kk):
    """In MB: a month of 1s is 236 MB as columns and its zip 100 MB, so two at once would already be more than is meant to be taken."""
    kk.binary = started_by_a_small_one(kk)
    ends = {"month": "2023-03-31", "quarter": "2023-05-31"}
    folders = {name: ["--cache-dir", kk.home / name] for name in ends}
    cold = {name: peak_kb(kk, "2023-03-01", end, *folders[name], interval="1s") / 1024 for name, end in ends.items()}
    warm = peak_kb(kk, "2023-03-01", ends["quarter"], *folders["quarter"], "--source", "cache", interval="1s") / 1024
    return cold | {"warm quarter": warm}


def test_months_of_seconds_take_no_more_than_half_a_gigabyte(peaks_of_seconds):
    assert max(peaks_of_seconds.values()) <= 500, peaks_of_seconds
    # A month's columns once, and its zip only before them; of warm months a part of one.
    assert max(peaks_of_seconds["month"], peaks_of_seconds["warm quarter"]) <= 400, peaks_of_seconds


def test_what_is_not_cached_is_copied_no_more_than_it_must(kk):
    """A month of 1s: 236 MB as columns, three times where what days brought is joined with it. It was 1.6 GB."""
    kk.binary = started_by_a_small_one(kk)
    assert peak_kb(kk, "2023-03-01", "2023-03-31", "--no-cache", "--source", "vision", interval="1s") / 1024 <= 800
