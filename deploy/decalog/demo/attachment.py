"""A photo of the scene (R7.11): uploaded past the broker, attached to an incident, and read back as it was."""

import hashlib
import struct
import zlib
from typing import Any

from decalog.demo.stage import Speaker, Stage

PNG = "image/png"
PROGRAM = b"MZ\x90\x00" + bytes(60)
WIDTH, HEIGHT = 64, 48


def attach_a_photo(stage: Stage, branch: Speaker, incident: str) -> str:
    """The photo keeps its hash from the upload to the download; a program that is called a picture is refused."""
    photo = picture()
    digest = hashlib.sha256(photo).hexdigest()
    uploaded = upload(stage, branch, photo)
    assert (uploaded.status_code, uploaded.json()["hash"]) == (201, digest), uploaded.text

    path = f"/v1/incidents/{incident}/attachments"
    body = {"receipt": uploaded.json()["receipt"], "name": "现场照片.png", "kind": "on_site_photo"}
    attached = branch.post(path, body)
    assert attached.status_code == 201, attached.text
    fetched = branch.get(f"{path}/{digest}")
    assert hashlib.sha256(fetched.content).hexdigest() == digest, fetched.status_code
    disguised = upload(stage, branch, PROGRAM)
    assert disguised.status_code == 415, disguised.text
    code = disguised.json()["code"]
    return f"{len(photo)} bytes attached and read back as {digest[:12]}…; a program named .png: 415 {code}"


def upload(stage: Stage, speaker: Speaker, content: bytes) -> Any:
    """POST bytes that are said to be a PNG."""
    headers = {"Authorization": f"Bearer {speaker.token}", "Content-Type": PNG}
    return stage.http.post("/v1/uploads", content=content, headers=headers)


def picture() -> bytes:
    """A small grey picture, as a PNG."""
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    rows = b"".join(b"\x00" + bytes((column * 4) % 256 for column in range(WIDTH)) for _ in range(HEIGHT))
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(name, content) for name, content in parts)


def _part(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
