"""A whole command, from its start to its end: what it took of the clock, of the processors and of memory."""

from __future__ import annotations

import os
import subprocess
import time
from typing import NamedTuple


class Spent(NamedTuple):
    wall: float  # seconds
    cpu: float  # seconds of processor time, user and system
    peak: float  # MB in memory; a child's begins with what its parent has


def run(command, **options) -> Spent:
    """Of one that ends well; the options are those of subprocess.Popen."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, **options)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, (child.returncode, command)
    return Spent(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
