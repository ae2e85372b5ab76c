# Types of klinekeep._core that C++ cannot express, for nanobind's stubgen. Times are microseconds since the epoch, ranges are
# (first, last) open_times; tests/packaging checks that the arguments are those of the module.

_core.__prefix__:
    \from typing import Any
    import builtins
    __version__: str
    Range = tuple[int, int]
    Entry = tuple[str, str, str, tuple[int, int], str, int, int, int | None, int | None, list[Range], int, str, str]
    Finding = tuple[str, str, str, tuple[int, int], str, str, str, str]

_core.schema:
    def schema() -> list[tuple[str, str]]: ...

_core.adjust_time_window:
    def adjust_time_window(start: int, end: int, interval: str) -> Range | None: ...

_core.Answer.report:
    @property
    def report(self) -> dict[str, Any]: ...

_core.RestClient.symbols:
    def symbols(self, market: str, stop: Stop) -> list[tuple[str, str, int | None]]: ...

_core.Manager.plan:
    def plan(self, symbol: str, interval: str, start: int, end: int, options: GetOptions) -> dict[str, Any]: ...

_core.Manager.stats:
    def stats(self) -> dict[str, int]: ...

_core.Manager.validate:
    def validate(self, symbol: str, interval: str, date: int) -> tuple[bool, str | None]: ...

_core.Manager.refresh:
    def refresh(self, symbol: str, interval: str, stop: Stop) -> dict[str, Any]: ...

_core.Cache.load:
    def load(self, market: str, symbol: str, interval: str, start: int, end: int, upstream: str) -> tuple[Answer, builtins.list[Range]]: ...

_core.Cache.list:
    def list(self, market: str | None, symbol: str | None, interval: str | None, upstream: str | None) -> builtins.list[Entry]: ...

_core.Cache.validate:
    def validate(self, market: str | None, symbol: str | None, interval: str | None, upstream: str | None) -> builtins.list[Finding]: ...

_core.Cache.prune:
    def prune(self, max_size: int | None, max_age: int | None) -> tuple[builtins.list[Entry], int, builtins.list[str]]: ...
