"""What a cold range costs: 2, 24 and 96 months of 1m from the embedded replica on one core and on two, and the peak of memory over a month, a
quarter and a year of 1s.

  .venv/bin/python bench/cold_range.py [year]     (with the year of 1s: 3 GB in the temporary folder)

The replica makes its files at the first fetch, which is not measured; when they are fetched it takes what it needs of both cores. Wall time is the best of several runs in turns, and tells something
only on a machine that has nothing else to do; processor time, user and system, is that of klinekeep alone. The answers are held against
each other.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from whole_command import run

BIN = pathlib.Path(__file__).resolve().parent.parent / "build/release/bin"
NOW = "2026-09-24T12:00:00Z"
ROUNDS = 5
RANGES = {2: ("2023-11-01", "2023-12-31"), 24: ("2022-01-01", "2023-12-31"), 96: ("2018-01-01", "2025-12-31")}


def get(folder, interval, start, end, cores=None, out="/dev/null"):
    shutil.rmtree(folder / "cache", ignore_errors=True)
    words = [BIN / "klinekeep", "get", "BTCUSDT", interval, "--start", start, "--end", end, "--source", "vision", "-q", "-f", "arrow"]
    return run(
        [*words, "-o", out, "--cache-dir", folder / "cache"],
        preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
    )


def cores_side_by_side(folder, months, window):
    all_cores = sorted(os.sched_getaffinity(0))
    sums, walls, used = {}, {1: [], 2: []}, {1: [], 2: []}
    for count in walls:
        get(folder, "1m", *window, set(all_cores[-count:]), folder / "rows.arrow")
        with (folder / "rows.arrow").open("rb") as rows:  # not into memory: a child's peak begins with what its parent has
            sums[count] = hashlib.file_digest(rows, "sha256").hexdigest()
    for _ in range(ROUNDS):
        for count in walls:
            wall, cpu, _ = get(folder, "1m", *window, set(all_cores[-count:]))
            walls[count].append(wall)
            used[count].append(cpu)
    assert sums[1] == sums[2]
    for count in walls:
        wall, cpu = 1e3 * min(walls[count]), 1e3 * min(used[count])
        print(f"{months} months of 1m, {count} of {len(all_cores)} cores: {wall:6.0f} ms, {cpu / months:5.1f} ms of processor time a month")
    print(f"  one core takes {min(walls[1]) / min(walls[2]):.2f} x as long as two")


def memory(folder, with_year):
    ranges = {"a month": ("2025-03-01", "2025-03-31"), "a quarter": ("2025-03-01", "2025-05-31")}
    if with_year:
        ranges["a year"] = ("2025-01-01", "2025-12-31")
    for name, window in ranges.items():
        _, cpu, peak = get(folder, "1s", *window)
        print(f"{name} of 1s, cold: peak RSS {peak:4.0f} MB, {cpu:5.2f} s of processor time")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        replica = subprocess.Popen([BIN / "klinekeep-replica", "--now", NOW, "--frozen"], stdout=subprocess.PIPE, text=True)
        try:
            url = f"http://127.0.0.1:{replica.stdout.readline().strip()}"
            os.environ |= {"KLINEKEEP_REST_URL": url, "KLINEKEEP_VISION_URL": url, "KLINEKEEP_UPSTREAM": "replica", "KLINEKEEP_NOW": NOW, "XDG_RUNTIME_DIR": name}
            for months, window in RANGES.items():
                cores_side_by_side(folder, months, window)
            memory(folder, "year" in sys.argv[1:])
        finally:
            replica.kill()
            replica.wait()


if __name__ == "__main__":
    main()
