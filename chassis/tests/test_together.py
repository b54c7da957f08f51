"""Work done together: all of it, in the caller's context, and no further after an error."""

from contextvars import ContextVar
from threading import Barrier

import pytest

from chassis.together import together

TRACE: ContextVar[str] = ContextVar("trace", default="none")


def test_everything_is_done_and_several_at_a_time():
    meeting, done = Barrier(4, timeout=10), []

    def work(item):
        meeting.wait()
        done.append(item)

    together(work, range(8), width=4)

    assert sorted(done) == list(range(8))


def test_each_works_in_the_callers_context():
    TRACE.set("t1")
    seen = []

    together(lambda _: seen.append(TRACE.get()), range(3))

    assert seen == ["t1"] * 3


def test_after_an_error_nothing_further_is_begun():
    begun = []

    def work(item):
        begun.append(item)
        if item == 2:
            raise ValueError("two")

    with pytest.raises(ValueError, match="two"):
        together(work, range(1_000), width=1)

    assert begun == [0, 1, 2]
