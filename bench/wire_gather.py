"""Many series in one `gather`, for wire.py: a process of its own.

usage: wire_gather.py CACHE START END INTERVAL SYMBOL ...

USD-M; START and END are ISO 8601, and the archive is the source. Prints rows, and the seconds by the clock and
of processor time from the manager's making on: Python's start and its imports (pandas, pyarrow) are not among them.
"""

from __future__ import annotations

import asyncio
import datetime
import sys
import time

import klinekeep


async def main() -> None:
    cache, start, end, interval, *symbols = sys.argv[1:]
    window = {"start_time": datetime.datetime.fromisoformat(start), "end_time": datetime.datetime.fromisoformat(end)}
    began, used = time.perf_counter(), time.process_time()
    async with klinekeep.DataSourceManager("um", cache_dir=cache) as manager:
        asked = (manager.get_table(symbol, interval=interval, enforce_source="vision", **window) for symbol in symbols)
        tables = await asyncio.gather(*asked)
    print(sum(table.num_rows for table in tables), time.perf_counter() - began, time.process_time() - used)


if __name__ == "__main__":
    asyncio.run(main())
