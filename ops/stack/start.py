"""Starting a stack: what is missing is installed, the parts start side by side, then the services."""

from __future__ import annotations

import fcntl
import stat
import threading
import time
import xmlrpc.client
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from supervisor.xmlrpc import Faults

from ops.embedded.http import get_ok
from ops.embedded.oidc import DISCOVERY
from ops.errors import UserError
from ops.files import write, write_json
from ops.stack import databases, leftovers, mail, processes, topics
from ops.stack.choices import choose
from ops.stack.environment import KAFKA, OIDC, Stack, environment
from ops.stack.installing import install
from ops.stack.layout import Layout
from ops.stack.programs import Program
from ops.stack.progress import Progress
from ops.stack.supervisor import NAME as SUPERVISOR, Supervised, Supervisor, configuration
from ops.svarut.part import write_key

READY_SECONDS = 90.0
PAUSE_SECONDS = 0.1
LOOK_SECONDS = 0.5
_FRAMES = ("at ", "... ")
"""How the lines of a Java stack trace begin, after the one that says what happened."""
CRASHES = 2
"""A process that ends so often while the stack starts is not waited for any longer."""


def start(
    data: Path, port: int | None, given: Mapping[str, str], programs: Sequence[Program], progress: Progress
) -> tuple[Stack, Supervisor]:
    """Start the stack of a folder; see ``choices.choose`` for ``port`` and ``given``. Raises UserError."""
    layout = Layout(data)
    with _alone(layout):
        # First, for what was left behind may hold the ports that the stack is to keep.
        for name in leftovers.clean_up(layout.run):
            progress.say(f"Stopped {name}, left behind by a supervisor that was killed")
        stack = choose(data, port, given)
        return stack, Starting(stack, programs, progress).run()


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    _make_private(layout)
    layout.run.mkdir(exist_ok=True)
    with (layout.run / "starting.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"Another 'fordeling up' is starting {layout.data} just now.") from None
        yield


def _make_private(layout: Layout) -> None:
    """Shut the data folder to everybody else: what is in it is about people. A folder that is not ours is refused."""
    layout.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    begun = layout.run.exists() or layout.ports.exists()
    if layout.data.stat().st_mode & stat.S_ISVTX or (not begun and any(layout.data.iterdir())):
        raise UserError(f"{layout.data} holds other things: name a new folder, or an empty one, with --data-dir.")
    try:
        layout.data.chmod(0o700)
    except PermissionError:
        raise UserError(f"{layout.data} is another user's: name a folder of your own with --data-dir.") from None


class Starting:
    """The start of one stack."""

    def __init__(self, stack: Stack, programs: Sequence[Program], progress: Progress) -> None:
        self._stack = stack
        self._programs = programs
        self._progress = progress
        self._environment = environment(stack)
        self._parts = processes.embedded(stack)
        self.supervisor = Supervisor(stack)
        self._asking = threading.Lock()  # the supervisor is asked by one thread at a time
        self.given_up = threading.Event()

    def run(self) -> Supervisor:
        """Start all and return when all is ready. What was started is stopped again where something fails."""
        with self._progress.shown():
            self._check_given()
            write_key(self._stack.layout.machine_key)
            install(self._progress, [part.jars for part in self._parts if part.jars is not None])
            self._side_by_side([part.part.prepare for part in self._parts])
            table = {process.name: process for process in self._supervise()}
            try:
                self.supervisor.start(self._environment)
                self._side_by_side(
                    [
                        self._postgres(table),
                        self._kafka(table),
                        self._oidc(table),
                        self._mail(table),
                        self._svarut(table),
                    ]
                )
                self._side_by_side([self._program(program, table) for program in self._programs])
            except BaseException:
                self.given_up.set()
                with self._asking:
                    self.supervisor.stop_all()
                raise
        return self.supervisor

    def _check_given(self) -> None:
        """Every part given by its URL has to be there: the embedded one will not step in."""
        given = self._stack.given
        if not self._stack.embeds_kafka():
            topics.check_reachable(given[KAFKA])
        if not self._stack.embeds_oidc() and not get_ok(given[OIDC] + DISCOVERY, seconds=5):
            raise UserError(
                f"No login provider answers at {given[OIDC]} (OIDC_ISSUER). "
                "Start it or mend the URL, or unset the variable to use the embedded one."
            )
        if not self._stack.embeds_mail():
            mail.check(given)
        for database in databases.given(self._stack):
            databases.check_reachable(database.variable, given[database.variable])

    def _supervise(self) -> list[Supervised]:
        layout = self._stack.layout
        table = processes.table(self._stack, self._programs)
        layout.objects.mkdir(parents=True, exist_ok=True)
        write(layout.supervisor, configuration(self._stack, table), private=True)
        write_json(layout.environment, self._environment, private=True)
        return table

    def _postgres(self, table: Mapping[str, Supervised]) -> Callable[[], None]:
        def run() -> None:
            if self._stack.embeds_postgres():
                self.start(table["postgres"], "PostgreSQL", self._stack.postgres().ready)
                stack = self._stack
                databases.create(stack.postgres().url(), stack.embedded_databases(), stack.secrets)
            with self._progress.step("Migrations"):
                databases.migrate(self._programs, self._environment)

        return run

    def _kafka(self, table: Mapping[str, Supervised]) -> Callable[[], None]:
        def run() -> None:
            if self._stack.embeds_kafka():
                self.start(table["kafka"], "Kafka", self._stack.kafka().ready)
            with self._progress.step("Topics"):
                outcome = topics.create(self._environment[KAFKA])
                if self._stack.embeds_kafka():
                    topics.wake_group_coordinator(self._environment[KAFKA])
            for name in outcome.misfits:
                self._progress.say(f"[yellow]![/] {name} has other partitions than the registry says: left alone")
            for name in outcome.thin:
                self._progress.say(f"[yellow]![/] {name} has fewer copies than the brokers could hold")

        return run

    def _oidc(self, table: Mapping[str, Supervised]) -> Callable[[], None]:
        def run() -> None:
            if self._stack.embeds_oidc():
                self.start(table["oidc"], "Login provider", self._stack.oidc().ready)

        return run

    def _mail(self, table: Mapping[str, Supervised]) -> Callable[[], None]:
        def run() -> None:
            if self._stack.embeds_mail():
                self.start(table["mail"], "Mail server", self._stack.mail().ready)

        return run

    def _svarut(self, table: Mapping[str, Supervised]) -> Callable[[], None]:
        def run() -> None:
            if self._stack.embeds_svarut():
                self.start(table["svarut"], "SvarUt simulator", self._stack.svarut().ready)

        return run

    def _program(self, program: Program, table: Mapping[str, Supervised]) -> Callable[[], None]:
        url = program.ready_url(self._environment)
        return lambda: self.start(table[program.name], program.name, lambda: get_ok(url))

    def start(self, process: Supervised, title: str, ready: Callable[[], bool]) -> None:
        """Start one process and wait until it is ready."""
        with self._progress.step(title):
            with self._heard(process.name):
                if self.given_up.is_set():
                    return
                self.supervisor.start_process(process)
            deadline, look = time.monotonic() + READY_SECONDS, time.monotonic() + LOOK_SECONDS
            while not ready():
                if self.given_up.wait(PAUSE_SECONDS):
                    return
                if time.monotonic() > look:
                    self._raise_if_crashing(process.name)
                    look = time.monotonic() + LOOK_SECONDS
                if time.monotonic() > deadline:
                    raise UserError(f"{title} is not ready after {READY_SECONDS:.0f} s: {self._tail(process.name)}")

    @contextmanager
    def _heard(self, name: str) -> Iterator[None]:
        """Ask the supervisor about a process, one thread at a time. Raises UserError where it does not do so."""
        log = self._stack.layout.log(SUPERVISOR)
        with self._asking:
            try:
                yield
            except xmlrpc.client.Fault as error:
                if error.faultCode != Faults.SHUTDOWN_STATE:
                    raise UserError(f"The supervisor refuses to start {name}: {error.faultString} ({log})") from None
                raise UserError(f"The stack is being stopped, so nothing more is started: see {log}") from None
            except (OSError, xmlrpc.client.Error):
                raise UserError(f"The stack is being stopped, so nothing more is started: see {log}") from None

    def _raise_if_crashing(self, name: str) -> None:
        with self._heard(name):
            [info] = [info for info in self.supervisor.processes() if info["name"] == name]
        if info["crashes"] >= CRASHES:
            raise UserError(f"{name} ends as soon as it is started: {self._tail(name)}")

    def _tail(self, name: str) -> str:
        log = self._stack.layout.log(name)
        return f"{last_said(log.read_text(errors='replace') if log.exists() else '')} (the whole log: {log})"

    def _side_by_side(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Run all at once; the first that fails ends the waiting of the others."""
        with ThreadPoolExecutor(max(len(tasks), 1)) as pool:
            futures: list[Future[None]] = [pool.submit(task) for task in tasks]
            try:
                done, _ = wait(futures, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
            except BaseException:
                self.given_up.set()
                raise


def last_said(log: str) -> str:
    """Tell the last line of a log that says something: no frame of a stack trace."""
    said = [line for line in map(str.strip, log.splitlines()) if line and not line.startswith(_FRAMES)]
    return said[-1] if said else "its log is empty"
