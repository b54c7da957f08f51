"""Group robots of the chat platforms, as contact points: whose they are, and what their keys look like."""

import re
from enum import StrEnum

from attrs import field, frozen

from chassis.errors import Malformed
from notifier.contact_points import Contacts


class ChatMalformed(Malformed):
    """The key or the secret is not one of this platform's. Neither is repeated."""

    code = "notifier.chat_malformed"
    zh = "群机器人的 key 或 secret 无效；secret 仅用于钉钉加签"
    en = "this is no robot's key or secret; only DingTalk has a secret"


class Platform(StrEnum):
    """Whose robot it is."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"


@frozen
class Robot:
    """A group robot: what its webhook's URL ends with, and DingTalk's signing secret."""

    platform: Platform
    key: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)


_KEYS = {
    Platform.WECOM: re.compile(r"[A-Za-z0-9_-]{8,128}"),
    Platform.DINGTALK: re.compile(r"[A-Za-z0-9]{8,128}"),
    Platform.FEISHU: re.compile(r"[A-Za-z0-9_-]{8,128}"),
}
_SECRET = re.compile(r"[A-Za-z0-9]{8,128}")


def check_robot(robot: Robot) -> None:
    """Raise ChatMalformed."""
    secret_fits = robot.secret is None or (robot.platform is Platform.DINGTALK and _SECRET.fullmatch(robot.secret))
    if not (_KEYS[robot.platform].fullmatch(robot.key) and secret_fits):
        raise ChatMalformed(pointer="/body/chat")


def robot_of(contacts: Contacts) -> Robot | None:
    """The group robot of these contacts, if there is one."""
    if contacts.chat is None or contacts.chat_key is None:
        return None
    return Robot(Platform(contacts.chat), contacts.chat_key, contacts.chat_secret)
