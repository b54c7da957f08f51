"""Head office by webhook: a receiver subscribes, verifies what comes, exchanges its secret, and is down for a while."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from attrs import define, field, frozen
from standardwebhooks import Webhook, WebhookVerificationError

from decalog.demo.stage import Speaker, wait_for

UNIT = "HQ"
Report = Callable[[], str]
"""Reports a level I incident; its id."""


@frozen
class Post:
    """One request as it came, and how it was answered."""

    headers: Mapping[str, str]
    body: str
    status: int

    @property
    def id(self) -> str:
        """By which a repetition is known."""
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> bool:
        """Whether the public library finds it signed by this secret."""
        try:
            Webhook(secret).verify(self.body, dict(self.headers))
        except WebhookVerificationError:
            return False
        return True


@define
class Receiver:
    """Head office's own system: it is down for the first requests, where it is told so."""

    down: int = 0
    posts: list[Post] = field(factory=list)
    url: str = ""

    def take(self, headers: Mapping[str, str], body: str) -> int:
        """Keep one request; the status that answers it."""
        status = 503 if len(self.posts) < self.down else 204
        self.posts.append(Post({name.lower(): value for name, value in headers.items()}, body, status))
        return status

    def first(self, about: str) -> Post | None:
        """The first request that was taken and speaks of this."""
        return next((post for post in list(self.posts) if about in post.body and post.status == 204), None)


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    """Listen on a free port of 127.0.0.1 while the block runs."""

    class Port(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.send_response(receiver.take(dict(self.headers.items()), body))
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """The demo prints its own words."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Port)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/decalog"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


def signed_and_rotated(branch: Speaker, report: Report) -> str:
    """A level I escalation arrives signed; so does the next one during a rotation, by both secrets."""
    with receiving(Receiver()) as receiver:
        webhook, secret = _subscribed(branch, receiver)
        first = _arrived(receiver, report())
        assert first.verified(secret), first.headers
        assert json.loads(first.body)["data"]["level"] == "I"
        new = _done(branch, webhook, "rotation")["secret"]
        during = _arrived(receiver, report())
        assert during.verified(secret), "the old secret still signs"
        assert during.verified(new), "the new secret signs already"
        _done(branch, webhook, "rotation/end")
        after = _arrived(receiver, _done(branch, webhook, "test")["event"].partition(":")[2])
        assert (after.verified(secret), after.verified(new)) == (False, True)
        _done(branch, webhook, "disabling")
    return f"{first.id} verified by the public library; the secret exchanged without a gap"


def tried_again(branch: Speaker, report: Report) -> str:
    """A receiver that is down is tried again and gets the same event by the same id; others do not wait for it."""
    with receiving(Receiver(down=1)) as late, receiving(Receiver()) as other:
        (webhook, secret), (beside, _) = _subscribed(branch, late), _subscribed(branch, other)
        incident = report()
        _arrived(other, incident)
        refused = wait_for("the refused request", lambda: next(iter(late.posts), None))
        taken = wait_for("its repetition", lambda: late.first(f'"{refused.id.partition(":")[2]}"'))
        assert (refused.status, refused.id) == (503, taken.id), (refused, taken)
        assert taken.verified(secret), taken.headers
        assert taken.body == refused.body, "a repetition is the same event"
        for one in (webhook, beside):
            _done(branch, one, "disabling")
    return f"{refused.id} answered with 503, sent again and taken; the other receiver had it meanwhile"


def _subscribed(branch: Speaker, receiver: Receiver) -> tuple[str, str]:
    body = {"name": "demo", "unit": UNIT, "url": receiver.url, "levels": ["I"]}
    made = branch.post("/v1/webhooks", body)
    assert made.status_code == 201, made.text
    return made.json()["id"], made.json()["secret"]


def _arrived(receiver: Receiver, about: str) -> Post:
    return wait_for("the webhook", lambda: receiver.first(about))


def _done(branch: Speaker, webhook: str, what: str) -> Any:
    answer = branch.post(f"/v1/webhooks/{webhook}/{what}", {})
    assert answer.is_success, answer.text
    return answer.json()
