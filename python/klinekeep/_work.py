"""Runs the core's work on threads of its own, for an event loop or for a caller that waits.

Each piece of work has a `Stop`, by which a cancelled task, Ctrl-C, a closed manager and the end of the interpreter end
it. The interpreter does not wait for the threads, and so not for a download; `end_all` has them all end before Python
is taken apart, because none may come back from the core after that.
"""

from __future__ import annotations

import _thread
import asyncio
import atexit
import concurrent.futures
import contextlib
import os
import queue
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar, cast

from klinekeep import _core
from klinekeep.errors import CacheError, Cancelled

T = TypeVar("T")

MOST_THREADS = 32  # requests at once; what each asks of the sources is bounded by the core
_IDLE_SECONDS = 5.0  # after that a thread without work ends


class _Answer(Generic[T]):
    """What work has come to, for one who waits for it: once taken, it is theirs alone.

    The thread that brings it has the future for a moment longer, and must not keep what may be large alive by that.
    """

    def __init__(self, result: T | None = None, error: BaseException | None = None) -> None:
        self._result = result
        self._error = error

    def take(self) -> T:
        result, error = self._result, self._error
        self._result = self._error = None
        try:
            if error is not None:
                raise error
            return cast(T, result)
        finally:
            del error  # its traceback has this frame


class Work(Generic[T]):
    """A function of a `Stop` that is to be run once."""

    def __init__(self, function: Callable[[_core.Stop], T]) -> None:
        self.stop = _core.Stop()
        self.future: Future[_Answer[T]] = Future()
        self._function = function
        self._lock = threading.Lock()
        self._is_claimed = False
        self._is_abandoned = False
        self._ended_because: str | None = None
        self.is_under_way = False  # in the core, perhaps with its locks

    def run(self) -> None:
        if not self._claim():
            return
        self.is_under_way = True
        try:
            try:
                answer = _Answer(self._function(self.stop))
            finally:
                self.is_under_way = False
        except BaseException as error:  # whatever it is, it belongs to who waits
            answer = _Answer(error=self._told(error))
        if not self._is_abandoned:
            self.future.set_result(answer)
        del self, answer  # an error's traceback has this frame: a cycle would keep both

    def end(self, because: str = "interrupted") -> None:
        """Ends it soon, wherever it is, with Cancelled, which says why."""
        if self._ended_because is None:
            self._ended_because = because
        self.stop.request()
        if self._claim():
            self.future.set_result(_Answer(error=Cancelled(because)))

    def abandon(self) -> None:
        """Ends it soon, without an answer: at exit only daemons wait, which would die with their errors half told."""
        self._is_abandoned = True
        self.stop.request()

    def _told(self, error: BaseException) -> BaseException:
        """The core knows that it was stopped, and not by what."""
        if self._ended_because is None or not isinstance(error, Cancelled):
            return error
        return Cancelled(self._ended_because).with_traceback(error.__traceback__)

    def _claim(self) -> bool:
        """Whether it is the caller's to answer: nobody has begun, and nobody has given up waiting."""
        with self._lock:
            was_claimed, self._is_claimed = self._is_claimed, True
        return not was_claimed and self.future.set_running_or_notify_cancel()


class _Held:
    """Lets go of a lock when nobody holds it any more."""


def _holds(held: _Held, lock: _thread.LockType) -> weakref.ref[_Held]:
    """Takes `lock` until `held` is gone, and this reference to it is not."""
    lock.acquire()
    release: Callable[..., Any] = lock.__exit__  # which, unlike `release`, takes arguments: the reference gives itself
    return weakref.ref(held, release)


class _Worker:
    """A thread that nobody waits for in vain.

    `threading.Thread.start` waits until the thread says that it has begun: for ever, where memory runs out before that.
    Here two locks are let go of, at the latest as the thread ends, by calls that run no Python, as that needs memory.
    """

    def __init__(self, serve: Callable[[_Worker], None]) -> None:
        """Returns once the thread has begun. Raises CacheError or MemoryError where it could not."""
        self._has_begun = False
        begin, end = _Held(), _Held()
        try:
            self._begun, self._ended = _thread.allocate_lock(), _thread.allocate_lock()
            self._holds = _holds(begin, self._begun), _holds(end, self._ended)
            _thread.start_new_thread(self._run, (serve, [end, begin]))
        except RuntimeError as error:
            raise CacheError("threads ran out: raise the limit of processes (ulimit -u)") from error
        del begin, end
        self._begun.acquire()
        if not self._has_begun:
            raise MemoryError("memory ran out as a thread began: let go of earlier answers, or ask for less at once")

    def _run(self, serve: Callable[[_Worker], None], held: list[_Held]) -> None:
        self._has_begun = True
        held.pop()
        try:
            serve(self)
        finally:
            held.clear()

    def join(self) -> None:
        with self._ended:
            pass


