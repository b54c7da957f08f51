"""Log lines: JSON on standard output, one object a line, of fields named here and nothing of a request's contents."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger("gateway")


def configure(level: str, instance: str) -> None:
    """Send this process's log lines, those of its libraries too, to standard output as JSON."""
    floor = logging.getLevelNamesMapping()[level.upper()]

    def name_process(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {"service": "gateway", "instance": instance, **event}

    shared: list[Any] = [
        name_process,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_json)],
        wrapper_class=structlog.make_filtering_bound_logger(floor),
        logger_factory=structlog.BytesLoggerFactory(file=sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_formatter(shared))
    logging.basicConfig(level=max(floor, logging.WARNING), handlers=[handler], force=True)


def whereabouts(fault: BaseException) -> dict[str, object]:
    """The kind of a fault and the lines it came through. Its message stays out: it may quote what people wrote."""
    frames = traceback.extract_tb(fault.__traceback__)[-8:]
    return {"fault": type(fault).__name__, "at": [f"{one.filename}:{one.lineno} {one.name}" for one in frames]}


def _formatter(shared: list[Any]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(lambda event, **_: _json(event).decode()),
        ],
    )


def _json(event: Any, **_: Any) -> bytes:
    return orjson.dumps(event, default=str)
