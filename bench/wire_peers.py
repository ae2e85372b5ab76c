"""What others do with the same files, for wire.py: a process of its own, as each of klinekeep's runs is.

usage: wire_peers.py threads|pages URLS
       wire_peers.py aria2c URLS FOLDER

URLS is a file with one a line. `threads` is a hundred threads of http.client, each with a connection that is kept; `aria2c` downloads all of
them into FOLDER, 64 at once. Of each zip both compare the SHA-256 with its CHECKSUM, unzip it and count its rows; nothing of it is parsed or
kept. `pages` are those of REST, whose rows json counts. Prints rows, bytes, and the seconds since this was loaded.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import urllib.parse
import zipfile

THREADS = 100
DOWNLOADS = 64


def rows_of(zipped: bytes, checksum: bytes) -> int:
    assert hashlib.sha256(zipped).hexdigest() == checksum.split()[0].decode()
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        text = archive.read(archive.namelist()[0])
    has_header = not text[:1].isdigit()
    return text.count(b"\n") + (not text.endswith(b"\n")) - has_header


class Counted:
    """What all threads counted; a file counts when it and its CHECKSUM are there."""

    def __init__(self):
        self.rows = self.bytes = 0
        self._lock = threading.Lock()
        self._first: dict[str, bytes] = {}  # of a file and its CHECKSUM, by the file's URL

    def add(self, rows: int, size: int) -> None:
        with self._lock:
            self.rows += rows
            self.bytes += size

    def add_part(self, url: str, body: bytes) -> None:
        """A file or a CHECKSUM; the thread that has the second of the two counts the rows."""
        name = url.removesuffix(".CHECKSUM")
        with self._lock:
            other = self._first.pop(name, None)
            if other is None:
                self._first[name] = body
        rows = 0 if other is None else rows_of(body, other) if url == name else rows_of(other, body)
        self.add(rows, len(body))

    def add_page(self, _url: str, body: bytes) -> None:
        self.add(len(json.loads(body)), len(body))


def in_threads(count: int, work, items) -> None:
    """`work` takes an iterator of the items that are left. A thread that fails ends the process."""
    left, lock = iter(items), threading.Lock()

    def mine():
        while True:
            with lock:
                item = next(left, None)
            if item is None:
                return
            yield item

    def one():
        try:
            work(mine())
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)

    threads = [threading.Thread(target=one) for _ in range(min(count, len(items)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def fetch(urls, add) -> None:
    """One thread's part, by one connection."""
    connection = None
    for url in urls:
        parts = urllib.parse.urlsplit(url)
        connection = connection or http.client.HTTPConnection(parts.hostname, parts.port)
        connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, url)
        add(url, body)


def by_threads(urls: list[str], add) -> None:
    in_threads(THREADS, lambda mine: fetch(mine, add), urls)


def by_aria2c(list_of_urls: pathlib.Path, urls: list[str], folder: pathlib.Path, counted: Counted) -> None:
    command = ["aria2c", "--no-conf", "-q", "-j", str(DOWNLOADS), "-i", list_of_urls, "-d", folder]
    subprocess.run([*command, "--file-allocation=none", "--disable-ipv6", "--async-dns=false", "--auto-save-interval=0"], check=True)

    def count(mine):
        for url in mine:
            zipped, checksum = ((folder / url.rsplit("/", 1)[1]).with_suffix(end).read_bytes() for end in (".zip", ".zip.CHECKSUM"))
            counted.add(rows_of(zipped, checksum), len(zipped) + len(checksum))

    in_threads(os.cpu_count(), count, [url for url in urls if url.endswith(".zip")])


def main() -> None:
    began = time.perf_counter()
    how, list_of_urls = sys.argv[1], pathlib.Path(sys.argv[2])
    urls, counted = list_of_urls.read_text().split(), Counted()
    if how == "aria2c":
        by_aria2c(list_of_urls, urls, pathlib.Path(sys.argv[3]), counted)
    else:
        by_threads(urls, {"threads": counted.add_part, "pages": counted.add_page}[how])
    print(counted.rows, counted.bytes, time.perf_counter() - began)


if __name__ == "__main__":
    main()
