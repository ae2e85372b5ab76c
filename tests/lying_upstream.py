"""A small stand-in for both upstreams, REST and archive in one, that lies by omission when it is told to: for C12 of the contract.

What candles there are is one function of time (Series), its clock is a number that tests set, and each lie is taken back by `truth()`,
as a glitch of the real ones ends. It shares no code with klinekeep or its replica: what it says of pages, files and listings is BINANCE.md.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import email.utils
import functools
import hashlib
import http.client
import http.server
import io
import json
import re
import threading
import time
import urllib.parse
import zipfile
from collections.abc import Iterable, Iterator

from replica_process import to_ms

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
STEPS = {"1s": SECOND, "1m": MINUTE, "15m": 15 * MINUTE, "1h": HOUR, "1d": DAY, "3d": 3 * DAY, "1w": 7 * DAY}
PHASES = {"3d": DAY, "1w": 4 * DAY}  # days mod 3 = 1; Mondays
REST_PATH = {"/api/v3": "spot", "/fapi/v1": "um", "/dapi/v1": "cm"}
FOLDER = {"spot": "spot", "um": "futures/um", "cm": "futures/cm"}
MOST_ROWS = {"spot": 1000, "um": 1500, "cm": 1500}
MONTHLY_ONLY = ("3d", "1w", "1M")
SPOT_IN_MICROSECONDS = to_ms("2025-01-01")
PAGES, FILES, LISTINGS = r"/v\d/klines", r"\.zip", r"prefix="  # what a lie is told on


def utc(ms: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)


def next_month(ms: int) -> int:
    year, month = divmod(utc(ms).year * 12 + utc(ms).month, 12)
    return to_ms(datetime.datetime(year, month + 1, 1))


@dataclasses.dataclass(frozen=True)
class Series:
    """The truth of one series: each slot from `first` on, before `last`, but for its holes, which are half-open ranges."""

    market: str
    symbol: str
    interval: str
    first: str | int
    last: str | int = "2100-01-01"
    holes: tuple = ()

    @property
    def archive_interval(self) -> str:
        return "1mo" if self.interval == "1M" else self.interval

    def next(self, slot: int) -> int:
        return next_month(slot) if self.interval == "1M" else slot + STEPS[self.interval]

    def ceil(self, ms: int) -> int:
        if self.interval == "1M":
            month = to_ms(utc(ms).strftime("%Y-%m-01"))
            return month if month == ms else next_month(ms)
        return ms + (PHASES.get(self.interval, 0) - ms) % STEPS[self.interval]

    def opens(self, begin: int, end: int) -> Iterator[int]:
        """The candles that open in [begin, end)."""
        slot, end = self.ceil(max(begin, to_ms(self.first))), min(end, to_ms(self.last))
        holes = [(to_ms(a), to_ms(b)) for a, b in self.holes]
        while slot < end:
            if not any(a <= slot < b for a, b in holes):
                yield slot
            slot = self.next(slot)

    def row(self, slot: int, forming: bool = False) -> list:
        """As REST prints it; a candle that forms has other values than it will have."""
        n = slot // 1000 * 7919 % 9973
        low, high = 100 + n / 64, 100 + n / 64 + (1 if forming else 3)
        numbers = [low + 0.5, high, low, low + 0.75 + (0 if forming else 1), (n + 1) / (8 if forming else 4)]
        quote, trades, taker = numbers[4] * 100, n + (0 if forming else 5), numbers[4] / 2
        text = [f"{value:.8f}" for value in (*numbers, quote, taker, taker * 100)]
        return [slot, *text[:5], self.next(slot) - 1, text[5], trades, *text[6:], "0"]

    def values(self, slots: Iterable[int]) -> list[tuple[float, ...]]:
        """The closed candles, to be compared with `cache_support.values`."""
        return [tuple(float(value) for value in self.row(slot)[:11]) for slot in slots]

    def csv(self, slots: Iterable[int]) -> bytes:
        lines = []
        for slot in slots:
            row = self.row(slot)
            if self.market == "spot" and slot >= SPOT_IN_MICROSECONDS:
                row[0], row[6] = row[0] * 1000, row[6] * 1000 + 999
            lines.append(",".join(map(str, row)))
        return ("\n".join(lines) + "\n").encode()

    def file(self, granularity: str, begin: int) -> File:
        stamp = utc(begin).strftime("%Y-%m" if granularity == "monthly" else "%Y-%m-%d")
        name = f"{self.symbol}-{self.archive_interval}-{stamp}.zip"
        folder = f"data/{FOLDER[self.market]}/{granularity}/klines/{self.symbol}/{self.archive_interval}/"
        return File(self, folder + name, begin, next_month(begin) if granularity == "monthly" else begin + DAY)

    def files(self, granularity: str, until: int) -> Iterator[File]:
        """Those of periods with a candle, before `until`."""
        if granularity == "daily" and self.interval in MONTHLY_ONLY:
            return
        begin = to_ms(utc(to_ms(self.first)).strftime("%Y-%m-01" if granularity == "monthly" else "%Y-%m-%d"))
        while begin < min(until, to_ms(self.last)):
            file = self.file(granularity, begin)
            if next(self.opens(file.begin, file.end), None) is not None:
                yield file
            begin = file.end


@dataclasses.dataclass(frozen=True)
class File:
    series: Series
    key: str
    begin: int
    end: int

    @property
    def published(self) -> int:
        """Five hours after a day, three days after a month, when its last candle has closed."""
        return _complete(self) + (5 * HOUR if "/daily/" in self.key else 3 * DAY)


@functools.lru_cache(maxsize=10_000)
def _complete(file: File) -> int:
    """When the last candle that opens in it has closed."""
    return max(file.end, file.series.next(max(file.series.opens(file.begin, file.end))))


@dataclasses.dataclass
class Lie:
    """Told on targets (path?query) that `on` is found in; of requests the first `skip` are spared, and `times` get it."""

    kind: str
    on: str
    times: int | None
    skip: int
    given: dict
    told: int = 0

    def __getattr__(self, name):
        try:
            return self.given[name]
        except KeyError:
            raise AttributeError(name) from None

    def fits(self, target: str) -> bool:
        return re.search(self.on, target) is not None

    def takes(self, target: str) -> bool:
        if not self.fits(target):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None and self.told >= self.times:
            return False
        self.told += 1
        return True

    def keeps(self, slot: int) -> bool:
        return self.covers(slot) == (self.kind == "only")

    def covers(self, instant: int) -> bool:
        return to_ms(self.given.get("begin", 0)) <= instant < to_ms(self.given.get("end", "2100-01-01"))

    def concerns(self, file: File) -> bool:
        """Whether it changes that file of the archive."""
        if not _of_files(self) or not self.fits(file.key):
            return False
        if self.kind == "hidden":
            return self.covers(file.begin)
        return self.kind == "modified" or not all(map(self.keeps, file.series.opens(file.begin, file.end)))


@dataclasses.dataclass
class Asked:
    path: str
    query: dict[str, str]
    target: str


class Upstream:
    """One host that is both. A context manager; `now` is its clock, and it stands until it is set (`real_time`: it runs).

    with Upstream([Series("spot", "BTCUSDT", "1h", "2024-01-01")], now="2024-06-01") as up:
        up.lie("empty", PAGES, times=1)

    | lie | told on | what it does |
    | --- | --- | --- |
    | empty | PAGES, LISTINGS | `[]`; a listing without a key |
    | first, last | PAGES | only the first, or last, `rows` of a page |
    | only, without | PAGES | rows that open in [begin, end) alone, or all but those, as if REST had no others |
    | only, without | FILES | the same of what files hold, with hashes that fit; `modified`: their Last-Modified |
    | only, without | LISTINGS | the same of the files that are listed, by the begin of their periods |
    | hidden | FILES | 404, and not listed; with `begin` and `end` only periods that begin there |
    | modified | FILES | Last-Modified is `at`, in the listing too |
    | unknown | PAGES | -1121 |
    | status | any | that `status`; `retry_after` |
    | date | any | Date is off by `ms`; without it there is none |
    | slow | any | between head and body `seconds` pass, of the machine's clock |
    | held | any | between head and body it waits for `until`, an Event, and sets `begun`, another |
    | clock | any | the clock moves on by `before` after the head and before the body is made, by `after` when it is sent |

    Of FILES a lie stands until it is taken back, then they are rewritten with a Last-Modified of that instant; others count requests.
    """

    def __init__(self, series: Iterable[Series] = (), now: str | int = 0):
        self.series, self._now, self.real_time = list(series), to_ms(now), False
        self.onboard: dict[str, int] = {}
        self.lies: list[Lie] = []
        self._healed: list[tuple[Lie, int]] = []
        self.log: list[Asked] = []
        self._lock, self._zips = threading.RLock(), {}
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __enter__(self) -> Upstream:
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reset(self, series: Iterable[Series], now: str | int) -> None:
        """As good as new, at the same URL."""
        with self._lock:
            self.series, self.now, self.real_time = list(series), to_ms(now), False
            self.onboard, self.lies, self._healed, self.log, self._zips = {}, [], [], [], {}

    @property
    def now(self) -> int:
        return round(time.time() * 1000) if self.real_time else self._now

    @now.setter
    def now(self, instant: str | int) -> None:
        self._now = to_ms(instant)

    # -- lies ---------------------------------------------------------------------------------------------------------------

    def lie(self, kind: str, on: str, *, times: int | None = None, skip: int = 0, **given) -> Lie:
        with self._lock:
            self.lies.append(Lie(kind, on, times, skip, given))
            return self.lies[-1]

    def truth(self) -> None:
        """Takes all lies back."""
        with self._lock:
            self._healed += [(lie, self.now) for lie in self.lies if _of_files(lie)]
            self.lies = []

    def _told(self, target: str) -> list[Lie]:
        """Of one request, those that count."""
        told = [lie for lie in self.lies if not _of_files(lie) and lie.takes(target)]
        return told + [lie for lie in self.lies if _of_files(lie)]

    # -- what was asked -----------------------------------------------------------------------------------------------------

    def asked(self, match: str = "") -> list[Asked]:
        return [asked for asked in self.log if re.search(match, asked.target)]

    def shape(self) -> dict[str, int]:
        """How often each kind of thing was asked; CHECKSUMs left out."""
        return dict(collections.Counter(kind for kind in map(_kind, self.log) if kind != "checksum"))

    def forget(self) -> None:
        self.log.clear()

    # -- the archive --------------------------------------------------------------------------------------------------------

    def all_files(self) -> Iterator[File]:
        for series in self.series:
            for granularity in ("daily", "monthly"):
                yield from series.files(granularity, self.now)

    def _is_there(self, file: File, lies: list[Lie]) -> bool:
        return file.published <= self.now and not any(lie.kind == "hidden" and lie.concerns(file) for lie in lies)

    def modified(self, file: File, lies: list[Lie]) -> int:
        fitting = [lie for lie in lies if lie.concerns(file)]
        given = [to_ms(lie.given.get("at", lie.given.get("modified"))) for lie in fitting if {"at", "modified"} & lie.given.keys()]
        if given:
            return given[-1]
        healed = [at for lie, at in self._healed if lie.concerns(file)]
        return max([file.published, *healed])

    def zip(self, file: File, lies: list[Lie]) -> bytes:
        cuts = [lie for lie in lies if lie.kind in ("only", "without") and _of_files(lie) and lie.fits(file.key)]
        slots = tuple(s for s in file.series.opens(file.begin, file.end) if all(lie.keeps(s) for lie in cuts))
        key = (file.key, slots)
        if key not in self._zips:
            name = file.key.rpartition("/")[2].removesuffix(".zip") + ".csv"
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), file.series.csv(slots), zipfile.ZIP_DEFLATED)
            self._zips[key] = packed.getvalue()
        return self._zips[key]

    def find(self, key: str) -> File | None:
        match = re.fullmatch(r"data/(spot|futures/um|futures/cm)/(daily|monthly)/klines/([^/]+)/(\w+)/[^/]+-(\d{4}-\d\d(?:-\d\d)?)\.zip", key)
        for series in self.series if match else ():
            if (FOLDER[series.market], series.symbol, series.archive_interval) == match.group(1, 3, 4):
                begin = to_ms(match[5] if len(match[5]) > 7 else match[5] + "-01")
                file = series.file(match[2], begin)
                there = file.key == key and next(series.opens(file.begin, file.end), None) is not None
                return file if there and not (match[2] == "daily" and series.interval in MONTHLY_ONLY) else None
        return None

    def archive_answer(self, path: str, lies: list[Lie]) -> tuple[int, dict, bytes]:
        file = self.find(path.lstrip("/").removesuffix(".CHECKSUM"))
        if file is None or not self._is_there(file, lies):
            return 404, {"Content-Type": "application/xml"}, b"<Error><Code>NoSuchKey</Code></Error>"
        body = self.zip(file, lies)
        if path.endswith(".CHECKSUM"):
            body = f"{hashlib.sha256(body).hexdigest()}  {file.key.rpartition('/')[2]}".encode()
        modified = email.utils.formatdate(self.modified(file, lies) / 1000, usegmt=True)
        return 200, {"ETag": f'"{hashlib.md5(body).hexdigest()}"', "Last-Modified": modified, "Content-Type": "application/zip"}, body

    def listing_answer(self, query: dict[str, str], lies: list[Lie]) -> tuple[int, dict, bytes]:
        prefix, entries = query["prefix"], []
        told = [lie for lie in lies if lie.on == LISTINGS]
        for file in self.all_files() if not any(lie.kind == "empty" for lie in told) else ():
            if not file.key.startswith(prefix) or not self._is_there(file, lies):
                continue
            if all(lie.keeps(file.begin) for lie in told if lie.kind in ("only", "without")):
                for key in (file.key, file.key + ".CHECKSUM"):
                    if key > query.get("marker", ""):
                        entries.append((key, self.archive_answer("/" + key, lies)[2], self.modified(file, lies)))
        contents = "".join(
            f"<Contents><Key>{key}</Key><LastModified>{utc(at).strftime('%Y-%m-%dT%H:%M:%S.000Z')}</LastModified>"
            f"<ETag>&quot;{hashlib.md5(body).hexdigest()}&quot;</ETag><Size>{len(body)}</Size></Contents>"
            for key, body, at in sorted(entries)
        )
        text = f"<ListBucketResult><Name>data.binance.vision</Name><Prefix>{prefix}</Prefix><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
        return 200, {"Content-Type": "application/xml"}, text.encode()

    # -- REST ---------------------------------------------------------------------------------------------------------------

    def rows(self, market: str, query: dict[str, str], lies: list[Lie]) -> list[list] | None:
        """None: a window that is too long."""
        series = [s for s in self.series if (s.market, s.symbol, s.interval) == (market, query["symbol"], query["interval"])]
        start, end = (int(query[name]) if name in query else None for name in ("startTime", "endTime"))
        oldest_first = start is not None
        if market == "cm":
            oldest_first = False
            if start is not None and end is not None and end - start > 200 * DAY:
                return None
            if end is None and start is not None:
                end = start + 200 * DAY
            elif start is None and end is not None:
                start = end - 200 * DAY
        end = self.now if end is None else min(end, self.now)
        slots = [slot for s in series for slot in s.opens(start or 0, end + 1)]
        slots = [slot for slot in slots if all(lie.keeps(slot) for lie in lies if lie.on == PAGES and lie.kind in ("only", "without"))]
        limit = min(int(query.get("limit", 500)), MOST_ROWS[market])
        slots = slots[:limit] if oldest_first else slots[-limit:]
        for lie in lies:
            if lie.kind in ("empty", "first", "last"):
                slots = [] if lie.kind == "empty" else slots[: lie.rows] if lie.kind == "first" else slots[-lie.rows :]
        return [s.row(slot, forming=s.next(slot) > self.now) for s in series for slot in slots]

    def rest_answer(self, market: str, call: str, query: dict[str, str], lies: list[Lie]) -> tuple[int, dict, bytes]:
        if call == "ping":
            return _json(200, {})
        if call == "time":
            return _json(200, {"serverTime": self.now})
        if call == "exchangeInfo":
            return _json(200, self._exchange_info(market))
        if any(lie.kind == "unknown" for lie in lies) or not any((s.market, s.symbol) == (market, query["symbol"]) for s in self.series):
            return _json(400, {"code": -1121, "msg": "Invalid symbol."})
        rows = self.rows(market, query, lies)
        return _json(400, {"code": -4088, "msg": "Maximum time interval is 200 days."}) if rows is None else _json(200, rows)

    def _exchange_info(self, market: str) -> dict:
        symbols = []
        for name in dict.fromkeys(s.symbol for s in self.series if s.market == market):
            first = min(to_ms(s.first) for s in self.series if (s.market, s.symbol) == (market, name))
            over = all(to_ms(s.last) <= self.now for s in self.series if (s.market, s.symbol) == (market, name))
            status = {"contractStatus" if market == "cm" else "status": "BREAK" if over else "TRADING"}
            symbols.append({"symbol": name, **status, "baseAsset": "BTC", "quoteAsset": "USDT"})
            if market != "spot":
                symbols[-1] |= {"contractType": "PERPETUAL", "onboardDate": self.onboard.get(name, first), "contractSize": 100}
        limit = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000 if market == "spot" else 2400}
        return {"timezone": "UTC", "serverTime": self.now, "rateLimits": [limit], "symbols": symbols}


def _of_files(lie: Lie) -> bool:
    """These are facts of the archive, and count no requests."""
    return lie.on not in (PAGES, LISTINGS) and lie.kind in ("only", "without", "hidden", "modified")


def _json(status: int, value) -> tuple[int, dict, bytes]:
    return status, {"Content-Type": "application/json;charset=UTF-8"}, json.dumps(value, separators=(",", ":")).encode()


def _kind(asked: Asked) -> str:
    if asked.path.endswith(".zip.CHECKSUM"):
        return "checksum"
    if asked.path.endswith(".zip"):
        return "monthly" if "/monthly/" in asked.path else "daily"
    return "list" if "prefix" in asked.query else "rest" if asked.path.endswith("/klines") else asked.path


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads, block_on_close, request_queue_size = True, False, 128


def _handler(up: Upstream):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 120

        def log_message(self, *_) -> None:
            pass

        def do_GET(self) -> None:
            split = urllib.parse.urlsplit(self.path)
            query, path = dict(urllib.parse.parse_qsl(split.query, keep_blank_values=True)), urllib.parse.unquote(split.path)
            target = path + ("?" + urllib.parse.unquote(split.query) if split.query else "")
            with up._lock:
                up.log.append(Asked(path, query, target))
                lies = up._told(target)
                date, status, headers, body = up.now, *self.answer(path, query, lies)
            skews = [lie for lie in lies if lie.kind == "date"]
            if all("ms" in lie.given for lie in skews):
                headers["Date"] = email.utils.formatdate((date + sum(lie.ms for lie in skews)) // 1000, usegmt=True)
            moves = [lie for lie in lies if lie.kind == "clock"]
            pauses = sum(lie.seconds for lie in lies if lie.kind == "slow")
            holds = [lie for lie in lies if lie.kind == "held"]
            if not moves and not pauses and not holds:
                self.send(self.head(status, headers | {"Content-Length": len(body)}) + body)
                return
            self.send(self.head(status, headers | {"Transfer-Encoding": "chunked"}))
            with up._lock:
                up._now += sum(lie.given.get("before", 0) for lie in moves)
                if moves:
                    body = self.answer(path, query, lies)[2]
            time.sleep(pauses)
            for lie in holds:
                lie.begun.set()
                lie.until.wait(60)
            self.send(f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n")
            with up._lock:
                up._now += sum(lie.given.get("after", 0) for lie in moves)

        def answer(self, path: str, query: dict[str, str], lies: list[Lie]) -> tuple[int, dict, bytes]:
            for lie in lies:
                if lie.kind == "status":
                    headers = {"Retry-After": str(lie.retry_after)} if "retry_after" in lie.given else {}
                    body = {"code": -1003, "msg": "Too much request weight used."} if lie.status in (418, 429) else {"code": -1000, "msg": "no"}
                    status, more, text = _json(lie.status, body)
                    return status, more | headers, text
            base, _, call = path.rpartition("/")
            if base in REST_PATH:
                return up.rest_answer(REST_PATH[base], call, query, lies)
            if "prefix" in query:
                return up.listing_answer(query, lies)
            return up.archive_answer(path, lies)

        def head(self, status: int, headers: dict) -> bytes:
            lines = [f"HTTP/1.1 {status} {http.client.responses.get(status, 'Unknown')}", *(f"{k}: {v}" for k, v in headers.items())]
            return ("\r\n".join(lines) + "\r\n\r\n").encode()

        def send(self, data: bytes) -> None:
            try:
                self.wfile.write(data)
            except OSError:
                self.close_connection = True

    return Handler
