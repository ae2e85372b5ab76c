"""A thread that has brought an answer has its work for a moment longer, and keeps nothing alive by that."""

import gc
import weakref

import pytest

from klinekeep._work import Work


class Answer:
    pass


class Failed(Exception):
    pass


@pytest.fixture(autouse=True)
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_an_answer_is_theirs_who_took_it():
    work = Work(lambda stop: Answer())
    work.run()
    answer = work.future.result().take()
    gone = weakref.ref(answer)
    del answer
    assert gone() is None


def test_so_is_an_error():
    def fail(stop):
        raise Failed

    work = Work(fail)
    work.run()
    try:
        work.future.result().take()
    except Failed as error:
        gone = weakref.ref(error)
    assert gone() is None
