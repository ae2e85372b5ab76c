"""Many processes over one cache: the same answers, each object fetched once, and a sound cache whoever dies."""

import collections
import fcntl
import os
import pty
import signal
import struct

import pytest
from cache_support import NO_SOURCE, Cache, asked, files_asked, forget_waits, set_now, shape, truth, values
from klinekeep_process import Result


def together(kk, commands) -> list[Result]:
    processes = [kk.popen(*command) for command in commands]
    results = []
    for process in processes:
        out, err = process.communicate(timeout=200)
        results.append(Result(process.returncode, out, err.decode()))
    return results


def command(symbol, interval, start, end, source="auto"):
    return ["get", symbol, interval, "--start", start, "--end", end, "--source", source, "-q"]


MONTH = ("ETHUSDT", "1m", "2024-03-01", "2024-03-31")
DAYS = ("ETHUSDT", "1m", "2024-03-04", "2024-03-06")
PAGES = ("ETHUSDT", "1m", "2026-09-23", "2026-09-24T09:00Z")


@pytest.mark.parametrize("window", [MONTH, DAYS, PAGES], ids=["month", "days", "pages"])
def test_eight_at_once_get_the_same_bytes_and_each_object_is_fetched_once(kk, replica, window):
    """Pitfall 36."""
    replica.fault(match="/data/|/klines", kind="latency", ms=150)  # so that all eight meet
    results = together(kk, [command(*window)] * 8)
    assert [r.code for r in results] == [0] * 8, [r.err for r in results]
    assert len({r.out for r in results}) == 1
    targets = collections.Counter(asked(replica))
    assert max(targets.values()) == 1, [t for t, n in targets.items() if n > 1]
    Cache(kk).assert_sound()
    replica.clear()
    assert kk.get(*window, "auto", "--no-cache").ok().out == results[0].out


def test_overlapping_ranges_share_what_they_share(kk, replica):
    replica.fault(match="/data/", kind="latency", ms=150)
    windows = [("ETHUSDT", "1m", "2024-03-04", "2024-03-06"), ("ETHUSDT", "1m", "2024-03-05", "2024-03-07"), ("ETHUSDT", "1m", "2024-03-06", "2024-03-08")]
    results = together(kk, [command(*w) for w in windows])
    for window, result in zip(windows, results):
        assert values(result) == truth(replica, "spot", *window[:3], window[3] + "T23:59Z")
    assert max(collections.Counter(files_asked(replica)).values()) == 1
    whole = kk.get("ETHUSDT", "1m", "2024-03-04", "2024-03-08", "cache", env=NO_SOURCE)
    assert values(whole) == truth(replica, "spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-08T23:59Z")
    Cache(kk).assert_sound()


def test_writers_of_one_month_lose_nothing_of_each_other(kk, replica):
    """Pitfall 4: eight days of one partition, by eight processes, from three sources."""
    sources = ["auto", "rest", "vision"]
    commands = [command("ETHUSDT", "1h", f"2024-03-{day:02}", f"2024-03-{day:02}", sources[day % 3]) for day in range(1, 9)]
    results = together(kk, commands)
    assert [r.code for r in results] == [0] * 8, [r.err for r in results]
    whole = kk.get("ETHUSDT", "1h", "2024-03-01", "2024-03-08", "cache", env=NO_SOURCE)
    assert values(whole) == truth(replica, "spot", "ETHUSDT", "1h", "2024-03-01", "2024-03-08T23:00Z")
    Cache(kk).assert_sound()


def test_different_series_do_not_wait_for_each_other(kk, replica):
    """One hangs in its download; the other series, and another month of the same one, are served meanwhile."""
    replica.fault(match="ETHUSDT-1m-2024-03-04", kind="hang")
    process = kk.popen(*command("ETHUSDT", "1m", "2024-03-04", "2024-03-04"))
    while not files_asked(replica):
        assert process.poll() is None
    assert len(kk.get("BTCUSDT", "1m", "2024-03-04", "2024-03-04", "auto").ok().rows) == 1440
    assert len(kk.get("ETHUSDT", "1m", "2024-04-04", "2024-04-04", "auto").ok().rows) == 1440
    process.kill()
    process.communicate()


