"""Signals, the end of the interpreter, forks, other processes, and what a thousand managers leave behind: in interpreters of their
own."""

import ast
import signal
import subprocess
import sys
import textwrap

import pytest
from python_support import truth, until

PAGES = r"/v3/klines"
PREAMBLE = """
import asyncio, atexit, gc, multiprocessing, os, pickle, signal, sys, threading
from datetime import datetime, timedelta
import klinekeep
from klinekeep import *

def day(number=4, month=3):
    return dict(interval="1m", start_time=datetime(2024, month, number), end_time=datetime(2024, month, number, 23, 59))

def until(true):
    while not true():
        os.sched_yield()

def in_thread(function, **options):
    thread = threading.Thread(target=function, **options)
    thread.start()
    return thread

def hanging(manager):
    return manager.get_data_sync("ETHUSDT", **day(), enforce_source="rest")

def say(*words):
    print(*words, flush=True)
"""


class Scripts:
    """Python programs at the replica, with the environment of a fresh home."""

    def __init__(self, kk, replica, folder):
        self.env = kk.env | {"KLINEKEEP_CACHE_DIR": str(folder / "kept"), "PYTHONFAULTHANDLER": "1"}
        self.replica, self.folder = replica, folder

    def start(self, text: str) -> subprocess.Popen:
        path = self.folder / "program.py"
        path.write_text(PREAMBLE + textwrap.dedent(text))
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([sys.executable, "-W", "ignore::DeprecationWarning", str(path)], env=self.env, text=True, **pipes)

    def when_asked(self, process: subprocess.Popen, match="/klines") -> None:
        until(lambda: self.replica.log(match) or process.poll() is not None)
        assert process.poll() is None, process.communicate()

    def end(self, process: subprocess.Popen, code: int = 0, seconds: float = 20) -> str:
        """Its output. A request that hangs would last longer than this waits."""
        try:
            out, err = process.communicate(timeout=seconds)
        finally:
            process.kill()
        assert process.returncode == code, out + err
        assert code != 0 or err == ""
        for word in ("Fatal", "terminate", "Segmentation", "Aborted", "nanobind", "Exception ignored"):
            assert word not in err, err
        self.err = err
        return out

    def __call__(self, text: str, code: int = 0, seconds: float = 20) -> str:
        return self.end(self.start(text), code, seconds)


@pytest.fixture
def run(kk, replica, home):
    return Scripts(kk, replica, home)


@pytest.fixture
def hang(replica):
    replica.fault(match=PAGES, kind="hang")


# -- Ctrl-C ------------------------------------------------------------------------------------------------------------

WAITING = {
    "get_data": "hanging(manager)",
    "get_table": "manager.get_table_sync('ETHUSDT', **day(), enforce_source='rest')",
    "get_stream": "manager.get_stream_sync('ETHUSDT', **day(), enforce_source='rest')",
    "fetch": "EnhancedRetriever().fetch_sync('spot', 'ETHUSDT', '1m', datetime(2024, 3, 4), datetime(2024, 3, 4))",
    "asyncio": "asyncio.run(manager.get_data('ETHUSDT', **day(), enforce_source='rest'))",
}


@pytest.mark.parametrize("call", WAITING)
def test_ctrl_c_ends_a_call_with_keyboard_interrupt(run, hang, call):
    process = run.start(f"manager = DataSourceManager()\n{WAITING[call]}")
    run.when_asked(process)
    process.send_signal(signal.SIGINT)
    run.end(process, -signal.SIGINT)
    assert run.err.rstrip().endswith("KeyboardInterrupt")


def test_after_ctrl_c_the_cache_is_whole_and_work_goes_on(run, replica):
    replica.fault(match=r"\.zip$", kind="drip", bytes_per_second=2000)
    process = run.start("""
        manager = DataSourceManager()
        try:
            manager.get_data_sync("ETHUSDT", **day())
        except KeyboardInterrupt:
            say("interrupted", manager.cache.validate())
        sys.stdin.readline()
        say(len(manager.get_data_sync("ETHUSDT", **day())), manager.validate_cache_integrity_sync("ETHUSDT", "1m", datetime(2024, 3, 4)))
    """)
    run.when_asked(process, ".zip")
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "interrupted ()\n"
    replica.clear()
    process.stdin.write("\n")
    assert run.end(process) == "1440 (True, None)\n"


