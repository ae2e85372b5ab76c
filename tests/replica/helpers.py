"""Reading what the replica serves."""

import hashlib
import io
import re
import urllib.parse
import zipfile

from replica_process import to_ms

REST = {"spot": "/api/v3", "um": "/fapi/v1", "cm": "/dapi/v1"}
ROOT = {"spot": "spot", "um": "futures/um", "cm": "futures/cm"}
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
STEP = {"1s": 1000, "1m": MINUTE, "3m": 3 * MINUTE, "5m": 5 * MINUTE, "15m": 15 * MINUTE, "30m": 30 * MINUTE, "1h": HOUR,
        "2h": 2 * HOUR, "4h": 4 * HOUR, "6h": 6 * HOUR, "8h": 8 * HOUR, "12h": 12 * HOUR, "1d": DAY}


def eventually(condition):
    """Asks again and again, but not for ever."""
    return any(condition() for _ in range(2000))


def key_of(market, symbol, interval, stamp):
    granularity = "daily" if len(stamp) == 10 else "monthly"
    return f"data/{ROOT[market]}/{granularity}/klines/{symbol}/{interval}/{symbol}-{interval}-{stamp}.zip"


def csv_of(body):
    """The text of the only entry of a zip."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        (name,) = archive.namelist()
        return archive.read(name).decode()


def rows_of_csv(text):
    """Lines of an archive file as REST prints them: numbers of ms, then strings; a header row is left out."""
    rows = []
    for line in text.split("\n"):
        fields = line.rstrip("\r").split(",")
        if fields[0].isdigit():
            times = [int(fields[i]) // 1000 if len(fields[i]) > 13 else int(fields[i]) for i in (0, 6)]
            rows.append([times[0], *fields[1:6], times[1], fields[7], int(fields[8]), *fields[9:12]])
    return rows


def archive_rows(replica, market, symbol, interval, stamp):
    answer = replica.get("/" + key_of(market, symbol, interval, stamp))
    assert answer.status == 200, answer.text
    return rows_of_csv(csv_of(answer.body))


def klines(replica, market, symbol, interval, **parameters):
    parameters = {name: to_ms(value) if name.endswith("Time") else value for name, value in parameters.items()}
    query = urllib.parse.urlencode({"symbol": symbol, "interval": interval, **parameters})
    return replica.get(f"{REST[market]}/klines?{query}")


def klines_rows(replica, *arguments, **parameters):
    answer = klines(replica, *arguments, **parameters)
    assert answer.status == 200, answer.text
    return answer.json()


def all_klines(replica, market, symbol, interval, start, end):
    """Every row in [start, end), by pages that are small enough for any market."""
    rows, start, end = [], to_ms(start), to_ms(end)
    span = min(STEP[interval] * 499, 199 * DAY)
    while start < end:
        last = min(start + span - 1, end - 1)
        rows += klines_rows(replica, market, symbol, interval, startTime=start, endTime=last, limit=499)
        start = last + 1
    return rows


def check_hashes(replica, key):
    """CHECKSUM, ETag and Content-Length fit the bytes; the bytes."""
    zip_answer, checksum = replica.get("/" + key), replica.get(f"/{key}.CHECKSUM")
    assert (zip_answer.status, checksum.status) == (200, 200)
    digest, name = re.fullmatch(r"([0-9a-f]{64})  (.+\.zip)\n?", checksum.text).groups()
    assert name == key.rsplit("/", 1)[1]
    assert digest == hashlib.sha256(zip_answer.body).hexdigest()
    assert zip_answer.headers["etag"] == f'"{hashlib.md5(zip_answer.body).hexdigest()}"'
    assert checksum.headers["etag"] == f'"{hashlib.md5(checksum.body).hexdigest()}"'
    return zip_answer.body
