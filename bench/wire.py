"""As fast as the wire: cold downloads over links of 0, 30 and 100 ms, beside others that fetch the same files. `make bench-wire`.

  .venv/bin/python bench/wire.py [--quick] [ROW ...]    (--help names the rows; all of them take some six minutes)

Whole processes, timed from start to end, in turns; what is told is the run of median time of up to five, fewer where one takes long (--quick: of
up to two). klinekeep begins each with an empty cache and unused limits; it checks, parses, writes and syncs all, and gives its rows as
Arrow into /dev/null. The peers (wire_peers.py) parse nothing and keep nothing: a hundred threads of Python's http.client, and aria2c with 64
downloads at once; both compare SHA-256, unzip and count rows, and Python's start (some 40 ms) is in their time. All must find the same rows. The
replica has made its files before, and shares the cores with those who ask it: the notes tell what both used, the replica's in ticks of 10 ms. Its
link has a round trip and no slow start, see replica/README.md; it pays for a connection at its first request, not before.

The peers fetch the archive's files alone. klinekeep must find out which there are (the listing), and asks the daily files, and in AUTO
REST, about the holes of the monthly ones: the notes tell all its requests. The months of the row `whole` have no hole.

`gather` is timed without the start of Python and its imports, klinekeep's and the peers'.

`http2`: nghttpx ends TLS before the replica. It keeps its connections to the replica, so that a round trip there would be that of its pool,
and not of the client's protocol; so the replica's link costs nothing in this row, and the round trip lies between klinekeep and nghttpx:
slow_link.py delays the bytes of both directions, those of a handshake as well.

`link` takes more months where the round trip is longer, so that the first requests are not a twentieth of the whole. Flat, in `memory`, is
a year that takes at most 1.1 of what a quarter takes.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from whole_command import run

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from front_proxy import FrontProxy  # noqa: E402
from replica_process import Replica  # noqa: E402

KLINEKEEP = ROOT / "build/release/bin/klinekeep"
NOW = "2026-09-24T12:00:00Z"
LINKS = (0, 30, 100)  # ms
CORES = len(os.sched_getaffinity(0))
SERIES = [
    "BTCUSDT", "ETHUSDT", "BCHUSDT", "XRPUSDT", "LTCUSDT", "TRXUSDT", "ETCUSDT", "LINKUSDT", "XLMUSDT", "ADAUSDT",
    "XMRUSDT", "DASHUSDT", "ZECUSDT", "XTZUSDT", "BNBUSDT", "ATOMUSDT", "ONTUSDT", "IOTAUSDT", "BATUSDT", "VETUSDT",
]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Window:
    """Whole days of a series, as files of the archive: of a month, or of a day."""

    interval: str
    start: str
    end: str
    symbol: str = "BTCUSDT"
    market: str = "spot"
    period: str = "monthly"

    def periods(self) -> list[str]:
        first, last = datetime.date.fromisoformat(self.start), datetime.date.fromisoformat(self.end)
        days = [str(first + datetime.timedelta(days=day)) for day in range((last - first).days + 1)]
        return days if self.period == "daily" else sorted({day[:7] for day in days})

    def targets(self) -> list[str]:
        """Of the zips and their CHECKSUMs."""
        folder = f"/data/{self.market}/{self.period}/klines/{self.symbol}/{self.interval}/{self.symbol}-{self.interval}"
        return [f"{folder}-{period}.zip{end}" for period in self.periods() for end in ("", ".CHECKSUM")]

    def words(self, source: str) -> list[str]:
        return [self.symbol, self.interval, "--start", self.start, "--end", self.end, "--source", source]


EIGHT_YEARS = Window("1h", "2018-01-01", "2025-12-31")
TWO_YEARS = Window("1m", "2022-01-01", "2023-12-31")


@dataclasses.dataclass(frozen=True)
class Run:
    wall: float  # seconds, as all that follow
    rows: int
    bytes: int = 0
    requests: int = 0
    cpu: float = 0.0
    replica_cpu: float = 0.0
    peak: float = 0.0  # MB
    of: int = 1  # so many, of which it is the median

    def cores(self) -> str:
        both = self.cpu + self.replica_cpu
        return f"{both / self.wall:.2f} of {CORES} cores, {self.cpu / self.wall:.2f} klinekeep's; median of {self.of}"

    def has_all_cores(self) -> bool:
        return self.cpu + self.replica_cpu >= 0.95 * CORES * self.wall


def seconds_of(pid: int) -> float:
    """Processor time of a process that runs."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Bench:
    def __init__(self, replica: Replica, folder: pathlib.Path, quick: bool):
        self.replica, self._folder, self.quick = replica, folder, quick
        self.met: list[bool] = []

    def link(self, round_trip_ms: int, bytes_per_second: int = 0) -> None:
        self.replica.admin("POST", "link", {"round_trip_ms": round_trip_ms, "bytes_per_second": bytes_per_second})

    def _environment(self, home: pathlib.Path, url: str) -> dict[str, str]:
        """Of one run: a cache, and a place for what is known of limits, that nobody has used."""
        shutil.rmtree(home, ignore_errors=True)
        (home / "runtime").mkdir(parents=True, mode=0o700)
        own = {
            "KLINEKEEP_REST_URL": url,
            "KLINEKEEP_VISION_URL": url,
            "KLINEKEEP_UPSTREAM": "replica",
            "KLINEKEEP_NOW": NOW,
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_CONFIG_HOME": str(home),
            "XDG_RUNTIME_DIR": str(home / "runtime"),
            "no_proxy": "*",
        }
        return {name: value for name, value in os.environ.items() if not name.startswith("KLINEKEEP_")} | own

    def _asked(self, command, home: pathlib.Path, url: str, **more: str) -> tuple[Run, str]:
        """One run of klinekeep, with more in its environment, and what it said."""
        env = self._environment(home, url) | more
        self.replica.budget("spot", used=0)
        self.replica.clear_log()
        before = seconds_of(self.replica.pid)
        with (home / "said").open("w") as said:
            spent = run(command, env=env, stdout=said)
        replica_cpu = seconds_of(self.replica.pid) - before
        log = self.replica.log()
        size = sum(entry["bytes"] for entry in log)
        return Run(spent.wall, 0, size, len(log), spent.cpu, replica_cpu, spent.peak), (home / "said").read_text()

    def ours(self, words: list[str], url: str | None = None, **environment: str) -> Run:
        home = self._folder / "ours"
        report = home / "report.json"
        command = [KLINEKEEP, "get", *words, "-q", "-f", "arrow", "-o", "/dev/null", "--report", report]
        done, _ = self._asked(command, home, url or self.replica.url, **environment)
        told = json.loads(report.read_text())
        assert told["complete"], told
        return dataclasses.replace(done, rows=told["rows"])

    def gathered(self, windows: list[Window]) -> Run:
        """By the clock of the program."""
        home, first = self._folder / "ours", windows[0]
        what = [first.start, f"{first.end}T23:59:59", first.interval, *(each.symbol for each in windows)]
        command = [sys.executable, ROOT / "bench/wire_gather.py", home / "candles", *what]
        done, said = self._asked(command, home, self.replica.url)
        rows, wall, cpu = said.split()
        return dataclasses.replace(done, rows=int(rows), wall=float(wall), cpu=float(cpu))

    def peer(self, how: str, targets: list[str], by_own_clock: bool = False) -> Run:
        folder = self._folder / "peer"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "files").mkdir(parents=True)
        (folder / "urls").write_text("".join(f"{self.replica.url}{target}\n" for target in targets))
        # Without what only packages need, which makes its start quicker.
        command = [sys.executable, "-I", "-S", ROOT / "bench/wire_peers.py", how, folder / "urls", folder / "files"]
        with (folder / "said").open("w") as said:
            spent = run(command, stdout=said)
        rows, size, seconds = (folder / "said").read_text().split()
        return Run(float(seconds) if by_own_clock else spent.wall, int(rows), int(size), len(targets), spent.cpu)

    def peers(self, targets: list[str], by_own_clock: bool = False) -> dict:
        return {how: lambda how=how: self.peer(how, targets, by_own_clock) for how in ("threads", "aria2c")}

    def warm_up(self, ways: dict) -> Run:
        """All once, over a link without delay, so that the replica makes its files. They must find the same rows: those of a peer."""
        self.link(0)
        runs = {name: way() for name, way in ways.items()}
        assert len({one.rows for one in runs.values()}) == 1, {name: one.rows for name, one in runs.items()}
        return runs["threads"]

    def medians(self, ways: dict, rows: int, most: int = 5) -> dict[str, Run]:
        """In turns; of each the run of median time."""
        runs = {name: [] for name in ways}
        most, patience = (min(most, 2), 2) if self.quick else (most, 8)
        began = time.monotonic()
        for done in range(1, most + 1):
            for name, way in ways.items():
                runs[name].append(way())
                assert runs[name][-1].rows == rows, (name, runs[name][-1].rows, rows)
            if (time.monotonic() - began) * (done + 1) / done > patience:
                break
        by_time = {name: sorted(some, key=lambda one: one.wall) for name, some in runs.items()}
        return {name: dataclasses.replace(some[done // 2], of=done) for name, some in by_time.items()}

    def verdict(self, met: bool) -> str:
        self.met.append(met)
        return "met" if met else "NOT MET"


def title(text: str, *columns: str) -> None:
    print(f"\n{text}\n  {'':7}" + "".join(f"{column:>11}" for column in columns), flush=True)


def line(round_trip_ms: int, figures, verdict: str, *notes: str) -> None:
    told = "".join(f"{figure if isinstance(figure, str) else f'{figure:.3f} s':>11}" for figure in figures)
    print(f"  {round_trip_ms:4} ms{told}  {verdict:8} {'; '.join(notes)}", flush=True)


@dataclasses.dataclass(frozen=True)
class Bar:
    """So many times the better peer, and so many round trips more, of each of our ways; or, where that counts, all cores."""

    factor: float
    trips: dict[str, int]
    or_all_cores: bool = False


def beside_peers(bench: Bench, text: str, bar: Bar, ours: dict, targets: list[str], by_own_clock: bool = False) -> None:
    ways = ours | bench.peers(targets, by_own_clock)
    files = bench.warm_up(ways)
    title(f"{text}: {files.rows:,} rows, {files.bytes / 1e6:.1f} MB", "", "klinekeep", "threads", "aria2c", "bar")
    for round_trip in LINKS:
        bench.link(round_trip)
        taken = bench.medians(ways, files.rows)
        threads, aria2c = taken["threads"].wall, taken["aria2c"].wall
        for name in ours:
            mine = taken[name]
            most = bar.factor * min(threads, aria2c) + bar.trips[name] * round_trip / 1000
            by_cores = bar.or_all_cores and mine.wall > most and mine.has_all_cores()
            notes = [*(["by all cores"] if by_cores else []), f"{mine.requests} requests for {len(targets)}", mine.cores()]
            line(round_trip, (name, mine.wall, threads, aria2c, most), bench.verdict(mine.wall <= most or by_cores), *notes)


def one_window(bench: Bench, text: str, window: Window, bar: Bar) -> None:
    ours = {source: lambda source=source: bench.ours(window.words(source)) for source in bar.trips}
    beside_peers(bench, text, bar, ours, window.targets())


def months(bench: Bench) -> None:
    one_window(bench, "96 monthly 1h files", EIGHT_YEARS, Bar(1.2, {"vision": 2, "auto": 6}))


def whole(bench: Bench) -> None:
    one_window(bench, "32 monthly 1h files without a hole", Window("1h", "2023-04-01", "2025-11-30"), Bar(1.2, {"vision": 2, "auto": 6}))


def minutes(bench: Bench) -> None:
    one_window(bench, "24 monthly 1m files", TWO_YEARS, Bar(1.1, {"vision": 6}, or_all_cores=True))


def days(bench: Bench) -> None:
    """Of an archive that has no monthly ones."""
    bench.replica.fault(match="/monthly/klines/BTCUSDT/1m/", kind="missing")
    one_window(bench, "1,000 daily 1m files", Window("1m", "2023-03-01", "2025-11-24", period="daily"), Bar(1.2, {"vision": 6}))
    bench.replica.clear()


def rest(bench: Bench) -> None:
    """The bar is what klinekeep takes at 0 ms, and six round trips."""
    pages, minute = 45, 60_000
    first = int(datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC).timestamp()) * 1000
    bounds = [(first + page * 1000 * minute, first + (page * 1000 + 999) * minute) for page in range(pages)]
    targets = [f"/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime={start}&endTime={end}&limit=1000" for start, end in bounds]
    words = ["BTCUSDT", "1m", "--start", str(first), "--end", str(bounds[-1][1]), "--source", "rest"]
    ways = {"rest": lambda: bench.ours(words), "threads": lambda: bench.peer("pages", targets)}
    rows = bench.warm_up(ways).rows
    title(f"{pages} pages of REST: {rows:,} rows", "", "klinekeep", "threads", "bar")
    at_once = None
    for round_trip in LINKS:
        bench.link(round_trip)
        taken = bench.medians(ways, rows)
        mine = taken["rest"]
        at_once = at_once or mine.wall
        bar = at_once + 6 * round_trip / 1000
        verdict = bench.verdict(mine.wall <= bar) if round_trip else ""
        figures = ("rest", mine.wall, taken["threads"].wall, bar if round_trip else "")
        line(round_trip, figures, verdict, f"{mine.requests} requests", mine.cores())


def gather(bench: Bench) -> None:
    windows = [Window("1h", "2024-01-01", "2024-12-31", symbol, "futures/um") for symbol in SERIES]
    targets = [target for window in windows for target in window.targets()]
    ours = {"vision": lambda: bench.gathered(windows)}
    text = "20 series, 12 monthly 1h files of each, in one gather"
    beside_peers(bench, text, Bar(1.2, {"vision": 6}), ours, targets, by_own_clock=True)


def link(bench: Bench) -> None:
    rate = 20_000_000
    title("a link of 20 MB/s, monthly 1m files: how much of it is used", "files", "klinekeep", "threads", "bar")
    for round_trip, start, end in ((0, 2022, 2023), (30, 2022, 2025), (100, 2018, 2025)):
        window = Window("1m", f"{start}-01-01", f"{end}-12-31")
        ways = {
            "vision": lambda window=window: bench.ours(window.words("vision")),
            "threads": lambda window=window: bench.peer("threads", window.targets()),
        }
        rows = bench.warm_up(ways).rows
        bench.link(round_trip, rate)
        taken = bench.medians(ways, rows, most=3)
        used = {name: one.bytes / (one.wall * rate) for name, one in taken.items()}
        figures = (str(len(window.periods())), *(f"{100 * share:.1f} %" for share in used.values()), "95 %")
        mine = taken["vision"]
        line(round_trip, figures, bench.verdict(used["vision"] >= 0.95), f"{mine.bytes / 1e6:.0f} MB in {mine.wall:.2f} s", mine.cores())


@contextlib.contextmanager
def slow_link(port: int, round_trip_ms: int):
    """Its port."""
    command = [sys.executable, ROOT / "bench/slow_link.py", str(port), str(round_trip_ms)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def http2(bench: Bench) -> None:
    with contextlib.ExitStack() as stack:
        proxies = [stack.enter_context(FrontProxy(bench.replica, protocol)) for protocol in ("h2", "http/1.1")]
        for text, window in (("96 monthly 1h files", EIGHT_YEARS), ("24 monthly 1m files", TWO_YEARS)):
            by_protocol(bench, text, window, proxies)
        for proxy in proxies:
            spoken = {passed.protocol for passed in proxy.log()}
            assert spoken == {proxy.protocol}, (proxy.protocol, spoken)


def by_protocol(bench: Bench, text: str, window: Window, proxies: list[FrontProxy]) -> None:
    plain = {"vision": lambda: bench.ours(window.words("vision")), "threads": lambda: bench.peer("threads", window.targets())}
    rows = bench.warm_up(plain).rows
    title(f"{text} by nghttpx and TLS", "", "HTTP/2", "HTTP/1.1", "bar")
    for round_trip in LINKS:
        with contextlib.ExitStack() as stack:
            ways = {}
            for proxy in proxies:
                url = f"https://127.0.0.1:{stack.enter_context(slow_link(proxy.port, round_trip))}"
                trusted = str(proxy.certificate)
                ways[proxy.protocol] = lambda url=url, trusted=trusted: bench.ours(window.words("vision"), url, SSL_CERT_FILE=trusted)
            taken = bench.medians(ways, rows)
        mine, bar = taken["h2"], 1.1 * taken["http/1.1"].wall
        figures = ("vision", mine.wall, taken["http/1.1"].wall, bar)
        line(round_trip, figures, bench.verdict(mine.wall <= bar), f"{mine.requests} requests", mine.cores())


def memory(bench: Bench) -> None:
    """The replica makes a month in three seconds, and keeps a year. A peer counts it by months, of which it has all in memory."""
    title("1s at 100 ms: the peak in memory", "", "klinekeep", "bar")
    files, rows, peaks = Window("1s", "2025-01-01", "2025-12-31").targets(), 0, []
    for name, first, last in (("a quarter", 1, 3), ("a year", 4, 12)):
        bench.link(0)
        rows += sum(bench.peer("threads", files[2 * month - 2 : 2 * month]).rows for month in range(first, last + 1))
        bench.link(100)
        mine = bench.ours(Window("1s", "2025-01-01", f"2025-{last:02}-31").words("vision"))
        assert mine.rows == rows, (mine.rows, rows)
        peaks.append(mine.peak)
        growth = mine.peak / peaks[0]
        verdict = bench.verdict(mine.peak <= 500 and growth <= 1.1)
        line(100, (name, f"{mine.peak:.0f} MB", "500 MB"), verdict, f"{growth:.2f} x the quarter", f"{mine.wall:.1f} s", mine.cores())
        if bench.quick:
            return


ROWS = {each.__name__: each for each in (months, whole, minutes, days, rest, gather, link, http2, memory)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--quick", action="store_true", help="two runs at most of each, and no year of 1s")
    asked = parser.parse_args()
    if unknown := set(asked.rows) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    with tempfile.TemporaryDirectory() as name, Replica(now=NOW, frozen=True) as replica:
        bench = Bench(replica, pathlib.Path(name), asked.quick)
        for row in asked.rows or ROWS:
            ROWS[row](bench)
    print(f"\n{sum(bench.met)} of {len(bench.met)} bars met")


if __name__ == "__main__":
    main()