def test_what_a_handler_raises_ends_the_work_first(run, hang):
    """Any signal, any exception; and no thread works on behind it."""
    process = run.start("""
        class Alarm(Exception):
            pass

        def ring(number, frame):
            raise Alarm

        signal.signal(signal.SIGUSR1, ring)
        try:
            hanging(DataSourceManager())
        except Alarm:
            say("alarm", any(work.is_under_way for work in klinekeep._work._workers._running))
    """)
    run.when_asked(process)
    process.send_signal(signal.SIGUSR1)
    assert run.end(process) == "alarm False\n"


def test_a_handler_that_raises_nothing_does_not_disturb(run, replica):
    replica.fault(match=r"\.zip$", kind="latency", ms=200)
    process = run.start("""
        signal.signal(signal.SIGUSR1, lambda *_: say("heard"))
        say(len(DataSourceManager().get_data_sync("ETHUSDT", **day())))
    """)
    run.when_asked(process, ".zip")
    process.send_signal(signal.SIGUSR1)
    assert run.end(process) == "heard\n1440\n"


# -- the end of the interpreter ----------------------------------------------------------------------------------------

ASKED = "until(lambda: klinekeep._work._workers._running)\nsys.stdin.readline()\n"  # the test writes when the replica was asked
ALL_ASKED = "workers = klinekeep._work._workers\nuntil(lambda: len(workers._running) + workers._queue.qsize() == 40)\nsys.stdin.readline()\n"
ENDS = {
    "daemon thread": ("in_thread(lambda: hanging(DataSourceManager()), daemon=True)", ASKED, 0),
    "daemon thread and sys.exit": ("in_thread(lambda: hanging(DataSourceManager()), daemon=True)", ASKED + "sys.exit(3)", 3),
    "daemon thread and an error": ("in_thread(lambda: hanging(DataSourceManager()), daemon=True)", ASKED + "1 / 0", 1),
    "loop that was left": (
        "manager = DataSourceManager()\nloop = asyncio.new_event_loop()\n"
        "task = loop.create_task(manager.get_data('ETHUSDT', **day(), enforce_source='rest'))\n"
        "task._log_destroy_pending = False\nloop.run_until_complete(asyncio.sleep(0))",
        ASKED,
        0,
    ),
    "loop in a daemon thread": (
        "in_thread(lambda: asyncio.run(DataSourceManager().get_data('ETHUSDT', **day(), enforce_source='rest')), daemon=True)",
        ASKED,
        0,
    ),
    "many threads": ("manager = DataSourceManager()\ndef wait():\n    try: hanging(manager)\n    except RuntimeError: pass  # it came too late\nfor _ in range(40): in_thread(wait, daemon=True)", ALL_ASKED, 0),
}


@pytest.mark.parametrize("end", ENDS)
def test_the_interpreter_ends_while_a_request_runs(run, hang, end):
    begin, then, code = ENDS[end]
    process = run.start(f"{begin}\n{then}")
    run.when_asked(process)
    process.stdin.write("\n")
    run.end(process, code)


def test_a_task_that_was_abandoned(run, hang):
    """asyncio.run cancels what its main leaves."""
    process = run.start("""
        async def main():
            task = asyncio.create_task(DataSourceManager().get_data("ETHUSDT", **day(), enforce_source="rest"))
            await asyncio.to_thread(sys.stdin.readline)

        asyncio.run(main())
        say("ended")
    """)
    run.when_asked(process)
    process.stdin.write("\n")
    assert run.end(process) == "ended\n"