class _Workers:
    """Threads that come when there is work and go when there has been none for a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[Work[Any] | None] = queue.SimpleQueue()
        self._threads: set[_Worker] = set()
        self._idle = 0
        self._running: set[Work[Any]] = set()
        self._refusal: str | None = None

    def check(self) -> None:
        if self._refusal:
            raise RuntimeError(self._refusal)

    def submit(self, work: Work[Any]) -> None:
        with self._lock:
            self.check()
            self._queue.put(work)
            if self._idle >= self._queue.qsize() or len(self._threads) >= MOST_THREADS:
                return
            try:
                self._threads.add(_Worker(self._serve))  # with the lock: `end_all` may join those it finds
            except (CacheError, MemoryError):
                if self._threads:  # those that are there will come to it
                    return
                self._queue.get_nowait()
                raise

    def _serve(self, worker: _Worker) -> None:
        try:
            while (work := self._next(worker)) is not None:
                work.run()
                with self._lock:
                    self._running.discard(work)
                del work  # an idle thread keeps no answer alive
        finally:  # one that dies of memory is not taken for one that will come to what waits
            with self._lock:  # not before `submit` has added it
                self._threads.discard(worker)

    def _next(self, worker: _Worker) -> Work[Any] | None:
        """None where the thread is to end, which it then has in the eyes of the others."""
        while True:
            with self._lock:
                self._idle += 1
            work = None
            try:
                with contextlib.suppress(queue.Empty):
                    work = self._queue.get(timeout=_IDLE_SECONDS)
            finally:
                with self._lock:
                    self._idle -= 1
            with self._lock:
                if self._refusal is None and work is None and not self._queue.empty():
                    continue
                if self._refusal is not None or work is None:
                    self._threads.discard(worker)
                    return None
                self._running.add(work)
                return work

    def end_all(self) -> None:
        """Ends all threads, and the work that they do; nothing is begun any more."""
        with self._lock:
            self._refusal = "the interpreter is shutting down: klinekeep does no more work"
            running, threads = list(self._running), list(self._threads)
        for work in running:
            work.abandon()
        for _ in threads:
            self._queue.put(None)
        for thread in threads:
            thread.join()

    def begin_anew_in_a_child(self) -> None:
        """After fork: the threads are the parent's. So are locks that the core held at that moment."""
        was_busy = any(work.is_under_way for work in self._running)
        self.__init__()  # type: ignore[misc]
        if was_busy:
            self._refusal = (
                "this process was forked while klinekeep was at work in another thread, and cannot use it: "
                "fork when no request runs, or start processes by 'spawn' or 'forkserver'"
            )


_workers = _Workers()
atexit.register(_workers.end_all)
os.register_at_fork(after_in_child=_workers.begin_anew_in_a_child)


class Group:
    """The work of one object, which ends when that is closed."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._open: weakref.WeakSet[Work[Any]] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._closed = False

    async def run(self, function: Callable[[_core.Stop], T]) -> T:
        """For an event loop, which is never blocked. Cancelling the task ends the work soon."""
        work = self._start(function)
        try:
            return (await asyncio.wrap_future(work.future)).take()
        finally:
            if not work.future.done():
                work.end()
            del work  # an error's traceback would keep its future, and that the error

    def run_sync(self, function: Callable[[_core.Stop], T]) -> T:
        """For a caller that waits. Ctrl-C, or what else a signal handler raises, ends the work first."""
        work = self._start(function)
        try:
            return work.future.result().take()
        finally:
            if not work.future.done():
                work.end()
                concurrent.futures.wait([work.future])
            del work

    def _start(self, function: Callable[[_core.Stop], T]) -> Work[T]:
        _workers.check()
        work = Work(function)
        with self._lock:
            if self._closed:
                raise RuntimeError(f"this {self._what} is closed")
            self._open.add(work)
        _workers.submit(work)
        return work

    def close(self) -> list[Work[Any]]:
        """Ends all work of this group; returns what is still ending. Nothing can be started any more."""
        with self._lock:
            self._closed = True
            open_work = list(self._open)
        for work in open_work:
            work.end(f"this {self._what} was closed")
        return [work for work in open_work if not work.future.done()]

    @property
    def closed(self) -> bool:
        return self._closed
