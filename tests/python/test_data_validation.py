"""Data validation: structure, columns and types, index, time zone, empty answers; and what users do with frames."""

import copy
import io
import json
import pickle

import duckdb
import numpy as np
import pandas as pd
import polars
import pyarrow as pa
import pytest
from python_support import COLUMNS, SYMBOL, ask, assert_same, truth, utc

from klinekeep import DataSource, DataSourceManager, InvalidRequest, Report

DAY = ask("1m", "2024-03-04", "2024-03-04T23:59")
EMPTY = ask("1m", "2024-03-04T00:00:10", "2024-03-04T00:00:50")
OUTPUT_DTYPES = {
    "open": "float64",
    "high": "float64",
    "low": "float64",
    "close": "float64",
    "volume": "float64",
    "close_time": "int64",
    "quote_volume": "float64",
    "trades": "int64",
    "taker_buy_volume": "float64",
    "taker_buy_quote_volume": "float64",
}
MARKETS = [("spot", "BTCUSDT"), ("um", "BTCUSDT"), ("cm", "BTCUSD_PERP")]


def assert_as_promised(df: pd.DataFrame, step: str = "1min") -> None:
    assert type(df) is pd.DataFrame
    assert {name: str(dtype) for name, dtype in df.dtypes.items()} == OUTPUT_DTYPES
    assert list(df.columns) == list(OUTPUT_DTYPES)
    index = df.index
    assert isinstance(index, pd.DatetimeIndex) and index.name == "open_time"
    assert str(index.tz) == "UTC" and index.dtype == pd.DatetimeIndex(["2024-01-01T00:00:00Z"]).dtype
    assert index.is_monotonic_increasing and index.is_unique and not index.hasnans
    assert (index == index.floor(step)).all()


# -- structure, columns, types, index, time zone -----------------------------------------------------------------------


@pytest.mark.parametrize("source", ["auto", "rest", "vision"])
@pytest.mark.parametrize("market, symbol", MARKETS)
def test_frames_have_one_shape(desk, replica, market, symbol, source):
    df = desk.manager(market).get_data_sync(symbol, **DAY, enforce_source=source)
    assert_as_promised(df)
    assert_same(df, truth(replica, symbol, market=market))
    assert (df["close_time"] == df.index.as_unit("ms").asi8 + 59_999).all()


@pytest.mark.parametrize("day", ["2017-08-18", "2020-01-01", "2022-05-05", "2024-12-31", "2025-01-01"])
def test_raw_files_of_all_years_give_one_shape(manager, replica, day):
    """Milliseconds, microseconds, with and without a header: nothing of it is seen."""
    window = (day, f"{day}T23:59")
    df = manager.get_data_sync("BTCUSDT", **ask("1m", *window), enforce_source="vision")
    assert_as_promised(df)
    assert_same(df, truth(replica, "BTCUSDT", "1m", *window))


@pytest.mark.parametrize("interval, step", [("1s", "1s"), ("15m", "15min"), ("4h", "4h"), ("1d", "1D")])
def test_the_index_is_on_the_intervals_grid(manager, interval, step):
    assert_as_promised(manager.get_data_sync("ETHUSDT", **ask(interval, "2024-03-04T00:00:01", "2024-03-06T10:00:01")), step)


def test_code_for_the_interface_reads_its_dtypes():
    assert DataSourceManager.OUTPUT_DTYPES == OUTPUT_DTYPES and list(DataSourceManager.OUTPUT_DTYPES) == COLUMNS


def test_values_of_a_frame_keep_the_orders_of_a_candle(manager):
    df = manager.get_data_sync(SYMBOL, **DAY)
    assert (df["low"] <= df[["open", "close"]].min(axis=1)).all() and (df["high"] >= df[["open", "close"]].max(axis=1)).all()
    assert (df["taker_buy_volume"] <= df["volume"]).all() and not df.isna().any(axis=None)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_unit_is_the_resolution_of_the_index(manager, unit):
    df = manager.get_data_sync(SYMBOL, **DAY, unit=unit)
    assert df.index.unit == unit and str(df.index.tz) == "UTC"
    assert (df.index == manager.get_data_sync(SYMBOL, **DAY).index).all()
    assert manager.get_data_sync(SYMBOL, **EMPTY, unit=unit).index.unit == unit
    assert df["close_time"].iloc[0] == 1_709_510_459_999, "milliseconds whatever the unit"


