"""A month that another program writes into, or takes away, while a stream or a process that has proven it is at work."""

import os
import shutil
import struct
from datetime import date, datetime

import pyarrow as pa
import pytest
from lying_upstream import Series, Upstream
from replica_process import to_ms

from klinekeep import DataSourceManager, EnhancedRetriever, VisionDataClient

HOURS = Series("spot", "BTCUSDT", "1h", "2020-01-01")
SECONDS = Series("spot", "BTCUSDT", "1s", "2020-01-01")
SLOT = to_ms("2024-02-10")
MONTHS = dict(interval="1h", start_time=date(2024, 1, 1), end_time=date(2024, 2, 29), enforce_source="rest")
DAYS = dict(interval="1s", start_time=datetime(2024, 3, 3), end_time=datetime(2024, 3, 4, 23, 59, 59), enforce_source="vision")


@pytest.fixture
def manager(home, monkeypatch):
    monkeypatch.setenv("KLINEKEEP_NOW", "2024-06-10T00:00:00Z")
    with Upstream([HOURS, SECONDS], now="2024-06-10") as up:
        rest, vision = EnhancedRetriever(up.url, upstream="binance"), VisionDataClient(up.url, upstream="binance")
        with DataSourceManager(cache_dir=home / "kept", rest_client=rest, vision_client=vision) as manager:
            yield manager


def path_of(manager, interval, day):
    return manager.cache.path_of("spot", "BTCUSDT", interval, day)


def flipped(path, at: int) -> bytes:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x40
    return bytes(data)


def whole(batches) -> pa.Table:
    return pa.Table.from_batches(batches).replace_schema_metadata(None)


@pytest.mark.parametrize("face", ["table", "stream"])
@pytest.mark.parametrize("deed", ["written in place", "copied over", "made anew"])
def test_a_file_whose_mtime_was_put_back_is_not_served(manager, tmp_path, deed, face):
    """As `cp -p`, `rsync -t` and tar do it, of a backup that has rotted; ext4 gives the inode that was freed again at once."""
    right = manager.get_table_sync("BTCUSDT", copy=True, **MONTHS)
    path = path_of(manager, "1h", date(2024, 2, 1))
    at = path.read_bytes().find(struct.pack("<d", float(HOURS.row(SLOT)[4]))) + 6
    backup = tmp_path / "backup"
    backup.write_bytes(flipped(path, at))
    shutil.copystat(path, backup)
    stream = manager.get_stream_sync("BTCUSDT", **MONTHS) if face == "stream" else None
    batches = [stream.read_next_batch()] if stream else []
    if deed == "written in place":
        with path.open("r+b") as file:
            file.write(backup.read_bytes())
        shutil.copystat(backup, path)
    else:
        if deed == "made anew":
            path.unlink()
            manager.plan_sync("BTCUSDT", **MONTHS)  # sees that it has gone, and lets go of its mapping
        shutil.copy2(backup, path)
    if stream and deed != "made anew":  # what it holds is another file then, and stands
        with pytest.raises(OSError, match="written in place"):
            whole([*batches, *stream])
    elif stream:
        assert whole([*batches, *stream]).equals(right.replace_schema_metadata(None))
    assert manager.get_table_sync("BTCUSDT", **MONTHS).equals(right)


@pytest.mark.parametrize("deed", ["moved", "removed", "replaced"])
def test_a_stream_does_not_hand_out_what_is_written_after_its_month_has_gone(manager, tmp_path, deed):
    right = manager.get_table_sync("BTCUSDT", copy=True, **DAYS).replace_schema_metadata(None)
    path = path_of(manager, "1s", date(2024, 3, 1))
    data = path.read_bytes()
    at = data.rfind(right["close"].to_numpy()[170_000:170_008].tobytes()) + 6
    stream = manager.get_stream_sync("BTCUSDT", **DAYS)
    batches = [stream.read_next_batch()]
    with path.open("r+b") as file:
        if deed == "moved":
            path.rename(path.with_name("old"))
        if deed == "removed":
            path.unlink()
        if deed == "replaced":
            (tmp_path / "new").write_bytes(data)
            (tmp_path / "new").replace(path)
        batches.append(stream.read_next_batch())
        os.pwrite(file.fileno(), bytes([data[at] ^ 0x40]), at)
        with pytest.raises(OSError, match="written in place"):
            batches += list(stream)
    assert whole(batches).equals(right.slice(0, sum(batch.num_rows for batch in batches)))


def test_a_stream_raises_where_its_month_cannot_be_looked_at(manager, home):
    manager.get_table_sync("BTCUSDT", **MONTHS)
    stream = manager.get_stream_sync("BTCUSDT", **MONTHS)
    stream.read_next_batch()
    folder = path_of(manager, "1h", date(2024, 2, 1)).parent
    folder.rename(home / "away")
    folder.symlink_to(folder)
    with pytest.raises(OSError, match="symbolic links"):
        stream.read_next_batch()
