"""What a killed supervisor leaves behind: found by what was written down of it, and stopped. Only what is ours."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil

from ops.files import read_json, write_json

SUFFIX = ".pid.json"
PATIENCE_SECONDS = 10.0
# Kafka and PostgreSQL last: the others still write to them.
LAST = ("kafka", "postgres")


def remember(folder: Path, name: str, pid: int) -> None:
    """Write down a process of ours, with the time it began, by which it is told from a later one with the same id."""
    try:
        created = psutil.Process(pid).create_time()
    except psutil.Error:
        return
    write_json(folder / f"{name}{SUFFIX}", {"pid": pid, "created": created})


def forget(folder: Path) -> None:
    """Delete what was written down."""
    for file in folder.glob(f"*{SUFFIX}"):
        file.unlink(missing_ok=True)


def alive(folder: Path, name: str) -> psutil.Process | None:
    """Find the process that was written down under the name; None where it has ended."""
    noted = read_json(folder / f"{name}{SUFFIX}")
    if not noted:
        return None
    try:
        process = psutil.Process(noted["pid"])
        same = process.create_time() == noted["created"] and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return None
    return process if same else None


def clean_up(folder: Path) -> list[str]:
    """Stop every process written down in ``folder`` that still runs, with its group. Returns their names."""
    names = sorted(file.name.removesuffix(SUFFIX) for file in folder.glob(f"*{SUFFIX}"))
    stopped = []
    for batch in ([name for name in names if name not in LAST], [name for name in names if name in LAST]):
        members = {name: list(_group(folder, name)) for name in batch}
        for group in members.values():
            for process in group[:1]:  # the first of a group stops the others
                _signal(process, signal.SIGTERM if "postgres" not in process.name() else signal.SIGINT)
        everyone = [process for group in members.values() for process in group]
        _, stubborn = psutil.wait_procs(everyone, timeout=PATIENCE_SECONDS)
        for process in stubborn:
            _signal(process, signal.SIGKILL)
        psutil.wait_procs(stubborn, timeout=PATIENCE_SECONDS)
        stopped += [name for name, group in members.items() if group]
    forget(folder)
    return stopped


def _group(folder: Path, name: str) -> Iterator[psutil.Process]:
    """Find the process and those of its group (the supervisor gives each a group of its own)."""
    leader = alive(folder, name)
    if leader is not None:
        yield leader
    noted = read_json(folder / f"{name}{SUFFIX}")
    for process in psutil.process_iter():
        try:
            member = os.getpgid(process.pid) == noted["pid"] and process.create_time() >= noted["created"]
        except (OSError, psutil.Error):
            continue
        if member and process.pid != noted["pid"]:
            yield process


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
