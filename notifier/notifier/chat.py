"""A notice to a group robot of WeCom, DingTalk or Feishu: Apprise's plugins make the request, we look at the answer.

Apprise says true or false, and true where WeCom or DingTalk answered 200 with an `errcode` that says no. So its plugins
post through `_Door`, which has limits, follows no redirects, and takes such an answer for the failure that it is. What
failed is tried again in any case: a false does not tell a lasting refusal from a passing one (ADR 0009, 0014). Apprise
and its HTTP library log URLs, which hold the robot's key: neither logs here.
"""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import requests
from apprise import NotifyFormat
from apprise.plugins import dingtalk, feishu, wecombot

from notifier.notices import Reason
from notifier.robots import Platform, Robot

CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0

for _name in ("apprise", "urllib3"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


def send(robot: Robot, text: str, relay: str | None = None) -> Reason | None:
    """Hand the text to the robot: None once its platform has taken it, else why not.

    `relay` stands in for the platforms' hosts, whose names it gets as first part of the path.
    """
    taken: bool = _plugin(robot, relay).notify(body=text, body_format=NotifyFormat.TEXT)
    return None if taken else Reason.CHAT_REFUSED


def _plugin(robot: Robot, relay: str | None) -> Any:
    kind, arguments = _of(robot)
    if relay is not None:
        url = relay.rstrip("/") + kind.notify_url.removeprefix("https:/")
        kind = type(kind.__name__, (kind,), {"notify_url": url})
    return kind(**arguments)


def _of(robot: Robot) -> tuple[Any, Mapping[str, Any]]:
    match robot.platform:
        case Platform.WECOM:
            return wecombot.NotifyWeComBot, {"key": robot.key}
        case Platform.DINGTALK:
            return dingtalk.NotifyDingTalk, {"token": robot.key, "secret": robot.secret}
        case Platform.FEISHU:
            return feishu.NotifyFeishu, {"token": robot.key}


class _Door:
    """What the plugins know as `requests`."""

    codes = requests.codes
    RequestException = requests.RequestException

    @staticmethod
    def post(url: str, **rest: Any) -> requests.Response:
        """Post within limits; RequestException where the platform says no in its answer's body.

        DingTalk's plugin quotes the signature, which `requests` quotes too; DingTalk expects it quoted once.
        """
        rest |= {"timeout": (CONNECT_SECONDS, READ_SECONDS), "allow_redirects": False}
        rest["params"] = {name: unquote(value) for name, value in (rest.get("params") or {}).items()}
        answer = requests.post(url, **rest)  # noqa: S113 the timeout stands in `rest`
        if answer.ok and (code := _errcode(answer)):
            raise requests.RequestException(f"errcode {code}")
        return answer


def _errcode(answer: requests.Response) -> Any:
    try:
        said = answer.json()
    except ValueError:
        return None
    return said.get("errcode") if isinstance(said, dict) else None


for _module in (wecombot, dingtalk, feishu):
    vars(_module)["requests"] = _Door
