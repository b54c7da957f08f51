"""Where an instance keeps its things: one private folder (0700) with private files (0600)."""

import os
from pathlib import Path

from attrs import frozen

MARK = "DECALOG_KEPT_IN"
"""Environment variable that every process of an instance carries: the instance's folder."""


@frozen
class Layout:
    """The paths below an instance's folder; `root` is absolute."""

    root: Path

    @classmethod
    def at(cls, root: Path | str) -> "Layout":
        """The layout of the instance in this folder, which need not exist yet."""
        return cls(Path(root).resolve())

    @property
    def state(self) -> Path:
        return self.root / "instance.json"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.json"

    @property
    def supervisor_lock(self) -> Path:
        return self.root / "supervisor.lock"

    @property
    def start_lock(self) -> Path:
        return self.root / "start.lock"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def crashes(self) -> Path:
        return self.root / "crashes"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def broker(self) -> Path:
        return self.root / "broker"

    @property
    def database(self) -> Path:
        return self.root / "database"

    @property
    def objects(self) -> Path:
        return self.root / "objects"

    def log(self, name: str) -> Path:
        """The log of the process of this name."""
        return self.logs / f"{name}.log"

    def make(self) -> None:
        """Make every folder, readable by the owner alone."""
        for folder in (self.root, self.keys, self.crashes, self.logs, self.broker, self.database, self.objects):
            private_folder(folder)


def private_folder(path: Path) -> Path:
    """The folder, made if missing, with mode 0700."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def private_file(path: Path, text: str, *, mode: int = 0o600) -> Path:
    """Write the file whole or not at all, never readable by others at any moment."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    fresh.replace(path)
    return path


def keep_last_log(path: Path) -> None:
    """Put the log of the run before aside as `<name>.log.1`; the one before that is dropped."""
    if path.exists():
        path.replace(path.with_name(f"{path.name}.1"))


def tail(path: Path, *, lines: int = 20) -> str:
    """The last lines of a log, or a remark that there is none."""
    if not path.exists():
        return f"(no log at {path})"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