def test_unit_refuses_others(manager):
    for unit in ("s", "min", "", "US", 5):
        with pytest.raises(InvalidRequest, match="unit cannot be"):
            manager.get_data_sync(SYMBOL, **DAY, unit=unit)


# -- empty answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", list(DataSource))
def test_an_empty_answer_has_the_full_shape(manager, replica, source):
    df = manager.get_data_sync(SYMBOL, **EMPTY, enforce_source=source)
    assert_as_promised(df)
    assert len(df) == 0 and replica.log() == []
    assert df.attrs["klinekeep"]["complete"] is True


def test_an_outage_and_the_time_before_the_listing_are_empty_answers(manager):
    for window in (("2021-02-11T03:41", "2021-02-11T04:59"), ("2015-01-01", "2015-01-02")):
        df = manager.get_data_sync("BTCUSDT", **ask("1m", *window))
        assert_as_promised(df)
        (gap,) = df.attrs["klinekeep"].report.gaps
        assert len(df) == 0 and (gap.start, gap.end) == (utc(window[0]), utc(window[1]))


def test_empty_answers_of_other_forms(manager):
    table = manager.get_table_sync(SYMBOL, **EMPTY)
    assert table.schema.equals(manager.get_table_sync(SYMBOL, **DAY).schema) and table.num_rows == 0
    assert manager.get_stream_sync(SYMBOL, **EMPTY).read_all().num_rows == 0
    assert list(manager.get_data_sync(SYMBOL, **EMPTY, columns=["trades"]).dtypes.items()) == [("trades", np.dtype("int64"))]
    assert polars.from_arrow(table).is_empty()


def test_empty_and_full_frames_concatenate_without_a_change_of_type(manager):
    full = manager.get_data_sync(SYMBOL, **DAY)
    both = pd.concat([manager.get_data_sync(SYMBOL, **EMPTY), full])
    assert_same(both, full)


# -- choices -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [["close"], ["volume", "open"], ["trades", "close_time"], COLUMNS[::-1]])
def test_columns_are_those_that_were_asked_in_that_order(manager, columns):
    full = manager.get_data_sync(SYMBOL, **DAY)
    some = manager.get_data_sync(SYMBOL, **DAY, columns=columns)
    assert list(some.columns) == columns
    assert_same(some, full[columns])


def test_columns_may_name_the_index(manager):
    some = manager.get_data_sync(SYMBOL, **DAY, columns=["close", "open_time", "low"])
    assert list(some.columns) == ["close", "low"] and some.index.name == "open_time"
    assert manager.get_table_sync(SYMBOL, **DAY, columns=["close", "open_time"]).column_names == ["close", "open_time"]
    assert manager.get_table_sync(SYMBOL, **DAY, columns=("close",)).column_names == ["close"]


def test_no_columns_is_the_index_alone_and_never_all(manager):
    df = manager.get_data_sync(SYMBOL, **DAY, columns=[])
    assert df.shape == (1440, 0) and df.index.name == "open_time"
    with pytest.raises(InvalidRequest, match="columns names none"):
        manager.get_table_sync(SYMBOL, **DAY, columns=[])


def test_columns_that_cannot_be(manager, replica):
    for columns, error in ((["price"], InvalidRequest), (["close", "close"], InvalidRequest), ("close", TypeError), ([1], TypeError)):
        for get in (manager.get_data_sync, manager.get_table_sync):
            with pytest.raises(error):
                get(SYMBOL, **DAY, columns=columns)
    assert replica.log() == []