def test_readers_during_writers_see_whole_answers(kk, replica):
    """What is committed is read the same while others add to the same partition."""
    first = kk.get("ETHUSDT", "1h", "2024-03-01", "2024-03-01", "auto").ok()
    writers = [kk.popen(*command("ETHUSDT", "1h", f"2024-03-{day:02}", f"2024-03-{day:02}")) for day in range(2, 14)]
    reads = 0
    while any(writer.poll() is None for writer in writers) or reads < 5:
        assert kk.get("ETHUSDT", "1h", "2024-03-01", "2024-03-01", "cache", env=NO_SOURCE).ok().out == first.out
        reads += 1
    for writer in writers:
        out, err = writer.communicate()
        assert writer.returncode == 0, err
    Cache(kk).assert_sound()
    whole = kk.get("ETHUSDT", "1h", "2024-03-01", "2024-03-13", "cache", env=NO_SOURCE)
    assert values(whole) == truth(replica, "spot", "ETHUSDT", "1h", "2024-03-01", "2024-03-13T23:00Z")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_death_in_mid_fetch_leaves_a_sound_cache_and_no_lock(kk, replica, number):
    kk.get("ETHUSDT", "1m", "2024-03-04", "2024-03-04", "auto").ok()
    replica.fault(match="ETHUSDT-1m-2024-03-06", kind="hang")
    process = kk.popen(*command("ETHUSDT", "1m", "2024-03-04", "2024-03-06"))
    while "ETHUSDT-1m-2024-03-06.zip" not in files_asked(replica):
        assert process.poll() is None
    process.send_signal(number)
    process.communicate()
    Cache(kk).assert_sound()
    replica.clear()
    whole = kk.get("ETHUSDT", "1m", "2024-03-04", "2024-03-06", "auto")
    assert values(whole) == truth(replica, "spot", "ETHUSDT", "1m", "2024-03-04", "2024-03-06T23:59Z")
    Cache(kk).assert_sound()


def test_who_waits_for_a_killed_process_goes_on_without_it(kk, replica):
    replica.fault(match="ETHUSDT-1m-2024-03-06", kind="hang", times=1)
    first = kk.popen(*command("ETHUSDT", "1m", "2024-03-06", "2024-03-06"))
    while not files_asked(replica):
        assert first.poll() is None
    second = kk.popen(*command("ETHUSDT", "1m", "2024-03-06", "2024-03-06"))
    first.kill()
    first.communicate()
    out, err = second.communicate(timeout=60)
    assert second.returncode == 0, err
    assert values(Result(0, out, "")) == truth(replica, "spot", "ETHUSDT", "1m", "2024-03-06", "2024-03-06T23:59Z")


def test_of_seven_that_wait_for_a_dead_one_one_fetches(kk, replica):
    """The lease dies with its holder: what it had not committed is asked once more, and by one of them."""
    replica.fault(match="ETHUSDT-1m-2024-03-06.zip$", kind="hang", times=1)
    first = kk.popen(*command("ETHUSDT", "1m", "2024-03-06", "2024-03-06"))
    while "ETHUSDT-1m-2024-03-06.zip" not in files_asked(replica):
        assert first.poll() is None
    others = [kk.popen(*command("ETHUSDT", "1m", "2024-03-06", "2024-03-06")) for _ in range(7)]
    first.kill()
    first.communicate()
    for other in others:
        out, err = other.communicate(timeout=100)
        assert other.returncode == 0, err
        assert values(Result(0, out, "")) == truth(replica, "spot", "ETHUSDT", "1m", "2024-03-06", "2024-03-06T23:59Z")
    assert files_asked(replica).count("ETHUSDT-1m-2024-03-06.zip") == 2
    Cache(kk).assert_sound()


def speaks(process) -> str:
    """Its next line on stderr."""
    return process.stderr.readline().decode()


def test_who_waits_for_a_stopped_process_says_so_and_ends_at_one_interrupt(kk, replica):
    replica.fault(match="ETHUSDT-1m-2024-03-06", kind="hang", times=1)
    first = kk.popen(*command("ETHUSDT", "1m", "2024-03-06", "2024-03-06"))
    while not files_asked(replica):
        assert first.poll() is None
    first.send_signal(signal.SIGSTOP)
    second = kk.popen("get", "ETHUSDT", "1m", "--start", "2024-03-06", "--end", "2024-03-06")
    assert speaks(second) == "klinekeep: waiting: another process fetches ETHUSDT 1m of 2024-03\n"
    second.send_signal(signal.SIGINT)
    assert speaks(second) == "klinekeep: interrupted\n"
    second.communicate()
    assert second.returncode == 130
    first.kill()
    first.communicate()


def test_a_progress_line_counts_nothing_before_anything_is_known(kk, replica):
    replica.fault(match="ETHUSDT-1m-2024-03-06", kind="hang", times=1)
    first = kk.popen(*command("ETHUSDT", "1m", "2024-03-06", "2024-03-06"))
    while not files_asked(replica):
        assert first.poll() is None
    ours, its = pty.openpty()
    second = kk.popen("get", "ETHUSDT", "1m", "--start", "2024-03-06", "--end", "2024-03-06", stderr=its)
    os.close(its)
    shown = os.read(ours, 4096)
    while b"waiting: another process" not in shown:
        shown += os.read(ours, 4096)
    second.send_signal(signal.SIGINT)
    while b"interrupted" not in shown:
        shown += os.read(ours, 4096)
    assert b"0 of 0" not in shown and b"MB" not in shown
    second.communicate()
    os.close(ours)
    first.kill()
    first.communicate()


