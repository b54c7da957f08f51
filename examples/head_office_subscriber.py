"""Reads Decalog's escalations as a system of head office would: a plain AMQP client, one line for each escalation.

    decalog subscriber add head-office                     # prints the queue and, once, the URL
    python examples/head_office_subscriber.py --url amqp://… --queue subscriber.head-office
    python examples/head_office_subscriber.py --url amqp://… --queue escalations.log.1 --replay

All it needs is `pip install amqp`. It reads its own queue, acknowledges what it has handled, and handles an event
once by source and id, because a message may come twice. Each service that can escalate sends a heartbeat a minute:
none for three minutes is silence; one that counts more than has come is a gap. With `--replay` (the user must have
been added with `--replay`) it reads the stream, from its first message on, and takes nothing away from anybody.
"""

import argparse
import contextlib
import json
import time
from collections import Counter
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import amqp

SILENCE_SECONDS = 180
ANYBODY = "所有服务"
SHANGHAI = ZoneInfo("Asia/Shanghai")


class Desk:
    """What has come in, and what is missing."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()
        self.came: Counter[tuple[str, str]] = Counter()  # escalations by source and day
        self.before: dict[tuple[str, str], int] = {}  # those of that day from before we listened
        self.heard = {ANYBODY: time.monotonic()}  # when each source was last heard
        self.silent: set[str] = set()

    def handle(self, event: dict[str, Any], data: dict[str, Any]) -> None:
        """Tell one event, once."""
        key = event["source"], event["id"]
        if key in self.seen:
            return
        self.seen.add(key)
        if event["type"].endswith(".heartbeat.v1"):
            self.beat(event["source"], data)
        elif event["type"].endswith(".journal_anchored.v1"):
            print(f"[存证] {at(event)} {event['source']} 留痕 {data['leaves']} 项 {data['root']}")
        elif event["type"].startswith("decalog.ops."):
            print(f"[测试] {at(event)} {data.get('zh', '')}")
        else:
            self.came[event["source"], at(event)[:10]] += 1
            print(line(event, data))

    def beat(self, source: str, data: dict[str, Any]) -> None:
        """A sign of life: the source is well, and says how many escalations there were today."""
        day = source, data["day"]
        if day not in self.before:
            self.before[day] = 0 if source in self.heard else max(0, data["count"] - self.came[day])
        if (missing := data["count"] - self.before[day] - self.came[day]) > 0:
            print(f"[缺失] {source} 今日已上报 {data['count']} 条，其中 {missing} 条未收到，最近一条为 {data['last']}")
        if source in self.silent:
            print(f"[恢复] {source} 心跳恢复")
        self.silent.discard(source)
        self.silent.discard(ANYBODY)
        self.heard[source] = self.heard[ANYBODY] = time.monotonic()

    def look_for_silence(self) -> None:
        """Tell which source has not been heard for too long, once each time."""
        for source, last in self.heard.items():
            if time.monotonic() - last > SILENCE_SECONDS and source not in self.silent:
                self.silent.add(source)
                print(f"[静默] {source} 超过 {SILENCE_SECONDS // 60} 分钟没有心跳，请联系值班人员")


def line(event: dict[str, Any], data: dict[str, Any]) -> str:
    """One escalation for a person to read."""
    kind = "演练" if event.get("drill") else "上报"
    what = event["type"].split(".")[-2]
    about = " ".join(str(data[name]) for name in ("kind", "addressee", "because") if data.get(name))
    place = f"{data.get('level', '-')}级 机构 {data.get('unit', '-')}"
    return f"[{kind}] {at(event)} {place} {what} {about} {event['subject']}"


def at(event: dict[str, Any]) -> str:
    """When it happened, by the clock of Shanghai."""
    return datetime.fromisoformat(event["time"]).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def listen(url: str, queue: str, *, replay: bool) -> None:
    """Read until interrupted. A lost connection ends the program: run it under a supervisor."""
    desk = Desk()

    def take(message: amqp.Message) -> None:
        event = {name.removeprefix("cloudEvents:"): value for name, value in (message.headers or {}).items()}
        try:
            desk.handle(event, json.loads(message.body))
        except (KeyError, TypeError, ValueError) as fault:
            print(f"[无法读取] {event.get('id', '-')} {fault!r}")
        message.channel.basic_ack(message.delivery_tag)

    with connection(url) as connected, connected.channel() as channel:
        channel.basic_qos(0, 100, False)
        channel.basic_consume(queue, callback=take, arguments={"x-stream-offset": "first"} if replay else {})
        print(f"正在读取 {queue}")
        while True:
            with contextlib.suppress(TimeoutError):
                connected.drain_events(timeout=5)
            connected.heartbeat_tick()
            desk.look_for_silence()


def connection(url: str) -> amqp.Connection:
    """A connection to the broker that the URL names."""
    parts = urlsplit(url)
    return amqp.Connection(
        host=f"{parts.hostname}:{parts.port or 5672}",
        userid=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        virtual_host=unquote(parts.path[1:]) or "/",
        heartbeat=20,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="amqp://user:password@host:port/vhost")
    parser.add_argument("--queue", required=True)
    parser.add_argument("--replay", action="store_true", help="read the stream from its first message on")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        listen(options.url, options.queue, replay=options.replay)