OUTAGE = ask("1m", "2021-02-11T03:30", "2021-02-11T05:10")  # from 03:41 to 04:59 there was no candle


def test_fill(manager):
    plain = manager.get_data_sync("BTCUSDT", **OUTAGE)
    assert len(plain) == 101 - 79
    for fill in ("nan", "ffill"):
        df = manager.get_data_sync("BTCUSDT", **OUTAGE, fill=fill)
        assert_as_promised(df)
        assert len(df) == 101 and df.attrs["klinekeep"]["filled"] == 79
        assert_same(df.loc[plain.index], plain)
        made = df[~df.index.isin(plain.index)]
        assert (made["trades"] == 0).all() and (made["close_time"] == made.index.as_unit("ms").asi8 + 59_999).all()
        if fill == "nan":
            assert made.select_dtypes("float64").isna().all(axis=None)
        else:
            before = plain["close"].loc["2021-02-11T03:40Z"]
            assert (made[["open", "high", "low", "close"]] == before).all(axis=None) and (made["volume"] == 0).all()


def test_off_grid_rows_are_left_out_told_and_kept_on_request(manager, replica):
    replica.fault(match=r"/v3/klines", kind="off_grid_rows", every=100, shift_ms=500)
    df = manager.get_data_sync(SYMBOL, **DAY, enforce_source="rest")
    assert_as_promised(df)
    told = df.attrs["klinekeep"].report.off_grid
    assert told and all(time.microsecond == 500_000 for time in told)
    kept = manager.get_data_sync(SYMBOL, **DAY, enforce_source="rest", off_grid="keep")
    assert len(kept) == len(df) + len(told) and set(told) <= set(kept.index.to_pydatetime())


def test_include_open(desk, manager):
    desk.set_now("2026-09-24T12:00:30")
    hour = ask("1m", "2026-09-24T11:58", "2026-09-24T12:00:30")
    assert len(manager.get_data_sync(SYMBOL, **hour)) == 2
    assert len(manager.get_data_sync(SYMBOL, **hour, include_open=True)) == 3
    held = manager.cache.load("spot", SYMBOL, "1m", hour["start_time"], hour["end_time"])
    assert utc("2026-09-24T12:00") not in held.table["open_time"].to_pylist()


def test_partial(manager, replica):
    replica.fault(match=r"2024-03-05", kind="missing")
    replica.fault(match=r"/monthly/", kind="missing")
    days = ask("1h", "2024-03-04", "2024-03-06T23:00")
    df = manager.get_data_sync("ETHUSDT", **days, enforce_source="vision", partial=True)
    report = df.attrs["klinekeep"].report
    assert_as_promised(df)
    assert len(df) == 48 and not report.complete and df.attrs["klinekeep"]["missing"] == 1
    (missing,) = report.missing
    assert (missing.start, missing.end, missing.cause) == (utc("2024-03-05"), utc("2024-03-05T23:00"), "not_published")
    assert "INCOMPLETE" in repr(df.attrs["klinekeep"])


def test_accept_unverified(manager, replica):
    replica.fault(match=r"\.zip", kind="no_checksum")
    replica.fault(match=r"\.zip", kind="no_etag")
    replica.fault(match=r"/v3/klines", kind="status", status=403)
    with pytest.raises(Exception) as caught:
        manager.get_data_sync(SYMBOL, **DAY)
    assert {one.cause for one in caught.value.missing} <= {"integrity", "unavailable", "not_published"}
    df = manager.get_data_sync(SYMBOL, **DAY, accept_unverified=True)
    assert_same(df, truth(replica))
    assert df.attrs["klinekeep"]["parts_by_trust"]["unverified"] >= 1


@pytest.mark.parametrize("keyword", ["fill", "off_grid", "verify", "enforce_source", "interval"])
def test_a_word_that_cannot_be_names_those_that_can(manager, replica, keyword):
    with pytest.raises(InvalidRequest, match=f"{keyword} cannot be 'bank'.* one of "):
        manager.get_data_sync(SYMBOL, **DAY | {keyword: "bank"})
    assert replica.log() == []


