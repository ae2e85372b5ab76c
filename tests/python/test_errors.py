"""The errors: one hierarchy with fields, picklable; and for the same fault the exit code of the command line."""

import copy
import pickle
from datetime import timedelta

import pytest
from python_support import NOBODY, ask, utc

import klinekeep
from klinekeep import (
    Asked,
    CacheError,
    Cancelled,
    Error,
    IncompleteData,
    IntegrityError,
    InvalidRequest,
    MissingRange,
    OfflineMiss,
    RateLimited,
    SourceUnavailable,
    UnknownSymbol,
)

HOURS = ask("1h", "2024-03-04", "2024-03-04T23:00")
PAGES = r"/v3/klines"
RANGE = MissingRange(utc("2024-03-04"), utc("2024-03-04T23:00"), "offline", "not cached")
ASKED = Asked("spot", "ETHUSDT", "1h", utc("2024-03-04"), utc("2024-03-04T23:00"))
FIELDS = dict(asked=ASKED, url="http://x/y", status=429, retry_after=timedelta(seconds=7))
CODES = {
    InvalidRequest: 2,
    IncompleteData: 3,
    IntegrityError: 4,
    RateLimited: 5,
    OfflineMiss: 6,
    UnknownSymbol: 7,
    SourceUnavailable: 8,
    CacheError: 9,
    Cancelled: 130,
}
MADE = [kind("what happened", (RANGE,), **FIELDS) if issubclass(kind, IncompleteData) else kind("what happened") for kind in CODES]


# -- as values ---------------------------------------------------------------------------------------------------------


def test_the_hierarchy():
    assert all(issubclass(kind, Error) for kind in CODES) and issubclass(InvalidRequest, ValueError)
    assert {kind for kind in CODES if issubclass(kind, IncompleteData)} == {IncompleteData, IntegrityError, RateLimited, OfflineMiss, SourceUnavailable}
    assert not issubclass(IncompleteData, ValueError) and not issubclass(Cancelled, IncompleteData)
    assert {kind: kind.exit_code for kind in CODES} == CODES
    for kind in CODES:
        assert getattr(klinekeep, kind.__name__) is kind is getattr(klinekeep.errors, kind.__name__)


@pytest.mark.parametrize("error", [*MADE, UnknownSymbol("what happened", ASKED)], ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, *(lambda e, p=p: pickle.loads(pickle.dumps(e, p)) for p in range(6))])
def test_errors_are_copied_and_pickled_with_their_fields(error, again):
    error.mine = "a note of the caller's"
    made = again(error)
    assert type(made) is type(error) and str(made) == "what happened" and made.args == error.args
    assert vars(made) == vars(error) and made.mine == error.mine and made.exit_code == error.exit_code
    del error.mine


def test_fields_have_defaults():
    bare = IncompleteData("x")
    assert (bare.missing, bare.asked, bare.url, bare.status, bare.retry_after) == ((), None, None, None, None)
    assert UnknownSymbol("x").asked is None


def test_a_missing_range_reads_well():
    assert str(RANGE) == "2024-03-04T00:00:00Z to 2024-03-04T23:00:00Z: not cached"


# -- as they come ------------------------------------------------------------------------------------------------------


def caught(call, *arguments, **keywords) -> Error:
    with pytest.raises(Error) as raised:
        call(*arguments, **keywords)
    return raised.value


def check(error: IncompleteData, kind, cause) -> None:
    assert type(error) is kind
    assert error.asked == ASKED
    (missing,) = error.missing
    assert (missing.start, missing.end, missing.cause) == (ASKED.start, ASKED.end, cause)
    assert missing.detail and "2024-03-04T00:00:00Z to 2024-03-04T23:00:00Z" in str(error)


def test_offline(manager):
    error = caught(manager.get_data_sync, "ETHUSDT", **HOURS, enforce_source="cache")
    check(error, OfflineMiss, "offline")
    assert (error.url, error.status, error.retry_after) == (None, None, None)


def test_unavailable(desk):
    error = caught(desk.offline().get_data_sync, "ETHUSDT", **HOURS, enforce_source="rest")
    check(error, SourceUnavailable, "unavailable")
    assert error.url.startswith(NOBODY) and error.status == 0


def test_refused(manager, replica):
    replica.fault(match=PAGES, kind="status", status=403)
    error = caught(manager.get_data_sync, "ETHUSDT", **HOURS, enforce_source="rest")
    check(error, SourceUnavailable, "unavailable")
    assert error.status == 403 and error.url.startswith(f"{replica.url}/api/v3/klines?symbol=ETHUSDT")


