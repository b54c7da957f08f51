"""Files: what is sent as a body that is no JSON, and incidents that have some."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import schemathesis
from attrs import frozen
from hypothesis import strategies as st

from decalog.demo.attachment import picture, upload
from decalog.demo.stage import Speaker, Stage

UPLOAD = "upload"
PICTURE = picture()
HASH = hashlib.sha256(PICTURE).hexdigest()
BEGINNINGS = {
    "application/pdf": b"%PDF-1.7",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "text/csv": b"a,b",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": b"PK\x03\x04",
}


@frozen
class Filed:
    """What exists: as `Known`."""

    ids: Mapping[str, Sequence[str]]
    fitting: Mapping[str, Sequence[str]]
    bodies: Mapping[str, Sequence[Callable[[], Mapping[str, Any]]]]


def register() -> None:
    """Let bytes of every type that may be uploaded be made and sent: half of them begin as their type does."""
    for media_type, beginning in BEGINNINGS.items():
        rest = st.binary(max_size=100)
        schemathesis.openapi.media_type(media_type, rest | rest.map(beginning.__add__))
        schemathesis.serializer.alias(media_type, "application/octet-stream")


def prepare(stage: Stage, speakers: Sequence[Speaker], incidents: Sequence[str]) -> Filed:
    """A file for each incident, attached by the first of the speakers; receipts for each of them, in their order."""
    for incident in incidents:
        answer = speakers[0].post(f"/v1/incidents/{incident}/attachments", _body(stage, speakers[0]))
        assert answer.is_success, answer.text
    return Filed(
        ids={"hash": [HASH]},
        fitting={"emergency.attachment": incidents, "emergency.attachment.hash": [HASH]},
        bodies={"emergency.attach": [_body_of(stage, speaker) for speaker in speakers]},
    )


def _body_of(stage: Stage, speaker: Speaker) -> Callable[[], Mapping[str, Any]]:
    return lambda: _body(stage, speaker)


def _body(stage: Stage, speaker: Speaker) -> Mapping[str, Any]:
    answer = upload(stage, speaker, PICTURE)
    assert answer.status_code == 201, answer.text
    return {"receipt": answer.json()["receipt"], "name": "现场.png", "kind": "on_site_photo"}
