"""Who calls, as a verified access token says."""

from collections.abc import Mapping
from typing import Any, Literal

from attrs import frozen

Kind = Literal["person", "system", "anonymous"]


@frozen
class Principal:
    """A caller. Grants travel in a system's token; a person's are resolved by the service.

    `expires` and `issued` (0 where it needs no token) are epoch seconds.
    """

    sub: str
    kind: Kind
    grants: tuple[Mapping[str, Any], ...]
    epoch: int
    expires: float
    issued: float = 0.0

    @property
    def id(self) -> str:
        """The caller's name in logs and limits."""
        return f"{self.kind}:{self.sub}"


ANONYMOUS = Principal("anonymous", "anonymous", (), 0, float("inf"))  # what public operations are called with
GATEWAY = Principal("gateway", "system", (), 0, float("inf"))  # what the gateway asks for manifests with
