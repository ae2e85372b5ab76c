"""Progress: a bar where a person looks and none elsewhere, a callback's values, what a callback or a clock raises."""

import asyncio
import os
import pty
import subprocess
import sys
import termios
import textwrap
import threading

import pytest
from python_support import ask

from klinekeep import Progress

DAYS = ask("1m", "2024-03-04", "2024-03-06T23:59")
PROGRAM = textwrap.dedent("""
    import sys
    from datetime import datetime
    from klinekeep import DataSourceManager
    df = DataSourceManager().get_data_sync("ETHUSDT", interval="1m", start_time=datetime(2024, 3, 4),
                                           end_time=datetime(2024, 3, 6, 23, 59), progress={progress})
    print(len(df))
""")


def on_a_terminal(kk, program: str, columns: int = 100) -> tuple[str, str]:
    """What the program prints, and what it shows on a terminal that is its stderr."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (24, columns))
    process = subprocess.Popen([sys.executable, "-c", program], env=kk.env | {"TERM": "xterm"}, stdout=subprocess.PIPE, stderr=its, text=True)
    os.close(its)
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # nobody holds the other end any more
            break
        if not part:
            break
        shown += part
    out, _ = process.communicate(timeout=30)
    os.close(ours)
    assert process.returncode == 0, shown
    return out, shown.decode()


@pytest.mark.parametrize("progress, seen", [("None", True), ("True", True), ("False", False)])
def test_a_bar_is_shown_on_a_terminal_when_it_takes_long(kk, replica, progress, seen):
    replica.fault(match=r"\.zip$", kind="latency", ms=800)
    out, shown = on_a_terminal(kk, PROGRAM.format(progress=progress))
    assert out == "4320\n"
    assert ("ETHUSDT 1m" in shown) is seen
    assert seen or shown == ""


def test_what_is_quick_shows_no_bar(kk, replica):
    kk.get("ETHUSDT", "1m", "2024-03-04", "2024-03-06", "auto").ok()
    _, shown = on_a_terminal(kk, PROGRAM.format(progress="None"))
    assert shown == ""


def test_a_wait_is_seen_whole_in_a_narrow_terminal(kk):
    program = textwrap.dedent("""
        import time
        from klinekeep._progress import _Bar
        bar = _Bar("ETHUSDT 1m")
        bar._shown_from = time.monotonic()
        bar(0, 0, 0, "waiting: another process fetches ETHUSDT 1m of 2024-03")
        bar(1, 3, 5_000_000, "")
        bar._bar.refresh()
        bar.close()
    """)
    _, shown = on_a_terminal(kk, program, columns=60)
    lines = shown.replace("\x1b[A", "").split("\r")
    waits = [line for line in lines if "waiting" in line]
    assert waits and all(line.startswith("waiting: another process fetches ETHUSDT 1m of 2024-03") for line in waits)
    assert all(len(line.rstrip("\n")) <= 60 for line in lines), lines
    assert not any("0/0" in line or "0.0 MB" in line for line in lines)
    assert any("1/3" in line and "ETHUSDT 1m" in line for line in lines), "and then it counts again"


@pytest.mark.parametrize("progress, seen", [("None", False), ("False", False), ("True", True)])
def test_no_bar_where_nobody_looks(kk, replica, progress, seen):
    replica.fault(match=r"\.zip$", kind="latency", ms=800)
    run = subprocess.run([sys.executable, "-c", PROGRAM.format(progress=progress)], env=kk.env, capture_output=True, text=True, timeout=30)
    assert run.stdout == "4320\n" and ("ETHUSDT 1m" in run.stderr) is seen
    assert seen or run.stderr == ""


def test_a_program_without_stderr_works(kk, replica):
    program = "import sys\nsys.stderr = None\n" + PROGRAM.format(progress="None")
    run = subprocess.run([sys.executable, "-c", program], env=kk.env, capture_output=True, text=True, timeout=30)
    assert run.stdout == "4320\n"


# -- a callback --------------------------------------------------------------------------------------------------------


def test_a_callback_is_told_how_far_it_is(manager, replica):
    told, threads = [], set()

    def hear(progress):
        told.append(progress)
        threads.add(threading.get_ident())

    df = manager.get_data_sync("ETHUSDT", **DAYS, progress=hear)
    assert told and all(type(one) is Progress for one in told)
    assert [one.steps_done for one in told] == sorted(one.steps_done for one in told)
    assert all(0 <= one.steps_done <= one.steps_expected for one in told)
    assert told[-1] == Progress(3, 3, df.attrs["klinekeep"]["bytes"])
    assert threading.get_ident() not in threads
    told.clear()
    manager.get_data_sync("ETHUSDT", **DAYS, progress=hear)
    assert all(one.bytes == 0 for one in told), "warm, there is nothing to tell of"


@pytest.mark.parametrize("call", ["get_table", "get_result", "get_stream", "rest", "vision"])
def test_every_call_that_fetches_tells_a_callback(desk, manager, call):
    told = []
    if call in ("rest", "vision"):
        getattr(desk, call)().fetch_sync("spot", "ETHUSDT", "1h", DAYS["start_time"], DAYS["start_time"], progress=told.append)
    else:
        getattr(manager, f"{call}_sync")("ETHUSDT", **DAYS, progress=told.append)
    assert told and told[-1].steps_done == told[-1].steps_expected > 0


@pytest.mark.parametrize("raised", [ZeroDivisionError("mine"), KeyboardInterrupt(), SystemExit(3)], ids=repr)
def test_what_a_callback_raises_ends_the_request_and_is_raised(desk, manager, replica, raised):
    calls = []

    def fail(progress):
        calls.append(progress)
        raise raised

    with pytest.raises(type(raised)) as caught:
        manager.get_data_sync("ETHUSDT", **DAYS, progress=fail)
    assert caught.value is raised and len(calls) == 1
    desk.assert_sound()
    assert len(manager.get_data_sync("ETHUSDT", **DAYS)) == 4320


def test_what_a_callback_raises_arrives_in_a_loop(manager):
    def fail(_):
        raise ZeroDivisionError("mine")

    async def main():
        with pytest.raises(ZeroDivisionError, match="mine"):
            await manager.get_data("ETHUSDT", **DAYS, progress=fail)
        return await manager.get_data("ETHUSDT", **DAYS)

    assert len(asyncio.run(main())) == 4320


def test_a_callback_may_use_the_manager(manager):
    plans = []
    manager.get_data_sync("ETHUSDT", **DAYS, progress=lambda _: plans.append(manager.get_cache_stats_sync()))
    assert plans


# -- a clock -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["manager", "rest", "vision"])
@pytest.mark.parametrize("wrong", [ZeroDivisionError("no time"), "noon", None, 5])
def test_a_clock_that_fails_ends_the_request_and_not_the_process(desk, replica, where, wrong):
    def clock():
        if isinstance(wrong, Exception):
            raise wrong
        return wrong

    def work():
        if where == "manager":
            return desk.manager(clock=clock).get_data_sync("ETHUSDT", **DAYS)
        client = getattr(desk, where)(clock=clock)
        return client.fetch_sync("spot", "ETHUSDT", "1h", DAYS["start_time"], DAYS["start_time"])

    with pytest.raises(ZeroDivisionError if isinstance(wrong, Exception) else TypeError, match="no time|what clock returns must be"):
        work()
    assert len(desk.manager().get_data_sync("ETHUSDT", **DAYS)) == 4320


def test_a_clock_must_be_a_function(desk):
    for make in (desk.manager, desk.rest, desk.vision):
        with pytest.raises(TypeError, match="clock must be a function"):
            make(clock=desk.clock.now)


def test_a_clock_is_asked_by_many_threads(desk, replica):
    """From the core's own threads too, while the caller waits."""
    threads = set()

    def clock():
        threads.add(threading.get_ident())
        return desk.clock.now

    manager = desk.manager(clock=clock, rest_client=desk.rest(clock=clock), vision_client=desk.vision(clock=clock))
    assert len(manager.get_data_sync("ETHUSDT", **DAYS, enforce_source="rest")) == 4320
    assert threads
