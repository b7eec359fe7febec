"""``fordeling up``: start everything."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from ops.commands.options import DataDir
from ops.embedded.demo_users import demo_users
from ops.errors import UserError
from ops.paths import DEFAULT_DATA
from ops.stack.choices import reopen
from ops.stack.environment import KAFKA, Stack, environment
from ops.stack.opening import without_profile
from ops.stack.programs import PROGRAMS
from ops.stack.progress import Progress
from ops.stack.start import start
from ops.stack.supervisor import Supervisor
from ops.stack.watch import Watch


def up(
    data_dir: DataDir = None,
    port: Annotated[int | None, typer.Option(help="Port of the pages; 8080, or what this stack had before.")] = None,
    *,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return when all is ready; stop it with 'fordeling down'.")
    ] = False,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Load invented lists on the first start.")] = True,
    embedded_only: Annotated[
        bool, typer.Option("--embedded-only", help="Only Kafka, PostgreSQL, login and mail: services run elsewhere.")
    ] = False,
) -> None:
    """Install what is missing, start everything, and tell the one address to open.

    Without --detach it stays, tells of crashes, and Ctrl-C stops everything. Each embedded part is left out when its
    URL is in the environment: KAFKA_BOOTSTRAP_SERVERS, <SERVICE>_DATABASE_URL, OIDC_ISSUER, SMTP_URL (with MAIL_FROM),
    OBJECT_STORE_URL.
    """
    without_profile()
    console = Console()
    data = (data_dir or DEFAULT_DATA).absolute()
    if _runs_already(data, console):
        return
    progress = Progress(console)
    with _signals_as_interrupt():
        try:
            stack, supervisor = start(data, port, os.environ, () if embedded_only else PROGRAMS, progress)
        except KeyboardInterrupt:
            console.print("Stopped.")
            raise typer.Exit(130) from None
        watch = Watch(stack, supervisor, console)
        try:
            if demo and not embedded_only:
                _load_demo(stack, progress)
            _welcome(stack, console, detach=detach)
            if not detach:
                watch.until_interrupted()
        except KeyboardInterrupt:
            watch.stop()


def _runs_already(data: Path, console: Console) -> bool:
    stack = reopen(data)
    if stack is None or not Supervisor(stack).runs():
        return False
    console.print(f"Already running: [bold]{environment(stack)['PUBLIC_URL']}[/]  (stop it with 'fordeling down')")
    return True


@contextmanager
def _signals_as_interrupt() -> Iterator[None]:
    """Let a closed terminal and SIGTERM stop the stack as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _load_demo(stack: Stack, progress: Progress) -> None:
    """Load the demonstration once in a stack's life; where it fails, the stack stays up."""
    if stack.layout.demo.exists():
        return
    from ops.demo.load import load  # noqa: PLC0415 - only the first start needs it

    try:
        with progress.shown(), progress.step("Demo data") as step:
            load(environment(stack)[KAFKA], datetime.now(ZoneInfo("Europe/Oslo")), step.note)
        stack.layout.demo.touch()
    except UserError as error:
        progress.say(
            f"[yellow]![/] The demo data is not loaded ({escape(str(error))}): 'fordeling demo load' tries again"
        )


def _welcome(stack: Stack, console: Console, *, detach: bool) -> None:
    address = environment(stack)["PUBLIC_URL"]
    table = Table.grid(padding=(0, 3))
    if stack.embeds_oidc():
        for user in demo_users():
            table.add_row(user.name, user.places, f"[dim]{user.role.label}[/]")
    console.print()
    console.print(Panel.fit(table, title=f"[bold]{address}[/]", subtitle="log in as", padding=(1, 3)))
    if stack.embeds_mail():
        console.print(f"The e-mails it sends: {stack.mail().url}", highlight=False)
    console.print("Stop with 'fordeling down'." if detach else "Ctrl-C stops everything.", highlight=False)
