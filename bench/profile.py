"""Where the time of a command goes: shares of the processor time of whole runs of klinekeep against the embedded replica, by what is done.

  .venv/bin/python bench/profile.py    (needs perf, of the package linux-perf)

Each run is sampled by its own clock ticks, 2,000 a second; a sample belongs to the first line below that its function or its library fits.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

BIN = pathlib.Path(__file__).resolve().parent.parent / "build/release/bin"
NOW = "2026-09-24T12:00:00Z"
CLASSES = {  # what is done: of "library function"
    "inflate (ISA-L)": r"libisal.* (?!.*crc)",
    "SHA-256 (OpenSSL)": r"libcrypto|OPENSSL|EVP_",
    "CRC-32": r"crc32",
    "CSV to columns": r"take_groups|find_separators|take_by_|plain_row|CsvParser|RowsAhead|memchr",
    "columns to text": r"CsvWriter|JsonWriter|number_text|put_|to_chars|cli::",
    "XXH3": r"[Xx][Xx][Hh]3",
    "judging rows": r"settle|grid_run|coverage|adjacent_find",
    "memory: faults, moving and giving back": r"page_fault|clear_page|do_anonymous|mremap|move_pt|unmap|madvise|folio_add_new|memcg|zap_|free_unref|alloc_pages",
    "writing files (kernel)": r"kernel.*(copy_folio_from_iter|ext4|iomap|filemap|write_|jbd2|block|blk|folio|dirty|bio|xas|xa_)",
    "reading, network and files (kernel, libcurl)": r"kernel.*(tcp|sk[b_]|recv|copy_to_iter|_copy_to_user|net|ip_|poll|loopback)|libcurl",
    "loading and starting": r"ld-linux|libarrow|libprotobuf|do_user_addr|elf|ELF",
    "copying": r"memmove|memcpy|memset",
    "other, of the kernel": r"kernel",
}


def shares(command, env, folder):
    data = folder / "perf.data"
    subprocess.run(["perf", "record", "-q", "-F", "2000", "-e", "cpu-clock", "-o", data, "--", *command], env=env, check=True, stderr=subprocess.DEVNULL)
    report = ["perf", "report", "-i", data, "--stdio", "-q", "--no-children", "-F", "overhead,dso,sym", "-t", "\t"]
    lines = subprocess.run(report, capture_output=True, text=True, check=True).stdout.splitlines()
    found = dict.fromkeys([*CLASSES, "other"], 0.0)
    for line in filter(None, lines):
        percent, library, function = (part.strip() for part in line.split("\t"))
        fits = (name for name, pattern in CLASSES.items() if re.search(pattern, f"{library} {function}"))
        found[next(fits, "other")] += float(percent.rstrip("%"))
    return found


def main():
    if not shutil.which("perf"):
        raise SystemExit("perf is not here: apt-get install linux-perf")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        replica = subprocess.Popen([BIN / "klinekeep-replica", "--now", NOW, "--frozen"], stdout=subprocess.PIPE, text=True)
        try:
            url = f"http://127.0.0.1:{replica.stdout.readline().strip()}"
            env = os.environ | {"KLINEKEEP_REST_URL": url, "KLINEKEEP_VISION_URL": url, "KLINEKEEP_UPSTREAM": "replica", "KLINEKEEP_NOW": NOW, "XDG_RUNTIME_DIR": name}
            quarter = ["get", "BTCUSDT", "1s", "--start", "2025-03-01", "--end", "2025-05-31", "--source", "vision", "-q", "-f", "arrow", "-o", "/dev/null"]
            years = ["get", "BTCUSDT", "1m", "--start", "2022-01-01", "--end", "2024-12-31", "-q", "-f", "csv", "-o", "/dev/null"]
            runs = {
                "a quarter of 1s, cold, from the archive": [*quarter, "--cache-dir", folder / "cold"],
                "three years of 1m, warm, as csv": [*years, "--cache-dir", folder / "warm"],
            }
            subprocess.run([BIN / "klinekeep", *quarter, "--cache-dir", folder / "before"], env=env, check=True)  # the replica makes its files
            subprocess.run([BIN / "klinekeep", *years, "--cache-dir", folder / "warm"], env=env, check=True)
            for title, words in runs.items():
                print(f"\n{title}")
                for kind, percent in sorted(shares([BIN / "klinekeep", *words], env, folder).items(), key=lambda item: -item[1]):
                    if percent >= 0.5:
                        print(f"  {kind:46} {percent:5.1f} %")
        finally:
            replica.kill()
            replica.wait()


if __name__ == "__main__":
    main()