def locked(path, byte):
    """Another's lock on that byte, until it is closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a")
    fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, byte, 1, 0))
    return file


MARCH = 2024 * 12 + 2  # the byte of that month


def test_one_interrupt_ends_the_wait_for_a_commit(kk):
    cache = Cache(kk)
    with locked(cache.partition("ETHUSDT", "1h").parent / ".lock", MARCH):
        process = kk.popen("get", "ETHUSDT", "1h", "--start", "2024-03-06", "--end", "2024-03-06")
        assert speaks(process) == "klinekeep: waiting: another process writes ETHUSDT 1h of 2024-03\n"
        process.send_signal(signal.SIGINT)
        assert speaks(process) == "klinekeep: interrupted\n"
        process.communicate()
        assert process.returncode == 130


def test_who_meets_damage_does_not_wait_for_a_writer(kk):
    kk.get("ETHUSDT", "1h", "2024-03-01", "2024-03-31", "auto").ok()
    path = Cache(kk).partition("ETHUSDT", "1h")
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.unlink()
    path.write_bytes(damaged)
    with locked(path.parent / ".lock", MARCH):
        result, report = kk.report("ETHUSDT", "1h", "2024-03-01", "2024-03-31", "cache", "--partial", env=NO_SOURCE)
        assert result.code == 0 and result.rows == [], result.err
        assert any("another process is writing this month" in note for note in report["notes"]), report
    assert path.exists()


def test_eight_pollers_fold_the_tail_ask_each_page_once_and_agree(kk, replica):
    """The clock goes on; each time eight ask for the day up to now, while others validate, list and repair."""
    set_now(kk, "2026-09-24T03:00:45Z")
    kk.get("ETHUSDT", "1m", "2026-09-15", "2026-09-24T02:59Z", "auto").ok()
    cache, tails = Cache(kk), []
    for hour in range(4, 9):
        set_now(kk, f"2026-09-24T{hour:02}:00:45Z")
        replica.clear_log()
        commands = [command("ETHUSDT", "1m", "2026-09-24", f"2026-09-24T{hour - 1:02}:59Z")] * 8
        results = together(kk, commands + [["cache", "validate"], ["cache", "ls"], ["cache", "repair"]])
        assert [r.code for r in results] == [0] * 11, [r.err for r in results]
        assert len({r.out for r in results[:8]}) == 1
        assert values(results[0]) == truth(replica, "spot", "ETHUSDT", "1m", "2026-09-24", f"2026-09-24T{hour - 1:02}:59Z")
        assert len(replica.log("/api/v3/klines")) == 1, asked(replica)
        tails.append(cache.partition("ETHUSDT", "1m", "202609", tail=True).exists())
        cache.assert_sound()
    assert True in tails and False in tails[tails.index(True) :], "a tail was made, and folded"


def test_gets_are_right_while_the_cache_is_pruned_and_repaired_beneath_them(kk, replica):
    """What goes is fetched again: an answer may cost more then, and is never another one."""
    windows = [("ETHUSDT", "1h", f"2024-0{month}-01", f"2024-0{month}-28") for month in (2, 3)]
    right = [kk.get(*window, "auto", "--no-cache").ok().out for window in windows]
    for turn in range(3):
        commands = [command(*windows[i % 2]) for i in range(8)]
        commands[2:2] = [["cache", "prune", "--max-size", "0"], ["cache", "repair"]]
        commands += [["cache", "prune", "--max-age", "0s"], ["cache", "validate"], ["cache", "repair", "ETHUSDT", "1h", "--date", "2024-03-15"]]
        results = together(kk, commands)
        assert [r.code for r in results] == [0] * len(commands), (turn, [r.err for r in results])
        gets = [r.out for r, c in zip(results, commands) if c[0] == "get"]
        assert gets == [right[i % 2] for i in range(8)]
        Cache(kk).assert_sound()


def test_killed_again_and_again_while_it_commits(kk, replica):
    """At whatever instant: by how much of its output-free work was done when the killer came."""
    window = ("ETHUSDT", "1m", "2024-03-01", "2024-03-31")
    for steps in range(0, 60_000, 4000):
        process = kk.popen(*command(*window), env={"KLINEKEEP_CACHE_DIR": str(kk.home / "killed")})
        for _ in range(steps):
            if process.poll() is not None:
                break
        process.kill()
        process.communicate()
    cache = Cache(kk, kk.home / "killed")
    assert kk("cache", "validate", *cache.flags()).code == 0
    forget_waits(kk)
    whole = kk.get(*window, "auto", *cache.flags())
    assert values(whole) == truth(replica, "spot", *window[:3], "2024-03-31T23:59Z")
    cache.assert_sound()


def test_commands_of_the_cache_during_writers(kk, replica):
    kk.get("ETHUSDT", "1h", "2024-02-01", "2024-02-29", "auto").ok()
    commands = [command("ETHUSDT", "1h", f"2024-03-{day:02}", f"2024-03-{day:02}") for day in range(1, 7)]
    commands += [["cache", "ls"], ["cache", "stats"], ["cache", "validate"], ["cache", "reindex"], ["cache", "repair"], ["cache", "prune", "--max-size", "10G"]]
    results = together(kk, commands)
    assert [r.code for r in results] == [0] * len(commands), [r.err for r in results]
    whole = kk.get("ETHUSDT", "1h", "2024-02-01", "2024-03-06", "cache", env=NO_SOURCE)
    assert values(whole) == truth(replica, "spot", "ETHUSDT", "1h", "2024-02-01", "2024-03-06T23:00Z")
    Cache(kk).assert_sound()
    assert shape(replica)
