"""What a service's ``python -m`` is asked."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TypeVar

from chassis.broker.kafka import BrokerUnreachableError
from chassis.recovering import restoring, telling
from chassis.recovering.restoring import StillRunsError
from chassis.seeing import telemetry
from chassis.service import Service, run
from chassis.settings import Settings
from chassis.storage.migrate import migrate
from chassis.variables import SettingsError

SettingsT = TypeVar("SettingsT", bound=Settings)


def main(
    name: str,
    bootstrap: Callable[[SettingsT], Service],
    settings: type[SettingsT],
    arguments: Sequence[str] | None = None,
) -> int:
    """Do what a service's ``__main__`` is asked: ``run`` (default), ``migrate``, ``republish`` or ``restore``.

    Returns the exit status.
    """
    given = _parser(name).parse_args(arguments)
    command = given.command
    try:
        values = settings.for_service(name)
        service = bootstrap(values)
        if command == "migrate":
            for identity in migrate(values.database_url, *([service.migrations] if service.migrations else [])):
                print(identity)  # noqa: T201  what a command line tells
        elif command == "republish":
            telemetry.configure(name, log_format=values.log_format, level="WARNING")
            told = asyncio.run(telling.tell_again(service, values, telling.selection(given)))
            print(f"told {told.told}, erased {told.erased}" + (f", ended by {told.error}" if told.error else ""))  # noqa: T201
            return 1 if told.error else 0
        elif command == "restore":
            telemetry.configure(name, log_format=values.log_format, level="WARNING")
            print(json.dumps(asdict(asyncio.run(restoring.restore(service, values, given)))))  # noqa: T201
        else:
            return asyncio.run(run(service, values))
    except (SettingsError, BrokerUnreachableError, StillRunsError) as error:
        print(f"{name}: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {name}")
    parser.set_defaults(command="run")
    commands = parser.add_subparsers(dest="command", metavar="{run,migrate,republish,restore}")
    commands.add_parser("run", help="run the service (without a command, too)")
    commands.add_parser("migrate", help="bring its database forward")
    telling.add_options(commands.add_parser("republish", help="tell again what its database holds"))
    restoring.add_options(commands.add_parser("restore", help="after its database was restored: read the lost time"))
    return parser
