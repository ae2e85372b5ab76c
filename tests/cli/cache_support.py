"""What the suites of the cache and of the selection of sources share: a look at the folder, at the replica's log, at the truth."""

from __future__ import annotations

import collections
import datetime
import json
import pathlib
import random
import re
import shutil
import socket

from klinekeep_process import Klinekeep, Result
from replica_process import Replica, to_ms

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOBODY = "http://127.0.0.1:9"
NO_SOURCE = {"KLINEKEEP_REST_URL": NOBODY, "KLINEKEEP_VISION_URL": NOBODY}
PAGES = r"/v\d/klines"  # of REST; files of the archive lie in folders named klines too
NO_REST, NO_ARCHIVE = {"KLINEKEEP_REST_URL": NOBODY}, {"KLINEKEEP_VISION_URL": NOBODY}
PARTITION = re.compile(r"(spot|um|cm)/data/[^/]+/[^/]+/\d{6}(\.tail)?\.arrow")
KNOWN = re.compile(r"(spot|um|cm)/(data/[^/]+/[^/]+/(\d{6}(\.tail)?\.arrow|series\.json|[^/]*\.lock)|metadata/cache_index\.json|(data|metadata)/(.*/)?[^/]*\.lock|quarantine/.*)|metadata/(usage\.json|\.lock)|[^/]*\.lock")


def iso(ms: int) -> str:
    """As the reports write times."""
    moment = datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)
    return moment.isoformat(timespec="milliseconds" if ms % 1000 else "seconds").replace("+00:00", "Z")


class Cache:
    """The cache folder from outside."""

    def __init__(self, kk: Klinekeep, root: pathlib.Path | None = None):
        self.kk, self.root = kk, root or kk.home / "cache" / "klinekeep"

    def files(self) -> list[str]:
        return sorted(str(p.relative_to(self.root)) for p in self.root.rglob("*") if p.is_file() or p.is_symlink())

    def partitions(self) -> list[pathlib.Path]:
        return [self.root / name for name in self.files() if PARTITION.fullmatch(name)]

    def partition(self, symbol="BTCUSDT", interval="1h", month="202403", market="spot", tail=False) -> pathlib.Path:
        return self.root / market / "data" / symbol / interval / f"{month}{'.tail' if tail else ''}.arrow"

    def quarantined(self) -> list[str]:
        return [name for name in self.files() if "/quarantine/" in name]

    def strays(self) -> list[str]:
        """Temporaries and the like: nothing that belongs into a cache."""
        return [name for name in self.files() if not KNOWN.fullmatch(name)]

    def contents(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.root)): p.read_bytes() for p in self.partitions()}

    def flags(self) -> list:
        return ["--cache-dir", self.root]

    def assert_sound(self) -> None:
        """Every byte is as it should be, and nothing lies about half-written."""
        result = self.kk("cache", "validate", *self.flags())
        assert result.code == 0, result.text + result.err
        assert self.strays() == []


def set_now(kk: Klinekeep, now: str | int) -> None:
    """The exchange's clock and ours."""
    kk.replica.clock(now)
    kk.env["KLINEKEEP_NOW"] = iso(to_ms(now))


def forget_waits(kk: Klinekeep) -> None:
    """The machine's memory of bans and budgets."""
    shutil.rmtree(kk.home / "run")
    (kk.home / "run").mkdir(mode=0o700)
    for market in ("spot", "um", "cm"):
        kk.replica.budget(market, used=0)


def patience(kk: Klinekeep, milliseconds: int) -> None:
    """A request's time in all, 30 s by default."""
    config = kk.home / "config" / "klinekeep" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f"request_timeout_ms = {milliseconds}\n")


def kind_of(entry: dict) -> str:
    path, query = entry["path"], entry["query"]
    if path.endswith(".zip.CHECKSUM"):
        return "checksum"
    if path.endswith(".zip"):
        return "monthly" if "/monthly/" in path else "daily"
    if "prefix" in query:
        return "list"
    if path.endswith("/klines"):
        return "first" if query.get("startTime") == "0" else "rest"
    return path


def shape(replica: Replica) -> dict[str, int]:
    """How often each kind of thing was asked: daily, monthly, rest (pages), list, first, or a path; CHECKSUMs left out."""
    counts = collections.Counter(kind_of(entry) for entry in replica.log())
    del counts["checksum"]
    return dict(counts)


def asked(replica: Replica) -> list[str]:
    return [entry["target"] for entry in replica.log()]


def files_asked(replica: Replica) -> list[str]:
    return [e["path"].rpartition("/")[2] for e in replica.log("/data/") if e["path"].endswith(".zip")]


def values(result: Result) -> list[tuple[float, ...]]:
    return [tuple(float(value) for value in row.values()) for row in result.ok().rows]


def truth(replica: Replica, market: str, symbol: str, interval: str, start, end) -> list[tuple[float, ...]]:
    """The candles that open in [start, end], from the replica's own mouth."""
    return [tuple(float(v) for v in row[:11]) for row in replica.rows(market, symbol, interval, start, to_ms(end) + 1)]


def ranges(entries: list[dict]) -> list[tuple[str, str, str]]:
    """Gaps (from, to, reason) or missing ranges (from, to, cause) of a report."""
    return [(e["from"], e["to"], e.get("reason", e.get("cause"))) for e in entries]


def plan(kk: Klinekeep, symbol, interval, start, end, source, *more, market="spot", **options) -> dict:
    arguments = ["plan", symbol, interval, "--start", start, "--end", end, "--market", market, "--source", source, "--json"]
    return json.loads(kk(*arguments, *more, **options).ok().text)


def json_of(result: Result):
    return json.loads(result.ok().text)


def damage(rng: random.Random, paths: list[pathlib.Path]) -> None:
    """One of: bits, cut, longer, a page of zeros, a splice, another's footer, two swapped. Always a new inode."""
    path, other = rng.choice(paths), rng.choice(paths)
    data, others = bytearray(path.read_bytes()), other.read_bytes()
    if not data or not others:
        return
    kind = rng.randrange(7)
    place = rng.choice([rng.randrange(len(data)), rng.randrange(max(0, len(data) - 2500), len(data)), rng.randrange(min(1500, len(data)))])
    if kind == 0:
        for _ in range(rng.randint(1, 8)):
            data[min(len(data) - 1, place + rng.randrange(64))] ^= 1 << rng.randrange(8)
    elif kind == 1:
        del data[place:]
    elif kind == 2:
        data += rng.randbytes(rng.randint(1, 5000))
    elif kind == 3:
        data[place : place + 4096] = bytes(len(data[place : place + 4096]))
    elif kind == 4:
        data[place:] = others[place:]
    elif kind == 5:
        data[-2500:] = others[-2500:]
    else:
        replace(other, bytes(data))
        data = bytearray(others)
    replace(path, bytes(data))


def replace(path: pathlib.Path, data: bytes) -> None:
    """By a rename, as another program would that copies a file back."""
    new = path.with_name("new")
    new.write_bytes(data)
    new.rename(path)


class Ear:
    """A port that hears who knocks. A URL, and how many connected."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._socket.setblocking(False)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.env = {"KLINEKEEP_REST_URL": self.url, "KLINEKEEP_VISION_URL": self.url}

    def __enter__(self) -> Ear:
        return self

    def __exit__(self, *_) -> None:
        self._socket.close()

    def knocks(self) -> int:
        count = 0
        while True:
            try:
                self._socket.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1