def test_work_at_exit(run):
    """What was registered after the import can work; what comes later is told why not."""
    out = run("""
        import pandas  # itself cannot be imported at exit

        def too_late():
            try:
                manager.get_data_sync("ETHUSDT", **day())
            except RuntimeError as error:
                say(error)

        atexit._clear()
        atexit.register(too_late)
        atexit.register(klinekeep._work._workers.end_all)
        atexit.register(lambda: say(len(manager.get_data_sync("ETHUSDT", **day()))))
        manager = DataSourceManager()
    """)
    assert out == "1440\nthe interpreter is shutting down: klinekeep does no more work\n"


@pytest.mark.parametrize("kept", ["table", "stream", "df", "manager", "cache", "error", "client"])
def test_what_is_still_held_at_the_end_does_no_harm(run, kept):
    out = run(f"""
        clock = lambda: datetime(2026, 9, 24, 12)
        client = EnhancedRetriever(clock=clock)
        manager = DataSourceManager(rest_client=client, clock=clock)
        df, table = manager.get_data_sync("ETHUSDT", **day()), manager.get_table_sync("ETHUSDT", **day())
        stream, cache = manager.get_stream_sync("ETHUSDT", **day()), manager.cache
        try:
            manager.get_data_sync("ETHUSDT", **day(5), enforce_source="cache")
        except OfflineMiss as missed:
            error = missed
        kept = {kept}
        import builtins
        builtins.kept = kept  # outlives the module's names
        say("done")
    """)
    assert out == "done\n"


def test_a_manager_that_is_closed_by_the_collector_at_the_end(run):
    assert run("""
        class Bot:
            def __init__(self):
                self.manager = DataSourceManager(clock=self.now)
                self.me = self

            def now(self):
                return datetime(2026, 9, 24, 12)

            def __del__(self):
                self.manager.close()

        bot = Bot()
        say(len(bot.manager.get_data_sync("ETHUSDT", **day())))
    """) == "1440\n"


# -- fork --------------------------------------------------------------------------------------------------------------

FORKED = """
    def forked(function):
        pid = os.fork()
        if pid == 0:
            try:
                function()
                sys.stdout.flush()
                os._exit(0)
            except BaseException as error:
                say(type(error).__name__, error)
                os._exit(1)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""


def test_after_a_fork_of_an_idle_process_both_work_on(run):
    out = run(FORKED + """
    manager = DataSourceManager()
    cold = manager.get_data_sync("ETHUSDT", **day(4))

    def work():
        assert manager.get_data_sync("ETHUSDT", **day(4)).equals(cold)
        assert len(manager.get_data_sync("ETHUSDT", **day(5))) == 1440
        say(manager.get_cache_stats_sync()["misses"])

    say(forked(work))
    assert len(manager.get_data_sync("ETHUSDT", **day(5))) == len(manager.get_data_sync("ETHUSDT", **day(6))) == 1440
    say(manager.get_cache_stats_sync())
    """)
    assert out == "2\n0\n{'hits': 1, 'misses': 2, 'errors': 0}\n"


def test_parent_and_child_do_not_share_a_connection(run, replica):
    """Both go on with what was the same keep-alive connection before the fork; neither may read the other's answers."""
    out = run(FORKED + """
    client = EnhancedRetriever()

    def closes(number):
        made = [client.fetch_sync("spot", "ETHUSDT", "1h", datetime(2024, 3, d), datetime(2024, 3, d, 23)) for d in range(number, 29, 2)]
        return [close for one in made for close in one.table["close"].to_pylist()]

    closes(28)
    ends = [os.pipe() for _ in range(2)]
    for number, (_, end) in enumerate(ends, 1):
        if os.fork() == 0:
            os.write(end, repr(sum(closes(number))).encode())
            os._exit(0)
    say([float(os.read(end, 100)) for end, _ in ends] == [sum(closes(1)), sum(closes(2))], sum(closes(1)))
    """)
    right, total = out.split()
    days = [truth(replica, "ETHUSDT", "1h", f"2024-03-{d:02}", f"2024-03-{d:02}T23:00") for d in range(1, 29, 2)]
    assert right == "True" and float(total) == sum(value for df in days for value in df["close"].tolist())


