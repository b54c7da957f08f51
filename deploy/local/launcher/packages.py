"""Installing a Debian package as root without letting what it brings start by itself."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.failures import LaunchError
from launcher.layout import tail

POLICY = Path("/usr/sbin/policy-rc.d")
FORBIDDEN = 101
"""Exit code by which policy-rc.d forbids an action (invoke-rc.d(8))."""


def can_install() -> bool:
    """Whether this user may install Debian packages on this machine."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(package: str, *, log: Path) -> None:
    """Install the package, saying so; LaunchError with the end of apt's log where that fails."""
    print(f"Installing Debian's package {package}; its service is neither started nor enabled at boot ...")
    with log.open("a") as output, no_service_starts():
        apt("update", log=log, output=output.fileno())
        apt("install", "-y", "--no-install-recommends", package, log=log, output=output.fileno())
        subprocess.run(["update-rc.d", package, "disable"], stdout=output, stderr=output, check=False)


def apt(*arguments: str, log: Path, output: int) -> None:
    """One run of apt-get that asks nothing."""
    run = subprocess.run(
        ["apt-get", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        check=False,
    )
    if run.returncode:
        raise LaunchError(f"apt-get {' '.join(arguments)} failed; the end of {log}:\n{tail(log)}")


@contextmanager
def no_service_starts(policy: Path = POLICY) -> Iterator[None]:
    """While open, packages may not start services; the machine's own policy is put back afterwards."""
    if already_forbidden(policy):
        yield
        return

    aside = policy.with_name(f"{policy.name}.decalog-aside")
    had_one = policy.exists()
    if had_one:
        policy.replace(aside)
    try:
        policy.write_text(f"#!/bin/sh\nexit {FORBIDDEN}\n")
        policy.chmod(0o755)
        yield
    finally:
        policy.unlink(missing_ok=True)
        if had_one:
            aside.replace(policy)


def already_forbidden(policy: Path) -> bool:
    """Whether the machine's own policy forbids starting a service."""
    if not os.access(policy, os.X_OK):
        return False
    return subprocess.run([policy, "rabbitmq-server", "start"], check=False).returncode == FORBIDDEN
