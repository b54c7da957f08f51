"""Many small writes at once instead of one after the other: what waits for the database waits together.

In a service's process the threads are green ones; each works in a copy of the caller's context, so that traces go on.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Event
from typing import TypeVar

WIDTH = 32

Item = TypeVar("Item")


def together(work: Callable[[Item], object], items: Iterable[Item], *, width: int = WIDTH) -> None:
    """Do the work for every item, `width` at a time, in no order. After an error nothing further is begun; what was
    begun is finished, and the first error is raised."""
    failed = Event()

    def done(item: Item) -> None:
        if failed.is_set():
            return
        try:
            work(item)
        except BaseException:
            failed.set()
            raise

    with ThreadPoolExecutor(width) as pool:
        working = [pool.submit(copy_context().run, done, item) for item in items]
    for one in working:
        one.result()
