"""What a stack is like just now."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import psutil

from ops.dead_letters.places import DatabaseError
from ops.decisions import counted
from ops.embedded.http import get_json
from ops.paths import ROOT
from ops.stack import processes
from ops.stack.environment import DATABASES, KAFKA, OIDC, SMTP, SVARUT, Stack, saved_environment, without_password
from ops.stack.programs import PROGRAMS
from ops.stack.supervisor import Supervisor


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """One process.

    state: the supervisor's word, in small letters: running, starting, backoff, stopped …
    health: ready, not ready, or unknown where it does not run.
    restarts: how often it was started again. memory_bytes: its share (PSS), with its children's.
    """

    name: str
    state: str
    pid: int | None
    uptime_seconds: int
    restarts: int
    crashes: int
    health: str
    memory_bytes: int
    version: str
    log: str


@dataclass(frozen=True, slots=True)
class StackStatus:
    """A stack. memory_bytes: of all its processes, the supervisor included.

    undecided: what waits for somebody to decide; empty where that cannot be told.
    alarms: what lasts that somebody should look at, by process and name, with its figures.
    """

    running: bool
    data_dir: str
    url: str
    version: str
    memory_bytes: int
    addresses: Mapping[str, str]
    processes: Sequence[ProcessStatus]
    undecided: Mapping[str, int]
    alarms: Mapping[str, Mapping[str, Mapping[str, Any]]]

    def document(self) -> dict[str, object]:
        """Tell it as JSON's own types."""
        return asdict(self)


def status(stack: Stack) -> StackStatus:
    """Look at every process of a stack, and ask each whether it is ready."""
    supervisor = Supervisor(stack)
    told = saved_environment(stack.layout)
    pid = supervisor.pid()
    found = _processes(stack, supervisor, told) if pid is not None else []
    memory = sum(process.memory_bytes for process in found) + (memory_bytes(pid, children=False) if pid else 0)
    return StackStatus(
        running=pid is not None,
        data_dir=str(stack.layout.data),
        url=told.get("PUBLIC_URL", ""),
        version=version(),
        memory_bytes=memory,
        addresses=_addresses(stack, told),
        processes=found,
        undecided=_undecided(told) if pid is not None else {},
        alarms=_alarms(told) if pid is not None else {},
    )


def _undecided(told: Mapping[str, str]) -> dict[str, int]:
    try:
        return asyncio.run(counted(told))
    except DatabaseError:
        return {}


def _alarms(told: Mapping[str, str]) -> dict[str, Mapping[str, Mapping[str, Any]]]:
    with ThreadPoolExecutor(len(PROGRAMS)) as pool:
        answers = pool.map(lambda program: get_json(program.details_url(told)), PROGRAMS)
        lasting = {program.name: found.get("alarms", {}) for program, found in zip(PROGRAMS, answers, strict=True)}
    return {name: alarms for name, alarms in lasting.items() if alarms}


def _processes(stack: Stack, supervisor: Supervisor, told: Mapping[str, str]) -> list[ProcessStatus]:
    order = [program.name for program in PROGRAMS] + ["kafka", "postgres", "oidc", "mail", "svarut"]
    infos = sorted(supervisor.processes(), key=lambda info: order.index(info["name"]))
    programs = [program for program in PROGRAMS if any(info["name"] == program.name for info in infos)]
    probes = processes.probes(stack, programs, told)
    versions = {part.name: part.version for part in processes.embedded(stack)}
    with ThreadPoolExecutor(max(len(infos), 1)) as pool:
        healths = list(pool.map(lambda info: _health(info["statename"], probes.get(info["name"])), infos))
    return [
        ProcessStatus(
            name=info["name"],
            state=info["statename"].lower(),
            pid=info["pid"] or None,
            uptime_seconds=max(info["now"] - info["start"], 0) if info["pid"] else 0,
            restarts=max(info["starts"] - 1, 0),
            crashes=info["crashes"],
            health=health,
            memory_bytes=memory_bytes(info["pid"]) if info["pid"] else 0,
            version=versions.get(info["name"], version()),
            log=str(stack.layout.log(info["name"])),
        )
        for info, health in zip(infos, healths, strict=True)
    ]


def _health(state: str, ready: Callable[[], bool] | None) -> str:
    if state not in ("RUNNING", "STARTING") or ready is None:
        return "unknown"
    return "ready" if ready() else "not ready"


def _addresses(stack: Stack, told: Mapping[str, str]) -> dict[str, str]:
    if not told:
        return {}
    urls = {database.variable: told[database.variable] for database in DATABASES}
    named = {"gateway": told["PUBLIC_URL"], KAFKA: told[KAFKA], OIDC: told[OIDC]}
    if stack.embeds_oidc():
        named["MASKINPORTEN_ISSUER"] = stack.oidc().issuer("maskinporten")
    if told.get(SVARUT):
        named[SVARUT] = told[SVARUT]
    named["OBJECT_STORE_URL"] = told["OBJECT_STORE_URL"]
    for name in (SMTP, "MAIL_URL"):
        if name in told:
            named[name] = without_password(told[name])
    return named | {name: without_password(url) for name, url in urls.items()}


def memory_bytes(pid: int, *, children: bool = True) -> int:
    """Tell a process's proportional share of memory, with its children's. 0 where it is gone or may not be seen."""
    total = 0
    try:
        process = psutil.Process(pid)
        family = [process, *(process.children(recursive=True) if children else ())]
    except psutil.Error:
        return 0
    for member in family:
        try:
            total += member.memory_full_info().pss
        except psutil.Error:
            continue
    return total


def version() -> str:
    """Tell the project's version."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