@pytest.mark.parametrize("status", [429, 418])
def test_rate_limited(desk, strict, status):
    strict.fault(match=PAGES, kind="status", status=status, retry_after="600")
    error = caught(desk.manager(rest_url=strict.url).get_data_sync, "ETHUSDT", **HOURS, enforce_source="rest")
    check(error, RateLimited, "rate_limited")
    assert error.status == status and error.retry_after == timedelta(seconds=600)


def test_integrity(manager, replica):
    replica.fault(match=r"\.zip$", kind="corrupt_zip", flip=8)
    error = caught(manager.get_data_sync, "ETHUSDT", **HOURS, enforce_source="vision")
    check(error, IntegrityError, "integrity")
    assert error.url.endswith(".zip")


def test_not_published(manager, replica):
    replica.fault(match=r"2024-03(-04)?\.zip", kind="missing")
    error = caught(manager.get_data_sync, "ETHUSDT", **HOURS, enforce_source="vision")
    check(error, IncompleteData, "not_published")


def test_causes_that_differ_are_incomplete_data(manager, replica):
    replica.fault(match=r"2024-03-04\.zip$", kind="corrupt_zip", flip=8)
    replica.fault(match=r"2024-03-06\.zip", kind="missing")
    replica.fault(match=r"/monthly/", kind="missing")
    error = caught(manager.get_data_sync, "ETHUSDT", **ask("1h", "2024-03-04", "2024-03-06T23:00"), enforce_source="vision")
    assert type(error) is IncompleteData
    assert [(one.start, one.cause) for one in error.missing] == [(utc("2024-03-04"), "integrity"), (utc("2024-03-06"), "not_published")]
    assert pickle.loads(pickle.dumps(error)).missing == error.missing


def test_unknown_symbol(manager):
    error = caught(manager.get_data_sync, "NOSUCHUSDT", **HOURS)
    assert type(error) is UnknownSymbol and error.asked.symbol == "NOSUCHUSDT"
    assert pickle.loads(pickle.dumps(error)).asked == error.asked


def test_errors_without_candles(desk):
    """The list of symbols is about no candle: nothing is missing, and what was asked is told by the URL."""
    error = caught(desk.rest(NOBODY).symbols_sync)
    assert isinstance(error, SourceUnavailable) and error.asked is None and NOBODY in error.url


def test_invalid_requests_escape_and_cut_what_they_quote(manager):
    error = caught(manager.get_data_sync, "A\x1b[31m" + "B" * 300, **HOURS)
    assert type(error) is InvalidRequest and "\x1b" not in str(error) and len(str(error)) < 400
    error = caught(manager.get_data_sync, "ETHUSDT", **HOURS, fill="x" * 300)
    assert len(str(error)) < 200


def test_the_cause_of_an_error_is_no_part_of_ours(manager):
    """A programming error of the core would be a RuntimeError; a caller's is a TypeError before any work."""
    for wrong in (dict(columns=5), dict(columns=[None])):
        with pytest.raises(TypeError):
            manager.get_data_sync("ETHUSDT", **HOURS, **wrong)


# -- as the command line has them --------------------------------------------------------------------------------------

FAULTS = {
    "offline": ({}, "cache", "ETHUSDT"),
    "unavailable": (dict(match=PAGES, kind="status", status=403), "rest", "ETHUSDT"),
    "integrity": (dict(match=r"\.zip$", kind="corrupt_zip", flip=8), "vision", "ETHUSDT"),
    "not published": (dict(match=r"2024-03(-04)?\.zip", kind="missing"), "vision", "ETHUSDT"),
    "malformed": (dict(match=PAGES, kind="rubbish_row", row=3, text="[1,2]"), "rest", "ETHUSDT"),
    "unknown": ({}, "auto", "NOSUCHUSDT"),
    "invalid": ({}, "auto", "NO/SUCH"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_exit_code_and_the_words_are_the_command_lines(manager, kk, replica, fault):
    rule, source, symbol = FAULTS[fault]
    if rule:
        replica.fault(**rule)
    result = kk.get(symbol, "1h", "2024-03-04T00:00Z", "2024-03-04T23:00Z", source)
    error = caught(manager.get_data_sync, symbol, **HOURS, enforce_source=source)
    assert error.exit_code == result.code != 0
    # The command line says where it is missing and why; the same sentence is in the detail.
    for missing in getattr(error, "missing", ()):
        assert missing.detail.split("?")[0] in result.err
