"""What a cache of many partitions costs: `cache ls` and `stats` with a catalogue that fits, a stale one and none; one month read.

Seconds of one core, user and system: all is in the page cache and on one thread, so that is what a machine with nothing else to do takes.

usage: scale.py [PARTITIONS]    (50000; a tenth of a gigabyte for each 10000, in /dev/shm where there is such a place)
"""

import json
import os
import resource
import pathlib
import shutil
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(__file__).resolve().parent.parent / "build/release"
KLINEKEEP = BUILD / "bin/klinekeep"
ONE_MONTH = ["get", "COIN0003USDT", "1d", "--start", "2020-05-01", "--end", "2020-05-31", "--source", "cache", "-q"]


def run(root, *words):
    env = {"PATH": os.environ["PATH"], "HOME": str(root), "XDG_RUNTIME_DIR": str(root)}
    done = subprocess.run([KLINEKEEP, *words, "--cache-dir", root / "cache"], env=env, capture_output=True, check=True)
    return done.stdout


def used():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def seconds(root, *words, times=3):
    """The best of a few: the machine may be busy with other things."""
    best = float("inf")
    for _ in range(times):
        begin = used()
        run(root, *words)
        best = min(best, used() - begin)
    return best


def measure(root, partitions):
    subprocess.run([BUILD / "bench/klinekeep-bench-make_cache", root / "cache", str(partitions)], check=True)
    print(f"{partitions:,} partitions")
    index = root / "cache/spot/metadata/cache_index.json"
    print(f"  get of one month from the cache            {seconds(root, *ONE_MONTH, times=5) * 1000:6.0f} ms")
    print(f"  cache ls, no catalogue yet                 {seconds(root, 'cache', 'ls', times=1):6.2f} s")
    print(f"  cache ls                                   {seconds(root, 'cache', 'ls'):6.2f} s")
    print(f"  cache ls --json                            {seconds(root, 'cache', 'ls', '--json'):6.2f} s")
    print(f"  cache stats                                {seconds(root, 'cache', 'stats'):6.2f} s")
    print(f"  cache ls of one symbol                     {seconds(root, 'cache', 'ls', 'COIN0003USDT'):6.2f} s")
    victims = sorted((root / "cache/spot/data").glob("*/1d/201601.arrow"))
    for path in victims:
        path.unlink()
    print(f"  cache ls, {len(victims)} partitions gone               {seconds(root, 'cache', 'ls', times=1):6.2f} s")
    index.write_text("rubbish")
    print(f"  cache ls, the catalogue rubbish            {seconds(root, 'cache', 'ls', times=1):6.2f} s")
    assert json.loads(run(root, "cache", "stats", "--json"))["all"]["partitions"] == partitions - len(victims)


def main():
    partitions = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    memory = pathlib.Path("/dev/shm")
    for count in (max(1, partitions // 50), partitions):
        root = pathlib.Path(tempfile.mkdtemp(prefix="klinekeep-scale-", dir=memory if os.access(memory, os.W_OK) else None))
        try:
            measure(root, count)
        finally:
            shutil.rmtree(root)


if __name__ == "__main__":
    main()
