"""A copy of this workspace in which something is tried, and an instance of the product that runs in it."""

import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from attrs import define

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
Kind = TypeVar("Kind")

COMMAND_SECONDS, WITHIN_SECONDS, LOOK_EVERY_SECONDS = 300.0, 60.0, 0.05


@define
class Workspace:
    """The copy, and the packages that are installed in it besides those of this workspace."""

    root: Path
    installed: tuple[Path, ...] = ()

    @classmethod
    def copied(cls, root: Path) -> "Workspace":
        """A copy of the files as they lie here, without environment, data and history."""
        shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        return cls(root)

    def install(self, package: str) -> None:
        """What `uv sync` makes of a workspace's member: its folder is importable, and its entry points are known."""
        project = tomllib.loads((self.root / package / "pyproject.toml").read_text())["project"]
        name = project["name"].replace("-", "_")
        known = self.root / ".installed" / f"{name}-{project['version']}.dist-info"
        known.mkdir(parents=True)
        (known / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {project['version']}\n")
        (known / "entry_points.txt").write_text(_entry_points(project["entry-points"]))
        self.installed = (known.parent, self.root / package)

    def run(self, *command: str, **variables: str) -> str:
        """What a command prints that must succeed; its first word is looked for among our own programs."""
        program = shutil.which(command[0], path=PROGRAMS) or command[0]
        ran = subprocess.run(
            [program, *command[1:]],
            cwd=self.root,
            env=self.environment(keep="DECALOG_TEST_INSTANCE") | variables,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert ran.returncode == 0, f"{' '.join(command)}:\n{ran.stdout[-6000:]}{ran.stderr[-3000:]}"
        return ran.stdout

    def environment(self, *, keep: str = "") -> dict[str, str]:
        """Ours, with nothing of another instance."""
        own = {name: value for name, value in os.environ.items() if name == keep or not name.startswith("DECALOG_")}
        return own | {"PYTHONPATH": os.pathsep.join(str(path) for path in self.installed)}

    @contextmanager
    def running(self, processes: Sequence[str]) -> Iterator[Path]:
        """The `instance.json` of a fresh instance in `.local/run`, which ends with this, or with this process."""
        where = self.root / ".local/run"
        arguments = ["run", "--root", str(where), "--env", "local", "--processes", ",".join(processes), "--", "cat"]
        with subprocess.Popen(
            [sys.executable, "-m", "launcher", *arguments],
            cwd=self.root,
            env=self.environment(),
            stdin=subprocess.PIPE,  # what `cat` waits for: closed at the end, whatever that is
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as launcher:
            assert launcher.stdin is not None
            assert launcher.stdout is not None
            said: list[str] = []
            while not (said and said[-1].startswith("Logs: ")):
                said.append(launcher.stdout.readline())
                assert said[-1], "".join(said)
            try:
                yield where / "instance.json"
            finally:
                launcher.stdin.close()
                launcher.wait()


def until(found: Callable[[], Kind | None]) -> Kind:
    """What is found at last; an error where nothing is, after a minute."""
    ends = time.monotonic() + WITHIN_SECONDS
    while (thing := found()) is None:
        assert time.monotonic() < ends, "it has not come about"
        time.sleep(LOOK_EVERY_SECONDS)
    return thing


def _entry_points(groups: dict[str, Any]) -> str:
    return "\n".join(
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in entries.items())
        for group, entries in groups.items()
    )
