"""klinekeep: Binance candles from the best source, kept in one Arrow cache.

>>> async with DataSourceManager() as manager:
...     df = await manager.get_data("BTCUSDT", interval=Interval.MINUTE_1, start_time=start, end_time=end)

`DataSourceManager` is the main thing; `EnhancedRetriever` (REST), `VisionDataClient` (the archive) and
`UnifiedCacheManager` (the cache directory) are its parts, useful alone. The errors are in `klinekeep.errors`, and
here too.
"""

from __future__ import annotations

from klinekeep._cache import (
    CachedCandles,
    CacheEntry,
    CacheFinding,
    PruneResult,
    UnifiedCacheManager,
)
from klinekeep._clients import EnhancedRetriever, FetchResult, SymbolInfo, VisionDataClient
from klinekeep._core import __version__
from klinekeep._manager import DataSourceManager
from klinekeep._plans import ChangedValue, FetchPlan, PlannedStep, RefreshResult
from klinekeep._plot import plot
from klinekeep._progress import Progress
from klinekeep._report import Gap, Report, Summary
from klinekeep._values import DataSource, Interval, MarketType
from klinekeep._windows import adjust_time_window, estimate_data_points
from klinekeep.errors import (
    Asked,
    CacheError,
    CacheWarning,
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

__all__ = [
    "Asked",
    "CacheEntry",
    "CacheError",
    "CacheFinding",
    "CacheWarning",
    "CachedCandles",
    "Cancelled",
    "ChangedValue",
    "DataSource",
    "DataSourceManager",
    "EnhancedRetriever",
    "Error",
    "FetchPlan",
    "FetchResult",
    "Gap",
    "IncompleteData",
    "IntegrityError",
    "Interval",
    "InvalidRequest",
    "MarketType",
    "MissingRange",
    "OfflineMiss",
    "PlannedStep",
    "Progress",
    "PruneResult",
    "RateLimited",
    "RefreshResult",
    "Report",
    "SourceUnavailable",
    "Summary",
    "SymbolInfo",
    "UnifiedCacheManager",
    "UnknownSymbol",
    "VisionDataClient",
    "__version__",
    "adjust_time_window",
    "estimate_data_points",
    "plot",
]