def test_strings_and_members_are_one(manager):
    from klinekeep import Interval

    one = manager.get_data_sync(SYMBOL, **DAY | {"interval": Interval.MINUTE_1}, enforce_source=DataSource.VISION)
    other = manager.get_data_sync(SYMBOL.lower(), **DAY, enforce_source="vision")
    assert_same(one, other)


# -- frames are the caller's own ---------------------------------------------------------------------------------------


def test_a_frame_is_writable_and_does_not_change_the_cache(desk, manager):
    first = manager.get_data_sync(SYMBOL, **DAY)
    before = first.copy(deep=True)
    for name in first.columns:
        first.loc[:, name] = 0
    first["mine"] = 1.0
    assert_same(manager.get_data_sync(SYMBOL, **DAY), before)
    desk.assert_sound()


def test_writing_into_one_column_leaves_the_others(manager):
    df, before = manager.get_data_sync(SYMBOL, **DAY), manager.get_data_sync(SYMBOL, **DAY)
    df.iloc[:, 0] = np.arange(len(df), dtype="float64")
    df.iloc[-1, df.columns.get_loc("trades")] = -1
    assert_same(df.drop(columns=["open", "trades"]), before.drop(columns=["open", "trades"]))
    assert (df.index == before.index).all() and df["trades"].iloc[-1] == -1


def test_joins_with_the_users_frames(manager):
    df = manager.get_data_sync(SYMBOL, **DAY)
    trades = pd.DataFrame({"time": pd.to_datetime(["2024-03-04T00:00:30.000Z", "2024-03-04T12:34:56.789Z"]), "size": [1, 2]})
    joined = pd.merge_asof(trades, df.reset_index(), left_on="time", right_on="open_time")
    assert list(joined["open_time"]) == [pd.Timestamp("2024-03-04T00:00Z"), pd.Timestamp("2024-03-04T12:34Z")]
    mine = pd.DataFrame({"signal": [7]}, index=pd.to_datetime(["2024-03-04T05:00:00Z"]))
    assert df.join(mine, how="inner")["signal"].tolist() == [7]
    assert df.loc["2024-03-04 05:00":"2024-03-04 05:04"].shape == (5, 10)
    assert len(df.resample("1h").agg({"open": "first", "close": "last", "volume": "sum"})) == 24


# -- attrs -------------------------------------------------------------------------------------------------------------


def test_attrs_are_json(manager):
    df = manager.get_data_sync(SYMBOL, **DAY)
    summary = df.attrs["klinekeep"]
    assert json.loads(json.dumps(df.attrs))["klinekeep"] == dict(summary)
    assert (summary["symbol"], summary["interval"], summary["market"], summary["rows"]) == ("BTCUSDT", "1m", "spot", 1440)
    assert type(summary.report) is Report and summary.report.rows == 1440


def test_attrs_are_copied_cheaply(manager):
    """pandas copies attrs deeply at almost every step: the report is not copied with them."""
    df = manager.get_data_sync(SYMBOL, **DAY)
    report = df.attrs["klinekeep"].report
    for made in (df.copy(), df[df["volume"] > 0], df[["close"]], df.tail(3), copy.deepcopy(df)):
        assert made.attrs["klinekeep"] is not df.attrs["klinekeep"] and made.attrs["klinekeep"].report is report
    changed = df.copy()
    changed.attrs["klinekeep"]["rows"] = -1
    assert df.attrs["klinekeep"]["rows"] == 1440


def test_frames_pickle_and_concatenate_with_their_attrs(manager):
    df = manager.get_data_sync(SYMBOL, **DAY)
    back = pickle.loads(pickle.dumps(df))
    assert_same(back, df)
    assert back.attrs["klinekeep"] == df.attrs["klinekeep"] and back.attrs["klinekeep"].report == df.attrs["klinekeep"].report
    halves = [manager.get_data_sync(SYMBOL, **ask("1m", a, b)) for a, b in (("2024-03-04", "2024-03-04T11:59"), ("2024-03-04T12:00", "2024-03-04T23:59"))]
    assert_same(pd.concat(halves), df)


