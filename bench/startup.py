"""What a run of the program costs beside loading its libraries: `--version`, and a day from the cache.

Milliseconds of one core, user and system, of a run: the median of many, taken in turn with a program that loads the same libraries and
does nothing. What is printed is proven right first.

usage: startup.py [RUNS]    (101)
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

from whole_command import run

BUILD = pathlib.Path(__file__).resolve().parent.parent / "build/release"
KLINEKEEP = BUILD / "bin/klinekeep"
NOTHING = BUILD / "bench/klinekeep-bench-nothing"


def libraries(program):
    lines = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted(line.split()[0] for line in lines)


def get(interval, day, *words):
    return [KLINEKEEP, "get", "COIN0000USDT", interval, "--start", day, "--end", day, "-q", "-f", "csv", *words]


def lines_of(command, env):
    return subprocess.run(command, env=env, capture_output=True, check=True).stdout.count(b"\n")


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 101
    root = pathlib.Path(tempfile.mkdtemp(prefix="klinekeep-startup-"))
    env = {"PATH": os.environ["PATH"], "HOME": str(root), "XDG_RUNTIME_DIR": str(root), "KLINEKEEP_CACHE_DIR": str(root / "cache")}
    try:
        for interval in ("1d", "1m", "1s"):
            subprocess.run([BUILD / "bench/klinekeep-bench-make_cache", root / "cache", "1", interval], check=True)
        work = {
            "nothing": [NOTHING],
            "--version": [KLINEKEEP, "--version"],
            "get of a day of 1m, source cache": get("1m", "2016-01-02", "--source", "cache"),
            "get of a day of 1m": get("1m", "2016-01-02"),
            "get of a day of 1s as Arrow": [*get("1s", "2016-01-02")[:-1], "arrow"],
        }
        assert libraries(KLINEKEEP) == libraries(NOTHING)
        assert lines_of(work["get of a day of 1m"], env) == lines_of(work["get of a day of 1m, source cache"], env) == 1_441
        taken = {name: [] for name in work}
        for _ in range(runs):
            for name, command in work.items():
                taken[name].append(run(command, env=env, stdout=subprocess.DEVNULL))
        base = statistics.median(spent.cpu for spent in taken["nothing"])
        for name, times in taken.items():
            used = statistics.median(spent.cpu for spent in times)
            wall = statistics.median(spent.wall for spent in times)
            print(f"{name:36} {used * 1000:6.1f} ms ({(used - base) * 1000:+5.1f}), by the clock {wall * 1000:6.1f} ms")
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
