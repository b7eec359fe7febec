"""``fordeling``: assembles the commands. Each is a module of ``ops.commands``, loaded when it is asked for."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from typer._click.exceptions import ClickException, NoArgsIsHelpError
from typer.core import TyperGroup

from ops import outside, profiles
from ops.errors import UserError
from ops.paths import ROOT

DECLINED, WRONGLY_WRITTEN, UNREACHABLE, FAULT, INTERRUPTED = 1, 2, 2, 70, 130
"""Exit statuses; docs/cli.md has them all."""

COMMANDS: Mapping[str, str] = {
    "up": "ops.commands.up",
    "down": "ops.commands.down",
    "status": "ops.commands.status",
    "logs": "ops.commands.logs",
    "env": "ops.commands.env",
    "install": "ops.commands.install",
    "migrate": "ops.commands.migrate",
    "doctor": "ops.commands.doctor",
    "topics": "ops.commands.topics",
    "publish": "ops.commands.publish",
    "bulk": "ops.commands.bulk",
    "watch": "ops.commands.watch",
    "mail": "ops.commands.mail",
    "letters": "ops.commands.letters",
    "four-eyes": "ops.commands.four_eyes",
    "demo": "ops.commands.demo",
    "reconcile": "ops.commands.reconcile",
    "dead-letters": "ops.commands.dead_letters",
    "outbox": "ops.commands.outbox",
    "audit": "ops.commands.audit",
    "privacy": "ops.commands.privacy",
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
        found = getattr(module, "app", None) or _single(getattr(module, cmd_name.replace("-", "_")))
        found._add_completion = False  # noqa: SLF001 - completion is the whole command's
        command: Any = typer.main.get_command(found)
        command.name = cmd_name
        command.short_help = command.short_help or _first_sentence(command.help or "")
        return command


def _first_sentence(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split()).split(". ")[0].rstrip(".") + "."


def _single(function: Any) -> typer.Typer:  # noqa: ANN401 - a command takes what it likes
    app = typer.Typer(add_completion=False)
    app.command()(function)
    return app


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _profiles(incomplete: str) -> list[str]:
    return [name for name in profiles.names(os.environ) if name.startswith(incomplete)]


@app.callback()
def _fordeling(
    profile: Annotated[
        str | None,
        typer.Option(
            help="A cluster elsewhere, by its name in ~/.config/fordeling/profiles.toml.",
            envvar=profiles.NAMED_BY,
            autocompletion=_profiles,
        ),
    ] = None,
) -> None:
    """Distribution of refugees to municipalities: run it, look at it, feed it.

    What each exit status means, profiles, and examples with what they print: docs/cli.md.
    """
    if profile:
        profiles.apply(profile, os.environ)


def main() -> None:
    """Run the command line. What is wrong is told in one line; what the exit status means: docs/cli.md."""
    sys.exit(run())


def run() -> int:
    """Run the command line and tell the exit status."""
    try:
        return int(app(standalone_mode=False, prog_name="fordeling") or 0)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has what they wanted, as with `head`; nor can what is left be written at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - none ends in a stack trace
        return _told(error)


def _told(error: Exception) -> int:
    """Tell an error in one line; gives the exit status."""
    if isinstance(error, UserError):
        return _say(str(error), error.exit_status)
    if isinstance(error, ClickException):
        return _usage(error)
    if isinstance(error, typer.Abort):
        return _say("Nothing was done.", DECLINED)
    return _unexpected(error)


def _usage(error: ClickException) -> int:
    """Say what is wrongly written, and whose help tells more."""
    context = getattr(error, "ctx", None)
    if isinstance(error, NoArgsIsHelpError):
        typer.echo(error.format_message(), err=True)
        return WRONGLY_WRITTEN
    help_of = f" ({context.command_path} --help)" if context is not None else ""
    return _say(f"{' '.join(error.format_message().split())}{help_of}", WRONGLY_WRITTEN)


def _unexpected(error: Exception) -> int:
    """Say where a fault is, and not what with: an error's text may hold values."""
    told = outside.explain(error)
    if told is not None:
        return _say(told, UNREACHABLE)
    if os.environ.get("FORDELING_DEBUG"):
        traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = next((each for each in reversed(frames) if each.filename.startswith(str(ROOT))), frames[-1])
    place = f"{Path(where.filename).name}, line {where.lineno}"
    return _say(f"A fault of its own: {type(error).__name__} in {place}. FORDELING_DEBUG=1 shows more.", FAULT)


def _say(text: str, status: int) -> int:
    Console(stderr=True).print(f"[bold red]fordeling:[/] {escape(text)}", highlight=False, soft_wrap=True)
    return status


if __name__ == "__main__":
    main()