def test_frames_are_written_as_parquet_feather_csv_and_json(manager):
    df = manager.get_data_sync(SYMBOL, **DAY)
    parquet = io.BytesIO()
    df.to_parquet(parquet)
    assert_same(pd.read_parquet(parquet), df)
    assert pd.read_parquet(parquet).attrs["klinekeep"]["rows"] == 1440
    feather = io.BytesIO()
    df.reset_index().to_feather(feather)
    assert_same(pd.read_feather(feather).set_index("open_time"), df)
    assert df.to_csv().startswith("open_time,open,high") and len(json.loads(df.to_json(orient="records", date_format="iso"))) == 1440


def test_reports_are_worth_reading(manager):
    df = manager.get_data_sync("BTCUSDT", **ask("1m", "2021-02-11", "2021-02-11T23:59"))
    text = repr(df.attrs["klinekeep"])
    assert text.startswith("<klinekeep report: BTCUSDT 1m spot, 1,361 rows, complete>")
    assert "  gap      2021-02-11 03:41:00 to 2021-02-11 04:59:00: absent" in text
    assert "vision 1,361" in text and "1 verified" in text
    assert "(no request)" in repr(manager.get_data_sync("BTCUSDT", **ask("1m", "2021-02-11", "2021-02-11T23:59")).attrs["klinekeep"])


# -- tables and streams ------------------------------------------------------------------------------------------------


def test_a_table_is_the_frame_with_its_index_as_first_column(manager):
    df, table = manager.get_data_sync(SYMBOL, **DAY, unit="ms"), manager.get_table_sync(SYMBOL, **DAY)
    assert table.column_names == ["open_time", *COLUMNS]
    assert table.schema.field("open_time").type == pa.timestamp("ms", "UTC")
    assert_same(table.to_pandas().set_index("open_time"), df)
    assert json.loads(table.schema.metadata[b"klinekeep"])["rows"] == 1440


def test_a_result_has_the_report_beside_the_table(manager):
    result = manager.get_result_sync(SYMBOL, **DAY)
    assert result.table.equals(manager.get_table_sync(SYMBOL, **DAY))
    assert result.report.rows_by_source["vision"] == 1440 and result.report.requests == 2


@pytest.mark.parametrize("warm", [False, True])
def test_polars_and_duckdb_take_tables_and_streams_as_they_are(manager, warm):
    if warm:
        manager.get_data_sync(SYMBOL, **DAY)
    df = manager.get_data_sync(SYMBOL, **DAY)
    table = manager.get_table_sync(SYMBOL, **DAY)
    assert hasattr(table, "__arrow_c_stream__")
    for frame in (polars.DataFrame(table), polars.from_arrow(table), polars.DataFrame(manager.get_stream_sync(SYMBOL, **DAY))):
        assert frame.columns == ["open_time", *COLUMNS] and frame.schema["open_time"] == polars.Datetime("ms", "UTC")
        assert frame["close"].to_numpy().tobytes() == df["close"].to_numpy().tobytes()
    candles = table  # noqa: F841  # duckdb finds it by its name
    stream = manager.get_stream_sync(SYMBOL, **DAY)  # noqa: F841
    for name in ("candles", "stream"):
        ((rows, volume),) = duckdb.sql(f"select count(*), sum(volume) from {name}").fetchall()
        assert rows == 1440 and volume == pytest.approx(df["volume"].sum())


def test_a_stream_comes_in_batches_and_is_the_table(manager):
    day = ask("1s", "2024-03-04", "2024-03-04T23:59:59")
    stream = manager.get_stream_sync(SYMBOL, **day)
    assert isinstance(stream, pa.RecordBatchReader)
    batches = list(stream)
    assert len(batches) > 1
    assert pa.Table.from_batches(batches).equals(manager.get_table_sync(SYMBOL, **day))
