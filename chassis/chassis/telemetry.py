"""Logs, metrics and the trace context of one process.

A log line is one JSON object with an agreed list of fields: the trace id comes from a context variable that the
transport sets for each call and message. Metric names follow Prometheus; labels never hold ids.
"""

import logging
import re
import secrets
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

_traceparent: ContextVar[str] = ContextVar("traceparent", default="")

PUBLISHED = Counter("messaging_client_published_messages_total", "Messages confirmed by the broker", ["kind"])
PROCESSED = Histogram(
    "messaging_process_duration_seconds", "Time to handle one message", ["service", "handler", "outcome"]
)
DUPLICATES = Counter("decalog_inbox_duplicates_total", "Messages and commands seen before", ["service", "where"])
DEAD_LETTERS = Counter("decalog_dead_letters_total", "Messages given up", ["service", "handler"])
OUTBOX_SWEPT = Counter("decalog_outbox_swept_total", "Documents whose entries the sweeper moved", ["service"])
DOCUMENT_REFUSED = Counter("decalog_document_over_budget_total", "Writes refused by size", ["service", "collection"])
TIMER_LATE = Histogram(
    "decalog_timer_late_seconds",
    "Firing behind due",
    ["service"],
    buckets=(0.1, 0.5, 1, 2, 5, 30, 60, 300, 3600),
)
IN_FLIGHT = Gauge("decalog_rpc_inflight", "Calls and messages being handled", ["service"])


def start_logging(service: str, instance: str, level: str) -> None:
    """Send structlog's lines and the libraries' warnings to standard error as JSON, one object a line."""

    def name_process(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {"service": service, "instance": instance, **event}

    shared: list[Any] = [
        name_process,
        _add_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("decalog").setLevel(level)


def logger() -> Any:
    """The project's logger; call it where a line is written, so that configuration comes first."""
    return structlog.get_logger("decalog")


def current_traceparent() -> str:
    """The W3C traceparent of the call or message being handled; a new one where there is none."""
    return _traceparent.get() or new_traceparent()


@contextmanager
def tracing(traceparent: str | None) -> Iterator[str]:
    """Handle one call or message under the given trace, or under a new one if it is absent or malformed."""
    valid = traceparent if traceparent and _TRACEPARENT.fullmatch(traceparent) else new_traceparent()
    token = _traceparent.set(valid)
    try:
        yield valid
    finally:
        _traceparent.reset(token)


def new_traceparent() -> str:
    """A fresh sampled W3C traceparent."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def _add_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if traceparent := _traceparent.get():
        event["trace_id"] = traceparent[3:35]
    return event
