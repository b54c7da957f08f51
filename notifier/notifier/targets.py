"""Where a webhook may go: an https URL whose host has public addresses only (OWASP: server-side request forgery).

The URL's form is checked when it is given; its addresses each time it is called, because names change what they stand
for. The connection then goes to the very address that was checked.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from attrs import frozen

from chassis.errors import Malformed

PORTS = {"https": 443, "http": 80}
LONGEST_URL = 1_000

_HOST = re.compile(r"[A-Za-z0-9_.-]{1,253}|[0-9A-Fa-f:.]{2,45}")
_SHOWN = re.compile(r"[!-~]+")
_CARRIES_IPV4 = tuple(IPv6Network(net) for net in ("64:ff9b::/96", "2002::/16", "2001::/32", "::/96"))
"""NAT64, 6to4, Teredo and the old compatible form: they lead to an IPv4 address that nobody has checked."""


class WebhookMalformed(Malformed):
    """The URL is not one that a webhook may have. It is not repeated: its path may be a secret."""

    code = "notifier.webhook_malformed"
    zh = "Webhook 地址无效：须为 {schemes} 地址，不含用户名、片段，主机须为公网地址"
    en = "this is no URL of a webhook: {schemes}, no user, no fragment, and a host with a public address"


class TargetForbidden(Exception):
    """The host has an address that webhooks may not reach."""


@frozen
class Target:
    """What a webhook's URL says. `path` holds the query too."""

    scheme: str
    host: str
    port: int
    path: str


def read_target(url: str, *, plain_http: bool, private_addresses: bool) -> Target:
    """The target of this URL; WebhookMalformed where its form, or an address written in it, is not allowed."""
    schemes = ("https", "http") if plain_http else ("https",)
    refusal = WebhookMalformed(schemes="/".join(schemes), pointer="/body/webhook/url")
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise refusal from None
    if parts.scheme not in schemes or not _is_plain(url, parts):
        raise refusal
    host = parts.hostname or ""
    if _is_address(host) and not (private_addresses or is_public(host)):
        raise refusal
    return Target(parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def check_addresses(addresses: Iterable[str], *, private_addresses: bool) -> None:
    """Raise TargetForbidden unless webhooks may reach every one of them."""
    if not private_addresses and not all(is_public(address) for address in addresses):
        raise TargetForbidden


def is_public(address: str) -> bool:
    """Whether the address is global unicast: not private, loopback, link- or site-local, shared, reserved, group."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.is_site_local or any(ip in net for net in _CARRIES_IPV4):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _is_plain(url: str, parts: SplitResult) -> bool:
    return bool(
        len(url) <= LONGEST_URL
        and _SHOWN.fullmatch(url)
        and "@" not in parts.netloc
        and not parts.fragment
        and _HOST.fullmatch(parts.hostname or "")
    )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
