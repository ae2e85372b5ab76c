"""Archive integrity under AUTO and with a cache: who is asked instead, what is told, and what unverified rows are worth."""

import pytest
from cache_support import NO_REST, Cache, asked, files_asked, shape, truth, values

DAY = ("ETHUSDT", "1h", "2024-03-04", "2024-03-04")
MONTH = ("ETHUSDT", "1h", "2024-03-01", "2024-03-31")
DAILY, ANY = r"/daily/.*2024-03-04\.zip$", r"\.zip$"


def distrust(replica, match):
    replica.fault(match=match, kind="stale_checksum")
    replica.fault(match=match, kind="wrong_etag")


def day_truth(replica):
    return truth(replica, "spot", "ETHUSDT", "1h", "2024-03-04", "2024-03-04T23:00Z")


@pytest.mark.parametrize("kind", ["stale_checksum", "no_checksum"])
def test_a_stale_checksum_is_outvoted_by_the_etag_and_told(kk, replica, kind):
    replica.fault(match=ANY, kind=kind)
    result, report = kk.report(*DAY, "auto")
    assert values(result) == day_truth(replica)
    assert report["parts"] == {"verified": 0, "etag": 1, "unverified": 0}
    assert report["notes"]
    assert "rest" not in shape(replica)
    replica.clear_log()
    warm, again = kk.report(*DAY, "auto")
    assert warm.out == result.out and asked(replica) == []


def test_a_corrupt_day_comes_from_the_month(kk, replica):
    distrust(replica, DAILY)
    result, report = kk.report(*DAY, "auto")
    assert values(result) == day_truth(replica)
    assert report["parts"]["unverified"] == 0
    assert any("2024-03-04.zip" in note for note in report["notes"])
    Cache(kk).assert_sound()


def test_a_corrupt_month_comes_from_elsewhere(kk, replica):
    replica.fault(match=r"/monthly/.*\.zip$", kind="corrupt_zip", flip=5)
    result, report = kk.report(*MONTH, "auto")
    assert values(result) == truth(replica, "spot", "ETHUSDT", "1h", "2024-03-01", "2024-03-31T23:00Z")
    assert any("2024-03.zip" in note for note in report["notes"])
    replica.clear_log()
    assert kk.get(*MONTH, "auto").ok().out == result.out
    assert asked(replica) == []


def test_when_no_file_is_to_be_believed_rest_is_asked(kk, replica):
    distrust(replica, ANY)
    result, report = kk.report(*DAY, "auto")
    assert values(result) == day_truth(replica)
    assert shape(replica)["rest"] == 1
    assert report["rows_by_source"] == {"rest": 24}
    assert report["parts"] == {"verified": 0, "etag": 0, "unverified": 0}


def test_bytes_of_a_corrupt_zip_are_never_used(kk, replica):
    """C10: neither now nor out of the cache later."""
    replica.fault(match=ANY, kind="corrupt_zip", flip=2)
    assert kk.get(*DAY, "vision").code == 4
    assert kk.get(*DAY, "cache").code == 6
    assert [c for c in Cache(kk).partitions() if c.stat().st_size == 0] == []
    assert values(kk.get(*DAY, "auto")) == day_truth(replica)


def test_a_mismatch_with_rest_dead_is_an_integrity_error_or_unavailable(kk, replica):
    distrust(replica, ANY)
    result = kk.get(*DAY, "auto", env=NO_REST)
    assert result.code in (3, 4, 8) and result.out == b""
    assert "2024-03-04T00:00:00Z to 2024-03-04T23:00:00Z" in result.err


# -- --accept-unverified ----------------------------------------------------------------------------------------------


@pytest.fixture
def unverified(kk, replica):
    """A day that was taken as it is."""
    distrust(replica, ANY)
    result, report = kk.report(*DAY, "vision", "--accept-unverified")
    assert report["parts"] == {"verified": 0, "etag": 0, "unverified": 1}
    return result.ok()


def test_unverified_rows_are_served_to_who_accepts_them_without_asking(kk, replica, unverified):
    replica.clear_log()
    for source in ("vision", "cache"):
        result, report = kk.report(*DAY, source, "--accept-unverified")
        assert result.ok().out == unverified.out
        assert asked(replica) == []
        assert report["notes"] or report["parts"]["unverified"], "served in silence"


def test_for_all_others_the_range_is_not_covered(kk, replica, unverified):
    assert kk.get(*DAY, "cache").code == 6
    assert kk.get(*DAY, "vision").code == 4
    result, report = kk.report(*DAY, "auto")
    assert values(result) == day_truth(replica)
    assert report["rows_by_source"] == {"rest": 24}


@pytest.mark.parametrize("later", ["auto", "vision", "rest"])
def test_verified_rows_replace_unverified_ones(kk, replica, later):
    """The unverified bytes are false ones here, so that it can be seen which are served."""
    replica.fault(match=ANY, kind="rubbish_row", row=10, text="1709546400000,1,9,0.5,2,3,1709549999999,4,5,6,7,0")
    distrust(replica, ANY)
    false = kk.get(*DAY, "vision", "--accept-unverified").ok()
    assert false.rows[10]["high"] == "9"
    replica.clear()
    assert values(kk.get(*DAY, later)) == day_truth(replica)
    replica.clear_log()
    for source in ("auto", "cache"):
        for more in ([], ["--accept-unverified"]):
            assert values(kk.get(*DAY, source, *more)) == day_truth(replica)
    assert asked(replica) == []
    Cache(kk).assert_sound()


def test_auto_accepts_unverified_bytes_only_when_all_else_has_failed(kk, replica):
    distrust(replica, ANY)
    _, report = kk.report(*DAY, "auto", "--accept-unverified")
    assert report["parts"]["unverified"] == 0 and report["rows_by_source"] == {"rest": 24}
    other = ("ETHUSDT", "1h", "2024-04-04", "2024-04-04")
    result, report = kk.report(*other, "auto", "--accept-unverified", env=NO_REST)
    assert len(result.ok().rows) == 24 and report["parts"]["unverified"] == 1


def test_a_verified_neighbour_is_not_touched_by_unverified_rows(kk, replica):
    before = kk.get("ETHUSDT", "1h", "2024-03-03", "2024-03-03", "auto").ok()
    distrust(replica, ANY)
    kk.get(*DAY, "vision", "--accept-unverified").ok()
    replica.clear_log()
    assert kk.get("ETHUSDT", "1h", "2024-03-03", "2024-03-03", "cache").ok().out == before.out
    both = kk.get("ETHUSDT", "1h", "2024-03-03", "2024-03-04", "cache", "--accept-unverified")
    assert len(both.ok().rows) == 48
    assert kk.get("ETHUSDT", "1h", "2024-03-03", "2024-03-04", "cache").code == 6
    assert files_asked(replica) == []
