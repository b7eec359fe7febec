"""``fordeling``: assembles the commands. Each is a module of ``ops.commands``, loaded when it is asked for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

from ops.errors import UserError

COMMANDS: Mapping[str, str] = {
    "up": "ops.commands.up",
    "down": "ops.commands.down",
    "status": "ops.commands.status",
    "logs": "ops.commands.logs",
    "env": "ops.commands.env",
    "install": "ops.commands.install",
    "migrate": "ops.commands.migrate",
    "topics": "ops.commands.topics",
    "publish": "ops.commands.publish",
    "bulk": "ops.commands.bulk",
    "watch": "ops.commands.watch",
    "mail": "ops.commands.mail",
    "letters": "ops.commands.letters",
    "demo": "ops.commands.demo",
    "reconcile": "ops.commands.reconcile",
    "dead-letters": "ops.commands.dead_letters",
    "outbox": "ops.commands.outbox",
    "republish": "ops.commands.republish",
    "rebuild": "ops.commands.rebuild",
    "recover": "ops.commands.recover",
}
"""Command and module. The module has a Typer ``app``, or a function with the command's name."""


class Commands(TyperGroup):
    """Loads a command's module only when that command, or the help, is asked for: each starts as fast as it can."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typed inside Typer only
        """Tell all names, in the order in which they are needed."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        """Load a command; None where there is no such one."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name])
        command: Any = typer.main.get_command(getattr(module, "app", None) or _single(getattr(module, cmd_name)))
        command.name = cmd_name
        return command


def _single(function: Any) -> typer.Typer:  # noqa: ANN401 - a command takes what it likes
    app = typer.Typer(add_completion=False)
    app.command()(function)
    return app


app = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False
)


@app.callback()
def _fordeling() -> None:
    """Distribution of refugees to municipalities: run it, look at it, feed it."""


def main() -> None:
    """Run the command line; what the reader can mend is told in one line; the exit status is 1 or the error's."""
    try:
        app()
    except UserError as error:
        Console(stderr=True).print(f"[bold red]fordeling:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
