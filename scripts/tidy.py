"""clang-tidy over our own sources that are in a build's compile_commands.json, some at a time. Exit 0 when all are clean."""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OURS = tuple(str(ROOT / folder) + "/" for folder in ("src", "cli", "replica"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("-j", type=int, default=2)
    arguments = parser.parse_args()
    commands = json.loads((pathlib.Path(arguments.build) / "compile_commands.json").read_text())
    files = sorted({entry["file"] for entry in commands if entry["file"].startswith(OURS)})
    # g++'s own flags mean nothing to clang, and its library's stable_sort calls what the library itself deprecates.
    foreign = ["--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-deprecated-declarations"]
    tidy = [str(ROOT / ".venv/bin/clang-tidy"), "-p", arguments.build, "--quiet", *foreign]

    def check(file: str) -> tuple[str, int, str]:
        done = subprocess.run([*tidy, file], capture_output=True, text=True)
        return file, done.returncode, done.stdout

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.j) as pool:
        for file, code, output in pool.map(check, files):
            if code:
                failed += 1
                print(f"{file}:\n{output}", flush=True)
    print(f"clang-tidy: {len(files)} files, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
