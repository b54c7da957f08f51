"""What can be permitted, as it is shown: the catalogue with its separated pairs, and Decalog's own table."""

from collections.abc import Mapping
from typing import Any

from attrs import asdict

from security.rights import decalog_actions, permissions
from security.separations import separations


def catalogue() -> Mapping[str, Any]:
    """R9.5: the permissions of the business processing system, and what is kept apart."""
    return {"permissions": list(permissions().values()), "separations": list(separations())}


def decalog_table() -> Mapping[str, Any]:
    """R9.5: what each post does in Decalog itself; all of it our default."""
    actions = [
        {**asdict(one.right), "service": one.service, "action": one.right.code, "parts": one.parts}
        for one in decalog_actions().values()
    ]
    return {"basis": "default", "actions": actions}
