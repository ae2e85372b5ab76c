"""Functions timed beside each other: in turns, in one process, so that what disturbs one disturbs all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def seconds_of(functions: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each round, by name.

    Each is called once before it is timed, so that none pays for the caches and the heap that another one left.
    """
    spent: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            function()
            begin = time.perf_counter()
            result = function()
            end = time.perf_counter()
            del result  # the time to drop it is not measured
            spent[name].append(end - begin)
    return spent


def print_table(title: str, spent: dict[str, list[float]], base: str) -> None:
    """Medians, minima, and the ratio of each median to that of `base`."""
    reference = statistics.median(spent[base])
    print(f"\n{title}")
    print(f"  {'':42} {'median':>10} {'minimum':>10}  of {base}")
    for name, seconds in spent.items():
        median = statistics.median(seconds)
        print(f"  {name:42} {_text(median):>10} {_text(min(seconds)):>10}  {median / reference:6.2f} ×")


def _text(seconds: float) -> str:
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            break
    return f"{seconds * factor:.3g} {unit}"
