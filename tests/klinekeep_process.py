"""Runs the real klinekeep, for tests in Python. Nothing of the user's environment reaches the program under test."""

from __future__ import annotations

import csv
import io
import json
import os
import pathlib
import subprocess

from replica_process import Replica

TESTS = pathlib.Path(__file__).resolve().parent
RELEASE = TESTS.parent / "build/release/bin/klinekeep"
# Absolute: it is started in other folders than ours.
BINARY = str(pathlib.Path(os.environ.get("KLINEKEEP_BIN", RELEASE)).resolve())
NOW = "2026-09-24T12:00:00Z"


def without_sanitizer() -> str:
    """The binary under test, but the release build in the place of a sanitizer's, which needs memory and descriptors of its own."""
    code = pathlib.Path(BINARY).read_bytes()
    return str(RELEASE) if b"__asan_init" in code or b"__tsan_init" in code else BINARY


class Result:
    def __init__(self, code: int, out: bytes, err: str):
        self.code, self.out, self.err = code, out, err

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def rows(self) -> list[dict[str, str]]:
        """csv output as dictionaries of text."""
        return list(csv.DictReader(io.StringIO(self.text)))

    @property
    def times(self) -> list[int]:
        return [int(row["open_time"]) for row in self.rows]

    def ok(self) -> Result:
        assert self.code == 0, self.err
        return self


class Klinekeep:
    """The command line with an environment of its own. `cached = False`: each `get` and `plan` is one without the cache."""

    cached = True
    binary = BINARY

    def __init__(self, home: pathlib.Path, replica: Replica | None, now: str | None = NOW):
        self.home, self.replica = home, replica
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_RUNTIME_DIR": str(home / "run"),
            "LC_ALL": "C.UTF-8",
            "KLINEKEEP_UPSTREAM": "binance",  # which the replica stands for, at whatever port
        }
        (home / "run").mkdir(mode=0o700, exist_ok=True)
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        if replica is not None:
            self.env |= {"KLINEKEEP_REST_URL": replica.url, "KLINEKEEP_VISION_URL": replica.url}
        if now is not None:
            self.env["KLINEKEEP_NOW"] = now

    def popen(self, *arguments, env: dict | None = None, **options) -> subprocess.Popen:
        words = [str(word) for word in arguments]
        if not self.cached and words[:1] in (["get"], ["plan"]):
            words.insert(1, "--no-cache")
        command = [self.binary, *words]
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL} | options
        return subprocess.Popen(command, env=self.env | (env or {}), cwd=self.home, **options)

    def __call__(self, *arguments, env: dict | None = None, **options) -> Result:
        with self.popen(*arguments, env=env, **options) as process:
            out, err = process.communicate(timeout=240)
        return Result(process.returncode, out or b"", (err or b"").decode())

    def get(self, symbol, interval, start, end, source, *more, market="spot", **options) -> Result:
        """`get` with a report; a failure's message is in .err."""
        arguments = ["get", symbol, interval, "--start", start, "--market", market, "--source", source, "-q", *more]
        if end is not None:
            arguments += ["--end", end]
        return self(*arguments, **options)

    def report(self, symbol, interval, start, end, source, *more, **options) -> tuple[Result, dict]:
        path = self.home / "report.json"
        path.unlink(missing_ok=True)
        result = self.get(symbol, interval, start, end, source, "--report", path, *more, **options)
        return result, json.loads(path.read_text()) if path.exists() else {}
