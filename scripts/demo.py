"""make demo: the main job, on the embedded replica of Binance. Needs no network; ends with 0 only when all it shows is true."""

from __future__ import annotations

import csv
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from replica_process import Replica  # noqa: E402

KLINEKEEP = ROOT / "build" / "release" / "bin" / "klinekeep"
NOW = "2026-09-24T12:00:45Z"  # what has closed at 12:00 is half a minute old by now, and so is kept
START = "2026-08-01"
CANDLES = ("get", "BTCUSDT", "1m", "--start", START)
NOBODY = "http://127.0.0.1:9"
COLOURS = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def heading(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m" if COLOURS else f"\n{text}", flush=True)


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def check(true: bool, text: str) -> None:
    """What is shown is true, or the demo ends here."""
    if not true:
        sys.exit(f"  NOT SO: {text}")
    say(f"\033[32m✓\033[0m {text}" if COLOURS else f"✓ {text}")


def counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


class Demo:
    def __init__(self, replica: Replica, folder: pathlib.Path):
        self.replica, self.folder = replica, folder
        self.log: list[dict] = []  # what the last command asked
        self.spent = 0.0
        own = {
            "KLINEKEEP_REST_URL": replica.url,
            "KLINEKEEP_VISION_URL": replica.url,
            "KLINEKEEP_UPSTREAM": "replica",  # its port changes, the exchange does not
            "KLINEKEEP_NOW": NOW,
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_CONFIG_HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "no_proxy": "*",
        }
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("KLINEKEEP_")} | own

    def run(self, *words: str, code: int = 0, capture: bool = False, quiet: bool = False, **env: str) -> str:
        """One command, shown; its output where it is captured. It must end with `code`."""
        if not quiet:
            print("$ klinekeep", *words, flush=True)
        self.replica.clear_log()
        began = time.monotonic()
        done = subprocess.run([KLINEKEEP, *words], env=self.env | env, cwd=self.folder, text=True, stdout=subprocess.PIPE if capture else None)
        self.spent = time.monotonic() - began
        self.log = self.replica.log()
        if done.returncode != code:
            sys.exit(f"  it ended with {done.returncode}, not with {code}")
        return done.stdout or ""

    def tell_what_was_asked(self) -> None:
        archive, rest = self.asked()
        files = sum(entry["path"].endswith(".zip") for entry in archive)
        sums = sum(entry["path"].endswith(".CHECKSUM") for entry in archive)
        counts = {"file": files, "checksum": sums, "listing": len(archive) - files - sums, "REST page": len(rest)}
        say(f"asked for {', '.join(counted(count, thing) for thing, count in counts.items() if count)}:")
        say(f"{sum(entry['bytes'] for entry in self.log) / 1e6:.1f} MB in {self.spent * 1000:,.0f} ms, the start of the program included")

    def asked(self) -> tuple[list[dict], list[dict]]:
        """Of the archive, and of REST."""
        rest = [entry for entry in self.log if entry["path"].startswith("/api/")]
        return [entry for entry in self.log if entry not in rest], rest

    def bytes_of(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def json_of(self, name: str) -> dict:
        return json.loads(self.bytes_of(name))


def shortened(lines: list[str], head: int, tail: int) -> list[str]:
    """The first and the last lines, as wide as the terminal."""
    left_out = len(lines) - head - tail
    lines = lines if left_out < 2 else [*lines[:head], f"… {left_out} steps more", *lines[-tail:]]
    width = shutil.get_terminal_size((160, 24)).columns
    return [line if len(line) <= width else line[: width - 1] + "…" for line in lines]


def same_as_the_exchange(demo: Demo, name: str) -> bool:
    """Every value of the file against what the replica's exchange has, as REST prints it."""
    truth = demo.replica.rows("spot", "BTCUSDT", "1m", f"{START}T00:00:00Z", "2026-09-24T12:00:00Z")
    rows = list(csv.reader(demo.bytes_of(name).decode().splitlines()))[1:]
    return len(rows) == len(truth) and all([float(v) for v in mine] == [float(v) for v in its[:11]] for mine, its in zip(rows, truth))


def cold_warm_offline(demo: Demo) -> None:
    heading("Eight weeks of minutes, up to now. What would that take?")
    plan = json.loads(demo.run("plan", *CANDLES[1:], "--json", capture=True, quiet=True))
    text = demo.run("plan", *CANDLES[1:], capture=True)
    print("\n".join(shortened(text.splitlines(), 4, 4)), flush=True)
    check(demo.log == [], "nobody was asked for this")

    heading("Then get them: from both sources, each part from the one that is better for it")
    demo.run(*CANDLES, "-o", "cold.csv", "--report", "report.json")
    demo.tell_what_was_asked()
    cold = demo.spent
    report = demo.json_of("report.json")
    check(all(demo.asked()), "both sources were needed")
    check(len(demo.log) == report["requests"] == plan["requests"], f"{counted(plan['requests'], 'request')}, as planned")
    check(same_as_the_exchange(demo, "cold.csv"), f"{counted(report['rows'], 'candle')}, each value as the exchange has it, to the bit")

    heading("The same again: they are kept")
    demo.run(*CANDLES, "-o", "warm.csv")
    check(demo.log == [], f"no request, {demo.spent * 1000:,.0f} ms instead of {cold * 1000:,.0f}, most of them for writing csv")
    check(demo.bytes_of("warm.csv") == demo.bytes_of("cold.csv"), "the same file, byte for byte")

    heading("And offline, with both sources unplugged")
    demo.run(*CANDLES, "--source", "cache", "-o", "offline.csv", KLINEKEEP_REST_URL=NOBODY, KLINEKEEP_VISION_URL=NOBODY)
    check(demo.bytes_of("offline.csv") == demo.bytes_of("cold.csv"), "the same file, byte for byte")


def damage_and_repair(demo: Demo) -> None:
    heading("A bit rots in the cache")
    path = pathlib.Path(demo.run("cache", "path", "BTCUSDT", "1m", "2026-08", capture=True, quiet=True).rstrip("\n"))
    partition = bytearray(path.read_bytes())
    partition[len(partition) // 2] ^= 1
    path.write_bytes(partition)
    demo.run("cache", "validate", code=4)
    demo.run("cache", "repair")
    demo.tell_what_was_asked()
    files = [entry["path"] for entry in demo.asked()[0] if entry["path"].endswith(".zip")]
    check(bool(files) and all("-2026-08" in file for file in files), "what the damaged file held was fetched again, and no other month")
    demo.run("cache", "validate")
    demo.run(*CANDLES, "-o", "healed.csv", quiet=True)
    check(demo.log == [] and demo.bytes_of("healed.csv") == demo.bytes_of("cold.csv"), "the same candles as before the damage")


def look_around(demo: Demo) -> None:
    heading("What is kept: a month of a series is an Arrow file that any Arrow library reads")
    demo.run("cache", "ls")

    heading("A look at a month")
    demo.run("get", "BTCUSDT", "4h", "--start", "2025-04-01", "--end", "2025-04-30", "-f", "table")

    heading("A real outage, 2021-02-11 03:41 to 05:00 UTC: a hole that is told, and nothing invented")
    demo.run("get", "BTCUSDT", "1m", "--start", "2021-02-11T03:38", "--end", "2021-02-11T05:02", "-f", "table", "--report", "outage.json")
    gaps = demo.json_of("outage.json")["gaps"]
    for gap in gaps:
        say(f"no candle from {gap['from']} to {gap['to']}: {gap['reason']}")
    check([(gap["from"], gap["to"]) for gap in gaps] == [("2021-02-11T03:41:00Z", "2021-02-11T04:59:00Z")], "the report names the hole, to the minute")


FROM_PYTHON = """\
from klinekeep import DataSourceManager

with DataSourceManager() as manager:
    df = manager.get_data_sync("BTCUSDT", interval="1m", start_time=start, end_time=now, columns=["open", "close", "volume"])
print(df.tail(3))
print(df.attrs["klinekeep"])
"""


def from_python(demo: Demo) -> None:
    heading("The same candles from Python")
    print("\n".join(f">>> {line}" if line else ">>>" for line in FROM_PYTHON.splitlines()), flush=True)
    demo.replica.clear_log()
    names = {"start": datetime.datetime.fromisoformat(START), "now": datetime.datetime.fromisoformat(NOW)}
    os.environ.update(demo.env)
    exec(FROM_PYTHON, names)
    closes = [float(row[4]) for row in list(csv.reader(demo.bytes_of("cold.csv").decode().splitlines()))[1:]]
    check(demo.replica.log() == [] and list(names["df"]["close"]) == closes, "no request, and every close as in the csv")


def main() -> None:
    with Replica(now=NOW, frozen=True) as replica, tempfile.TemporaryDirectory() as folder:
        print(f"A replica of Binance, REST and archive, listens at {replica.url}; its clock stands at {NOW}.")
        demo = Demo(replica, pathlib.Path(folder))
        cold_warm_offline(demo)
        damage_and_repair(demo)
        look_around(demo)
        from_python(demo)


if __name__ == "__main__":
    main()
