"""A caller's clock, as the core asks for it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from datetime import datetime

from klinekeep._values import to_microseconds

Clock = Callable[[], datetime]


class CoreClock:
    """Tells the caller's time in microseconds.

    Belongs to the object that it was given to. The core only borrows it (`lent`): the garbage collector does not see
    through the core, and what a clock refers to often leads back to the object.
    """

    def __init__(self, clock: Clock) -> None:
        if not callable(clock):
            raise TypeError(f"clock must be a function that returns a datetime, not {type(clock).__name__}")
        self._clock = clock

    def __call__(self) -> int:
        return to_microseconds(self._clock(), "what clock returns")


def owned(clock: Clock | None) -> CoreClock | None:
    return None if clock is None else CoreClock(clock)


def lent(clock: CoreClock | None) -> Callable[[], int] | None:
    if clock is None:
        return None
    reference = weakref.ref(clock)

    def ask() -> int:
        alive = reference()
        if alive is None:
            raise ReferenceError("the object whose clock this was is gone")
        return alive()

    return ask
