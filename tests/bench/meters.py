"""CPU time and memory of processes and of the whole machine, and what its host takes away, from /proc."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import frozen

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


@frozen
class Reading:
    """CPU seconds so far: by role, of the bystanders together, of the whole machine, and stolen by its host."""

    roles: Mapping[str, float]
    bystanders: float
    machine: float
    stolen: float


def read_meters(roles: Mapping[str, int], bystanders: Iterable[int]) -> Reading:
    """One reading; a process that is gone counts as 0."""
    return Reading(
        {role: cpu_seconds(pid) for role, pid in roles.items()},
        sum(cpu_seconds(pid) for pid in bystanders),
        *_machine_seconds(),
    )


def cpu_seconds(pid: int) -> float:
    """User and system time of a process (proc_pid_stat(5), fields 14 and 15)."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def _machine_seconds() -> tuple[float, float]:
    """Busy time of all cores, and time in which this machine wanted to run and was not let (proc_stat(5))."""
    fields = (PROC / "stat").read_text().splitlines()[0].split()
    user, nice, system, _, _, irq, softirq, stolen = map(int, fields[1:9])
    return (user + nice + system + irq + softirq) / TICKS, stolen / TICKS


def peak_mib(pid: int) -> float:
    """The most memory that the process has held so far, in MiB."""
    return _status_kib(pid, "VmHWM") / 1024


def _status_kib(pid: int, name: str) -> int:
    try:
        lines = (PROC / str(pid) / "status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)
