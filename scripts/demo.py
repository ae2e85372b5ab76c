"""make demo: the main job, on the embedded replica of Binance. Needs no network; ends with 0 only when all it shows is true."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from replica_process import Replica  # noqa: E402

KLINEKEEP = ROOT / "build" / "release" / "bin" / "klinekeep"
NOW = "2026-09-24T12:00:00Z"


def heading(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() and "NO_COLOR" not in os.environ else f"\n{text}", flush=True)


class Demo:
    def __init__(self, replica: Replica, folder: pathlib.Path):
        self.replica = replica
        self.folder = folder
        self.env = os.environ | {
            "KLINEKEEP_REST_URL": replica.url,
            "KLINEKEEP_VISION_URL": replica.url,
            "KLINEKEEP_NOW": NOW,
            "XDG_CONFIG_HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
        }

    def run(self, *words: str, capture: bool = False) -> bytes:
        print("$ klinekeep", *words, flush=True)
        began = time.monotonic()
        self.replica.clear_log()
        done = subprocess.run([KLINEKEEP, *words], env=self.env, cwd=self.folder, check=True, stdout=subprocess.PIPE if capture else None)
        spent = time.monotonic() - began
        log = self.replica.log()
        received = sum(entry["bytes"] for entry in log) / 1e6
        print(f"  {len(log)} requests, {received:.2f} MB, {spent * 1000:.0f} ms in all", flush=True)
        return done.stdout or b""


def main() -> None:
    with Replica(now=NOW, frozen=True) as replica, tempfile.TemporaryDirectory() as folder:
        demo = Demo(replica, pathlib.Path(folder))
        print(f"A replica of Binance, REST and archive, listens at {replica.url}; its clock stands at {NOW}.")

        heading("A month of minutes from the archive, each file proven by its SHA-256")
        demo.run("get", "BTCUSDT", "1m", "--start", "2025-04-01", "--end", "2025-04-30", "--source", "vision", "-v", "-o", "month.parquet")

        heading("The last hour from REST, up to the last closed candle")
        demo.run("get", "BTCUSDT", "1m", "--start", "-1h", "--source", "rest", "-v", "-o", "hour.csv")

        heading("The same day from both sources")
        day = ("get", "BTCUSDT", "1m", "--start", "2025-04-11", "--end", "2025-04-11", "--source")
        archive = demo.run(*day, "vision", capture=True)
        rest = demo.run(*day, "rest", capture=True)
        if archive != rest:
            sys.exit("  the two differ")
        print(f"  the same {archive.count(b'%c' % 10) - 1} rows, byte for byte: {len(archive)} bytes of csv")

        heading("A real outage, 2021-02-11 03:41 to 05:00 UTC: a hole that is told, and nothing invented")
        demo.run("get", "BTCUSDT", "1m", "--start", "2021-02-11T03:38", "--end", "2021-02-11T05:02", "--source", "vision", "-v",
                 "-f", "table")

        heading("A look at a month")
        demo.run("get", "BTCUSDT", "4h", "--start", "2025-04-01", "--end", "2025-04-30", "--source", "vision", "-f", "table")


if __name__ == "__main__":
    main()
