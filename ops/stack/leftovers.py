"""What a killed supervisor leaves behind: found by what was written down of it, and stopped. Only what is ours."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from ops.files import read_json, write_json

SUFFIX = ".pid.json"
MARK = "FORDELING_RUN_DIR"
"""A variable of every process that a supervisor started: the folder that holds the notes on it, links resolved."""
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
PATIENCE_SECONDS = 10.0
# Kafka and PostgreSQL last: the others still write to them.
LAST = ("kafka", "postgres")


def remember(folder: Path, name: str, pid: int) -> None:
    """Write down a process of ours, with the time it began, by which it is told from a later one with the same id."""
    try:
        created = psutil.Process(pid).create_time()
    except psutil.Error:
        return
    write_json(folder / f"{name}{SUFFIX}", {"pid": pid, "created": created, "boot": _boot()})


def mark(folder: Path) -> dict[str, str]:
    """Tell the variable that marks the processes written down in ``folder``."""
    return {MARK: str(folder.resolve())}


def forget(folder: Path) -> None:
    """Delete what was written down."""
    for file in folder.glob(f"*{SUFFIX}"):
        file.unlink(missing_ok=True)


def alive(folder: Path, name: str) -> psutil.Process | None:
    """Find the process that was written down under the name; None where it has ended."""
    noted = _note(folder, name)
    if not noted:
        return None
    try:
        process = psutil.Process(noted["pid"])
        same = process.create_time() == noted["created"] and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return None
    return process if same else None


def clean_up_after(folder: Path, name: str, ended: psutil.Process) -> None:
    """Stop what outlived a process that has ended, and forget it all; nothing where a later one was written down."""
    if _note(folder, name).get("pid") == ended.pid:
        clean_up(folder)


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
    """Find the process and those of its group (the supervisor gives each a group of its own).

    A group may outlive its first process. Then its id may have been another's since: only marked processes are ours.
    """
    noted = _note(folder, name)
    if not noted:
        return
    began = _began(noted["pid"])
    if began is not None and began != noted["created"]:
        return  # the id is another process's now; it would not be, did our group still live
    leader = alive(folder, name)
    if leader is not None:
        yield leader
    for process in psutil.process_iter():
        try:
            member = os.getpgid(process.pid) == noted["pid"] and process.pid != noted["pid"]
            ours = member and (began is not None or _is_marked(process, folder))
        except (OSError, psutil.Error):
            continue  # it has ended, or is not ours to look at
        if ours:
            yield process


def _note(folder: Path, name: str) -> dict[str, Any]:
    """Read what was written down; empty where nothing was, or before the machine was started anew."""
    noted = read_json(folder / f"{name}{SUFFIX}")
    return noted if noted.get("boot", _boot()) == _boot() else {}


def _boot() -> str:
    """Tell one run of the machine from another: process ids begin again. Empty where the system does not tell."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""


def _began(pid: int) -> float | None:
    """Tell when the process with that id began, ended or not; None where the id is free."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None


def _is_marked(process: psutil.Process, folder: Path) -> bool:
    return process.environ().get(MARK) == str(folder.resolve())


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
