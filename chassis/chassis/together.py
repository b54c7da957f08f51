"""Many small writes at once instead of one after the other: what waits for the database waits together.

In a service's process the threads are green ones; each works in a copy of the caller's context, so that traces go on.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

WIDTH = 32

Item = TypeVar("Item")


def together(work: Callable[[Item], object], items: Iterable[Item], *, width: int = WIDTH) -> None:
    """Do the work for every item, `width` at a time, in no order. The first error ends it: what is begun is finished,
    the rest is not begun."""
    with ThreadPoolExecutor(width) as pool:
        working = [pool.submit(copy_context().run, work, item) for item in items]
        try:
            for one in working:
                one.result()
        finally:
            for one in working:
                one.cancel()
