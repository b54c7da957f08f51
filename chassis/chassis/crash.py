"""Crash points: labelled places where a test can make the process die.

A label is armed once by a file of that name in the folder given at start. The process that reaches the point removes
the file and dies at once, without any clean-up, so that the restarted process lives. Without a folder, as in
production, every point is a single comparison.
"""

import os
from pathlib import Path

_labels: dict[str, str] = {}

EXIT_STATUS = 137

POINTS = (
    "before-write",
    "after-write",
    "before-publish",
    "after-publish",
    "before-mark",
    "after-timer",
    "after-tasks",
    "after-row",
    "after-journal",
    "after-claim",
    "after-firing",
    "before-effect",
    "after-effect",
    "before-reply",
)


def arm_from(folder: Path | None, owner: str) -> None:
    """Look for labels `<owner>.<point>` in `folder` from now on; None switches the points off."""
    global _labels
    _labels = {} if folder is None else {point: str(folder / f"{owner}.{point}") for point in POINTS}


def point(label: str) -> None:
    """Die here if the label is armed."""
    if not _labels or not os.access(_labels[label], os.F_OK):
        return
    try:
        os.unlink(_labels[label])
    except FileNotFoundError:
        return
    os._exit(EXIT_STATUS)