def test_a_fork_while_a_request_runs_is_told(run, hang):
    process = run.start(FORKED + """
    manager = DataSourceManager()
    in_thread(lambda: hanging(manager), daemon=True)
    sys.stdin.readline()

    def work():
        for call in (lambda: manager.get_data_sync("ETHUSDT", **day()), lambda: asyncio.run(manager.get_data("ETHUSDT", **day())),
                     lambda: DataSourceManager().plan_sync("ETHUSDT", **day()), lambda: manager.cache.list()):
            try:
                call()
            except RuntimeError as error:
                assert "forked while klinekeep was at work in another thread" in str(error) and "spawn" in str(error)
            else:
                raise AssertionError("no RuntimeError")
        say("told")

    say(forked(work))
    say(forked(work))
    """)
    run.when_asked(process)
    process.stdin.write("\n")
    assert run.end(process) == "told\n0\n" * 2


def test_a_fork_right_after_an_answer(run):
    """The thread that gave it may still be at its books: that is no work under way."""
    assert run(FORKED + """
    manager = DataSourceManager()
    sys.setswitchinterval(1e-6)
    empty = dict(interval="1m", start_time=datetime(2024, 3, 4, 0, 0, 1), end_time=datetime(2024, 3, 4, 0, 0, 2))
    for _ in range(100):
        manager.get_table_sync("ETHUSDT", **empty)
        assert forked(lambda: manager.get_table_sync("ETHUSDT", **empty)) == 0
    say("well")
    """) == "well\n"


# -- other processes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(run, method):
    """Frames, reports and errors come whole from other processes, which share one cache."""
    out = run(f"""
        def work(number):
            with DataSourceManager() as manager:
                return manager.get_data_sync("ETHUSDT", **day(number))

        def fail(source):
            DataSourceManager().get_data_sync("ETHUSDT", **day(20), enforce_source=source)

        def report(number):
            return DataSourceManager().get_result_sync("ETHUSDT", **day(number)).report

        if __name__ == "__main__":
            with multiprocessing.get_context("{method}").Pool(2) as pool:
                frames = pool.map(work, [4, 5, 6, 4, 5, 6])
                assert [len(df) for df in frames] == [1440] * 6 and frames[0].equals(frames[3])
                assert frames[0].attrs["klinekeep"].report.rows == 1440
                assert pool.apply(report, (4,)).rows_by_source == {{"cache": 1440}}
                try:
                    pool.apply(fail, ("cache",))
                except OfflineMiss as error:
                    (missing,) = error.missing
                    say(missing.cause, missing.start, error.asked.symbol)
            say(UnifiedCacheManager().validate(), [entry.rows for entry in UnifiedCacheManager().list()])
    """, seconds=60)
    assert out == "offline 2024-03-20 00:00:00+00:00 ETHUSDT\n() [4320]\n"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_manager_is_handed_to_other_processes(run, method):
    """As joblib and dask do."""
    out = run(f"""
        def rows_of(manager, number):
            return len(manager.get_data_sync("ETHUSDT", **day(number)))

        def listed(cache):
            return len(cache.list())

        if __name__ == "__main__":
            manager = DataSourceManager(cache_dir=os.environ["KLINEKEEP_CACHE_DIR"] + "-handed")
            manager.get_data_sync("ETHUSDT", **day())
            with multiprocessing.get_context("{method}").Pool(2) as pool:
                say(pool.starmap(rows_of, [(manager, number) for number in (4, 5, 6)]), pool.apply(listed, (manager.cache,)))
            say(len(manager.get_data_sync("ETHUSDT", **day(6), enforce_source="cache")))
    """, seconds=60)
    assert out == "[1440, 1440, 1440] 1\n1440\n"


