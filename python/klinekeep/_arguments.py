"""Arguments as the core takes them: what has a wrong type is a TypeError, what cannot be is an InvalidRequest, and each
is told in one sentence that names the argument."""

from __future__ import annotations

import functools
import inspect
import operator
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from numbers import Real
from typing import Any

from klinekeep.errors import InvalidRequest

_LARGEST = 2**63 - 1  # that the core can count to


def text(value: object, what: str) -> str:
    """A str that UTF-8 can hold: one with half a surrogate pair could name nothing."""
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a str, not {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidRequest(f"{what} cannot be {value[:80]!r}: UTF-8 cannot hold it") from None
    return value


def text_or_none(value: object, what: str) -> str | None:
    return None if value is None else text(value, what)


def url_or_none(value: object, what: str) -> str | None:
    """A text that says something. None alone leaves it to the environment and the config file."""
    url = text_or_none(value, what)
    if url == "":
        raise InvalidRequest(f"{what} cannot be empty: leave it out for what the environment and the config file say")
    return url


def names(values: object, what: str) -> list[str]:
    """One text, or several; none for None."""
    if values is None:
        return []
    if isinstance(values, str):
        return [text(values, what)]
    if not isinstance(values, Iterable):
        raise TypeError(f"{what} must be a str or a list of them, not {type(values).__name__}")
    return [text(value, f"each of {what}") for value in values]


def path_or_none(value: Any, what: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str | bytes | os.PathLike):
        raise TypeError(f"{what} must be a str or a path, not {type(value).__name__}")
    return text(os.fsdecode(value), what)


def whole_number(value: Any, what: str, least: int, most: int = _LARGEST) -> int:
    """Of any integer type, numpy's too; a bool is none."""
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{what} must be a whole number, not {type(value).__name__}") from None
    if not least <= number <= most:
        raise InvalidRequest(f"{what} must be from {least} to {most}, not {number}")
    return number


def size_or_none(value: Any, what: str) -> int | None:
    """In bytes."""
    return None if value is None else whole_number(value, what, 0)


def with_article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def share(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{what} must be a number, not {type(value).__name__}")
    part = float(value)
    if not 0 < part <= 1:
        raise InvalidRequest(f"{what} must be above 0 and at most 1, not {value}")
    return part


def milliseconds_or_none(time: Any, what: str) -> int | None:
    if time is None:
        return None
    if not isinstance(time, timedelta):
        raise TypeError(f"{what} must be a timedelta, not {type(time).__name__}")
    if time <= timedelta(0):
        raise InvalidRequest(f"{what} must be longer than nothing, not {time}")
    return max(1, time // timedelta(milliseconds=1))


@functools.cache
def _keywords_of(function: Callable[..., Any]) -> dict[str, bool]:
    """Each, and whether it is required."""
    parameters = inspect.signature(function).parameters.values()
    return {each.name: each.default is each.empty for each in parameters if each.kind is each.KEYWORD_ONLY}


def check_keywords(method: str, given: Mapping[str, object], function: Callable[..., Any]) -> None:
    """What Python says of keywords that `function` does not take or lacks, by the name of the `method` called."""
    keywords = _keywords_of(function)
    for name in given:
        if name not in keywords:
            raise TypeError(f"{method}() got an unexpected keyword argument {name!r}")
    lacking = [repr(name) for name, is_required in keywords.items() if is_required and name not in given]
    if lacking:
        arguments = "argument" if len(lacking) == 1 else "arguments"
        raise TypeError(f"{method}() missing {len(lacking)} required keyword-only {arguments}: {' and '.join(lacking)}")
