"""`klinekeep cache refresh`: asks for just what may be better by now, and tells what changed, candle by candle."""

import json

from cache_support import HOUR, Cache, files_asked, iso, json_of, shape, truth, values
from partition_file import PartitionFile
from replica_process import to_ms

DAY = ("ETHUSDT", "1h", "2024-03-04", "2024-03-04")
ZIP = r"ETHUSDT-1h-2024-03-04"
WEEK = ("ETHUSDT", "1h", "2024-03-04", "2024-03-10")


def day_truth(replica):
    return truth(replica, "spot", "ETHUSDT", "1h", "2024-03-04", "2024-03-04T23:00Z")


def refresh(kk, *words, code=0):
    result = kk("cache", "refresh", *words, "--json")
    assert result.code == code, result.err
    return json.loads(result.text)


def days_of(kk, replica, *request):
    """Daily files, one after another, so that no month is asked."""
    symbol, interval, first, last = request
    for day in range(int(first[-2:]), int(last[-2:]) + 1):
        date = f"{first[:-2]}{day:02}"
        kk.get(symbol, interval, date, date, "vision").ok()
    replica.clear_log()


def test_what_is_well_costs_one_listing(kk, replica):
    days_of(kk, replica, *WEEK)
    before = Cache(kk).contents()
    (told,) = refresh(kk)
    assert shape(replica) == {"list": 1}
    assert (told["changed_files"], told["changed"], told["values"], told["requests"]) == ([], [], [], 1)
    assert Cache(kk).contents() == before


def test_only_the_file_that_was_rewritten_is_asked_again_and_the_candles_it_brings_are_told(kk, replica):
    """It was published before its day was complete."""
    replica.fault(match=ZIP, kind="partial_day", until="11:30")
    days_of(kk, replica, *WEEK)
    etags = {f["name"]: f["etag"] for f in PartitionFile(Cache(kk).partition("ETHUSDT", "1h")).coverage("files")}
    replica.clear()
    replica.clear_log()
    (told,) = refresh(kk)
    assert told["changed_files"] == ["ETHUSDT-1h-2024-03-04.zip"]
    assert files_asked(replica) == ["ETHUSDT-1h-2024-03-04.zip"]
    assert (told["rows_added"], told["changed"]) == (12, [])
    assert values(kk.get(*DAY, "vision")) == day_truth(replica)
    kept = {f["name"]: f["etag"] for f in PartitionFile(Cache(kk).partition("ETHUSDT", "1h")).coverage("files")}
    assert {name for name in etags if etags[name] != kept[name]} == {"ETHUSDT-1h-2024-03-04.zip"}
    assert len(kept) == 7
    replica.clear_log()
    (told,) = refresh(kk)
    assert (told["changed_files"], shape(replica)) == ([], {"list": 1}), "asked a third time"
    Cache(kk).assert_sound()


def test_old_and_new_values_of_each_candle_are_told(kk, replica):
    row = "1709546400000,1,9,0.5,2,3,1709549999999,4,5,6,7,0"  # 2024-03-04 10:00, valid and false
    replica.fault(match=ZIP, kind="rubbish_row", row=10, text=row)
    false = kk.get(*DAY, "vision").ok().rows[10]
    assert false["high"] == "9"
    replica.clear()
    (told,) = refresh(kk)
    assert told["changed"] == ["2024-03-04T10:00:00Z"]
    true = kk.get(*DAY, "cache").ok().rows[10]
    differ = [name for name in true if float(true[name]) != float(false[name])]
    assert [(v["open_time"], v["column"], v["before"], v["after"]) for v in told["values"]] == [("2024-03-04T10:00:00Z", name, float(false[name]), float(true[name])) for name in differ]
    assert len(differ) == 9, "close_time is the same"
    assert values(kk.get(*DAY, "cache")) == day_truth(replica)
    Cache(kk).assert_sound()


def test_people_are_told_the_first_values(kk, replica):
    replica.fault(match=ZIP, kind="rubbish_row", row=10, text="1709546400000,1,9,0.5,2,3,1709549999999,4,5,6,7,0")
    days_of(kk, replica, *DAY)
    replica.clear()
    text = kk("cache", "refresh").ok().text
    assert "asked again ETHUSDT-1h-2024-03-04.zip" in text
    assert "changed 2024-03-04T10:00:00Z" in text
    assert "2024-03-04T10:00:00Z high: 9 -> " in text


