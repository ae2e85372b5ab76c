"""How far a request has come: a bar where a person looks, a callback for who asks for one."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from klinekeep import _core

_DELAY_SECONDS = 0.5  # what is quicker shows no bar


@dataclass(frozen=True)
class Progress:
    """How far a request has come. Steps are archive files and pages of REST; more may turn out to be needed.

    `waiting` is a sentence once a wait for another process has lasted a second, or has been given up; else empty.
    Before the first step nothing is known of the numbers, and they are 0.
    """

    steps_done: int
    steps_expected: int
    bytes: int
    waiting: str = ""


_Told = Callable[[int, int, int, str], None]
ProgressOption = bool | Callable[[Progress], object] | None


@contextlib.contextmanager
def watch(progress: ProgressOption, title: str, stop: _core.Stop) -> Iterator[_Told | None]:
    """What the core is to call; None where nobody looks. What a callback raises ends the work, and is raised then."""
    if callable(progress):
        caller = _Caller(progress, stop)
        try:
            yield caller
        finally:
            if caller.error is not None:
                raise caller.error
    elif progress is True or (progress is None and _a_person_looks()):
        bar = _Bar(title)
        try:
            yield bar
        finally:
            bar.close()
    else:
        yield None


class _Caller:
    def __init__(self, callback: Callable[[Progress], object], stop: _core.Stop) -> None:
        self._callback = callback
        self._stop = stop
        self.error: BaseException | None = None

    def __call__(self, done: int, expected: int, size: int, waiting: str) -> None:
        if self.error is not None:
            return
        try:
            self._callback(Progress(done, expected, size, waiting))
        except BaseException as error:
            self.error = error
            self._stop.request()


def _in_a_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and shell.__class__.__name__ == "ZMQInteractiveShell"


def _a_person_looks() -> bool:
    stream = sys.stderr
    return _in_a_notebook() or (stream is not None and stream.isatty())


class _Bar:
    def __init__(self, title: str) -> None:
        self._title = title
        self._shown_from = time.monotonic() + _DELAY_SECONDS
        self._bar: Any = None

    def __call__(self, done: int, expected: int, size: int, waiting: str) -> None:
        if self._bar is None:
            from tqdm.auto import tqdm

            delay = max(0.0, self._shown_from - time.monotonic())
            self._bar = tqdm(desc=self._title, unit="step", delay=delay, leave=False, file=sys.stderr)
        self._bar.total = max(done, expected)
        # Who waits for another has nothing to count: the words have the whole line, which may be narrow.
        self._bar.bar_format = "{desc}{bar}" if waiting else None
        self._bar.set_description_str(waiting or self._title, refresh=False)
        self._bar.set_postfix_str(f"{size / 1e6:,.1f} MB", refresh=bool(waiting))
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
