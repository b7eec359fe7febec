"""The supervisor (``supervisord``): its configuration, its start, and what it is asked over XML-RPC."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import xmlrpc.client
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil

from ops.embedded.launch import Launch
from ops.embedded.ports import LOOPBACK
from ops.embedded.waiting import wait_until
from ops.errors import UserError
from ops.paths import ROOT
from ops.stack.environment import Stack
from ops.stack.leftovers import alive, clean_up_after, mark, remember
from ops.stack.programs import Stage

NAME = "supervisor"
"""Under which its log and process id are found."""
START_SECONDS = 15.0
STOP_SECONDS = 90.0
UMASK = 0o077
"""The supervisor's, and so every process's: what they keep and log is about people, and nobody else's to read."""

_PROGRAM = """\
[program:{name}]
command={command}
directory={root}
environment={environment}
autostart=false
autorestart=true
; a crash at start is tried again after 1, 2, 3 ... seconds, without end
startsecs=1
startretries=1000000
stopsignal={stop_signal}
stopwaitsecs={stop_seconds}
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""

_HEAD = """\
[supervisord]
nodaemon=true
silent=true
user={user}
identifier=fordeling
logfile={log}
logfile_maxbytes=5MB
logfile_backups=1
pidfile={pidfile}
childlogdir={logs}

[inet_http_server]
port={host}:{port}
username=fordeling
password={password}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[rpcinterface:fordeling]
supervisor.rpcinterface_factory=ops.stack.history:make
folder={run}
"""


@dataclass(frozen=True, slots=True)
class Supervised:
    """One process under supervision."""

    name: str
    stage: Stage
    launch: Launch


def configuration(stack: Stack, processes: Iterable[Supervised]) -> str:
    """Render ``supervisord.conf``: one group a stage, so that the groups stop one after the other, the last first."""
    layout = stack.layout
    supervised = list(processes)
    head = _HEAD.format(
        user=psutil.Process().username(),
        log=_plain(layout.log(NAME)),
        pidfile=_plain(layout.run / "supervisord.pid"),
        logs=_plain(layout.logs),
        host=LOOPBACK,
        port=stack.ports["supervisor"],
        password=_plain(stack.secrets["supervisor"]),
        run=_plain(layout.run),
    )
    sections = [head]
    for stage in Stage:
        members = [process for process in supervised if process.stage is stage]
        if members:
            names = ",".join(process.name for process in members)
            sections.append(f"[group:{stage.name.lower()}]\nprograms={names}\npriority={stage.value}\n")
            sections += [_section(stack, process) for process in members]
    return "\n".join(sections)


def _section(stack: Stack, process: Supervised) -> str:
    launch = process.launch
    return _PROGRAM.format(
        name=process.name,
        command=_plain(shlex.join(launch.command)),
        root=_plain(ROOT),
        environment=",".join(f'{name}="{_plain(value)}"' for name, value in launch.environment.items()),
        stop_signal=launch.stop_signal.name.removeprefix("SIG"),
        stop_seconds=launch.stop_seconds,
        log=_plain(stack.layout.log(process.name)),
    )


def _plain(value: object) -> str:
    """Write a value so that the configuration's own expansion leaves it alone."""
    return str(value).replace("%", "%%")


class Supervisor:
    """The supervisor of one stack, running or not."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        password = stack.secrets["supervisor"]
        address = f"http://fordeling:{password}@{LOOPBACK}:{stack.ports['supervisor']}/RPC2"
        self._address = address

    def runs(self) -> bool:
        """Whether it is there and answers."""
        return alive(self._stack.layout.run, NAME) is not None and self._answers()

    def pid(self) -> int | None:
        """Tell its process id; None where it does not run."""
        process = alive(self._stack.layout.run, NAME)
        return process.pid if process else None

    def start(self, environment: Mapping[str, str]) -> None:
        """Start it, in a session of its own: a Ctrl-C reaches it only through us. It starts nothing by itself."""
        layout = self._stack.layout
        layout.logs.mkdir(parents=True, exist_ok=True)
        with layout.log(f"{NAME}-start").open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(layout.supervisor)],
                cwd=ROOT,
                env={**os.environ, **environment, **mark(layout.run)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=UMASK,
            )
        remember(layout.run, NAME, process.pid)
        if not wait_until(self._answers, START_SECONDS, alive=lambda: process.poll() is None):
            said = layout.log(f"{NAME}-start").read_text().strip().splitlines()
            raise UserError(f"The supervisor did not start: {said[-1] if said else 'it said nothing'}")

    def start_process(self, process: Supervised) -> None:
        """Start one process; does not wait."""
        with self.asked() as supervisor:
            supervisor.supervisor.startProcess(f"{process.stage.name.lower()}:{process.name}", False)

    def stop_all(self) -> None:
        """Stop every process, the last stage first, and then the supervisor itself. Returns when it has ended.

        What was written down of them is deleted then: later, the ids may be those of strangers.
        """
        run = self._stack.layout.run
        process = alive(run, NAME)
        if process is None:
            return
        try:
            with self.asked() as supervisor:
                supervisor.supervisor.shutdown()
        except (OSError, xmlrpc.client.Error):
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            raise UserError(
                f"The stack has not stopped after {STOP_SECONDS:.0f} s: see {self._stack.layout.log(NAME)}"
            ) from None
        clean_up_after(run, NAME, process)

    def processes(self) -> list[dict[str, Any]]:
        """Tell of each process what the supervisor knows, and ``starts``, ``crashes`` and ``crashed_at`` beside it."""
        with self.asked() as supervisor:
            history: Any = supervisor.fordeling.tell()
            known: Any = supervisor.supervisor.getAllProcessInfo()
        never = {"starts": 0, "crashes": 0, "crashed_at": 0.0}
        return [info | history.get(info["name"], never) for info in known]

    @contextmanager
    def asked(self) -> Iterator[Any]:
        """Connect for one question: threads may ask side by side, and no connection is left behind."""
        with xmlrpc.client.ServerProxy(self._address) as proxy:
            yield proxy

    def _answers(self) -> bool:
        try:
            with self.asked() as supervisor:
                supervisor.supervisor.getPID()
        except (OSError, xmlrpc.client.Error):
            return False
        return True