def test_memory_that_runs_out_is_a_memory_error(run):
    """A table of 46 MB that is to be copied, and room for 16: the cache is as good as before, and no source is asked."""
    run.env |= {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "1"}  # no room that is held in reserve
    year = "year = dict(interval='1m', start_time=datetime(2023, 1, 1), end_time=datetime(2023, 12, 31, 23, 59))\n"
    run(year + "DataSourceManager().get_table_sync('ETHUSDT', **year)", seconds=60)
    out = run(year + textwrap.dedent("""
        import resource

        manager = DataSourceManager()
        views = manager.get_table_sync("ETHUSDT", **year)
        manager.get_data_sync("ETHUSDT", **year | {"end_time": datetime(2023, 1, 1)})  # pandas is loaded by the first frame
        size = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        limit = resource.getrlimit(resource.RLIMIT_AS)
        for ask in (lambda: manager.get_table_sync("ETHUSDT", **year, copy=True),
                    lambda: manager.get_table_sync("ETHUSDT", **year, fill="ffill"),
                    lambda: manager.get_data_sync("ETHUSDT", **year)):
            resource.setrlimit(resource.RLIMIT_AS, (size + (16 << 20), limit[1]))
            try:
                ask()
                say("it fits")
            except MemoryError:
                say("MemoryError")
            finally:
                resource.setrlimit(resource.RLIMIT_AS, limit)
        assert manager.get_table_sync("ETHUSDT", **year, enforce_source="cache").equals(views)
        say(manager.get_cache_stats_sync()["misses"], manager.cache.validate())
    """), seconds=60)
    assert out == "MemoryError\nMemoryError\nMemoryError\n0 ()\n"


def test_a_thousand_managers_leave_nothing_behind(run):
    """Made, used, dropped: closed or not, with a cache and without, with a clock of the caller's."""
    out = run("""
        def numbers():
            gc.collect()
            resident = int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            return [len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")), len(open("/proc/self/maps").readlines()), resident]

        class Bot:
            def __init__(self):
                self.manager = DataSourceManager(clock=self.now)

            def now(self):
                return datetime(2026, 9, 24, 12)

        def use(number):
            bot = Bot()
            df = bot.manager.get_data_sync("ETHUSDT", **day())
            assert len(df) == 1440
            if number % 10 == 0:
                hours = dict(interval="1h", start_time=datetime(2024, 3, 4), end_time=datetime(2024, 3, 4, 1))
                asyncio.run(bot.manager.get_data("ETHUSDT", **hours, use_cache=False, enforce_source="rest"))
            if number % 10 == 5:
                try:
                    bot.manager.get_table_sync("ETHUSDT", **day(5), enforce_source="cache")
                except OfflineMiss:
                    pass
            if number % 3 == 0:
                bot.manager.close()

        for number in range(100):
            use(number)
        early = numbers()
        for number in range(100, 1000):
            use(number)
        say([early, numbers()])
    """, seconds=100)
    (files, threads, mappings, resident), late = ast.literal_eval(out)
    assert late[0] <= files + 3 and late[1] <= threads + 2, out
    assert late[2] <= mappings + 60, out
    assert late[3] <= resident + 12_000_000, out


def test_the_memory_of_a_thousand_warm_calls_is_flat(run):
    """A day of seconds each time: 7.6 MB that go with the last reference, and not a frame of them stays."""
    out = run("""
        def resident():
            return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        gc.disable()  # what only its cycles' collector would free is a leak here
        manager = DataSourceManager()
        seconds = dict(start_time=datetime(2024, 3, 4), end_time=datetime(2024, 3, 4, 23, 59, 59))

        async def some():
            return [len(await manager.get_data("ETHUSDT", **seconds)) for _ in range(5)]

        def call(times):
            for number in range(times):
                if number % 3:
                    df = manager.get_data_sync("ETHUSDT", **seconds)
                else:
                    df = manager.get_table_sync("ETHUSDT", **seconds, copy=number % 2 == 0)
                assert len(df) == 86400

        call(100)
        asyncio.run(some())
        early = resident()
        call(900)
        asyncio.run(some())
        late = resident()
        import pandas
        say(early, late, sum(type(one) is pandas.DataFrame for one in gc.get_objects()))
    """, seconds=100)
    early, late, frames = map(int, out.split())
    assert frames <= 1, "an idle thread may still be letting go of the last"
    assert late <= early + 60_000_000, out