def test_candles_that_the_file_has_no_more_are_told_as_gone(kk, replica):
    days_of(kk, replica, *DAY)
    window = {"from": "2024-03-04T05:00Z", "to": "2024-03-04T07:00Z"}
    replica.fault(match=ZIP, kind="drop_rows", **window)
    replica.fault(match="/v3/klines", kind="drop_rows", **window)
    (told,) = refresh(kk)
    assert told["changed"] == ["2024-03-04T05:00:00Z", "2024-03-04T06:00:00Z"]
    assert all(v["after"] is None and v["before"] is not None for v in told["values"])
    assert len(kk.get(*DAY, "cache").ok().rows) == 22
    Cache(kk).assert_sound()


def test_a_monthly_file_that_was_rewritten_is_asked_again_where_nothing_is_better(kk, replica):
    """Of 1w there are monthly files only."""
    request = ("BTCUSDT", "1w", "2024-01-01", "2024-02-26")
    replica.fault(match=r"BTCUSDT-1w-2024-01", kind="conflicting_rows", every=1000)
    replica.fault(match=r"BTCUSDT-1w-2024-01", kind="drop_rows", **{"from": "2024-01-08", "to": "2024-01-15"})
    kk.get(*request, "vision").ok()
    replica.clear()
    replica.clear_log()
    (told,) = refresh(kk)
    assert told["changed_files"] == ["BTCUSDT-1w-2024-01.zip"]
    assert files_asked(replica) == ["BTCUSDT-1w-2024-01.zip"]
    assert told["rows_added"] == 1
    assert values(kk.get(*request, "vision")) == truth(replica, "spot", "BTCUSDT", "1w", "2024-01-01", "2024-02-26")


def test_a_monthly_file_does_not_matter_where_daily_files_are_kept(kk, replica):
    month = ("ETHUSDT", "1h", "2024-03-01", "2024-03-31")
    kk.get(*month, "vision").ok()
    refresh(kk)
    replica.fault(match=r"ETHUSDT-1h-2024-03\.zip", kind="drop_rows", **{"from": "2024-03-04", "to": "2024-03-05"})
    replica.clear_log()
    (told,) = refresh(kk)
    assert (told["changed_files"], shape(replica)) == ([], {"list": 1})


def test_a_listing_that_cannot_be_asked_is_told_and_costs_nothing_kept(kk, replica):
    days_of(kk, replica, *DAY)
    before = Cache(kk).contents()
    replica.fault(match="prefix=", kind="status", status=404)
    (told,) = refresh(kk, code=8)
    assert [(f["from"], f["to"]) for f in told["failed"]] == [("2024-03-04T00:00:00Z", "2024-03-04T23:00:00Z")]
    assert "whether it has changed" in told["failed"][0]["detail"]
    replica.clear()
    assert Cache(kk).contents() == before


def test_a_file_that_is_listed_no_more_is_told_and_kept(kk, replica):
    days_of(kk, replica, *DAY)
    before = Cache(kk).contents()
    replica.fault(match=ZIP, kind="missing")
    (told,) = refresh(kk)
    assert any("ETHUSDT-1h-2024-03-04.zip" in note for note in told["notes"])
    assert Cache(kk).contents() == before


def test_what_came_from_rest_alone_asks_no_listing(kk, replica):
    """Nothing is due yet: today's candles."""
    kk.get("ETHUSDT", "1h", "2026-09-24T00:00Z", "2026-09-24T10:00Z", "rest").ok()
    replica.clear_log()
    (told,) = refresh(kk)
    assert shape(replica) == {}
    assert told["requests"] == 0


def test_a_gap_that_is_due_is_asked_again_and_what_fills_it_is_told(kk, replica):
    start, end = to_ms("2026-09-24T02:00Z"), to_ms("2026-09-24T04:00Z")
    replica.fault(match="/v3/klines", kind="drop_rows", **{"from": iso(start), "to": iso(end)})
    request = ("ETHUSDT", "1h", iso(start - HOUR), iso(end + HOUR))
    kk.get(*request, "rest").ok()
    replica.clear()
    kk.env["KLINEKEEP_NOW"] = "2026-09-24T14:00:00Z"
    replica.clock("2026-09-24T14:00:00Z")
    (told,) = refresh(kk)
    assert told["rows_added"] == 2
    assert len(json_of(kk("get", *request[:2], "--start", request[2], "--end", request[3], "--source", "cache", "-f", "json"))) == 5
