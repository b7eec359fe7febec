"""``python -m ops.simulators oidc|mail|svarut``: one embedded part in a container, for demonstrations.

The parts listen on the loopback address only. Here each is reached from other containers too: what comes to its ports
is handed on to it as it is. When a part ends, so does the container, and whoever runs containers starts it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chassis.variables import SettingsError, read_variable
from ops.embedded.launch import Launch, Part
from ops.embedded.mail import Mail
from ops.embedded.oidc import Oidc
from ops.embedded.ports import LOOPBACK
from ops.svarut.part import Svarut

FOLDER = Path("/var/lib/fordeling/simulator")
INSIDE = 20_000
"""What is added to a port to get the one that the part itself listens on."""
CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Simulator:
    """A part and the ports at which others reach it."""

    part: Part
    ports: Sequence[int]


def simulator(name: str, environment: Mapping[str, str], folder: Path = FOLDER) -> Simulator:
    """Make one. Raises SettingsError where what it needs is not set, and KeyError for an unknown name."""
    if name == "svarut":
        issuer = read_variable(environment, "MASKINPORTEN_ISSUER")
        password = read_variable(environment, "SVARUT_INTEGRATION_PASSWORD")
        if not issuer or not password:
            raise SettingsError("svarut needs MASKINPORTEN_ISSUER and SVARUT_INTEGRATION_PASSWORD")
        return Simulator(Svarut(folder, 8091 + INSIDE, issuer, password), [8091])
    return {
        "oidc": Simulator(Oidc(folder, 8090 + INSIDE), [8090]),
        "mail": Simulator(Mail(folder, smtp_port=8026 + INSIDE, web_port=8025 + INSIDE), [8025, 8026]),
    }[name]


async def run(given: Simulator) -> int:
    """Run the part, its output ours, until it ends or SIGTERM comes. Returns its exit status."""
    given.part.prepare()
    launch = given.part.launch()
    process = await asyncio.create_subprocess_exec(*launch.argv, env={**os.environ, **launch.environment})
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, _stop, process, launch)
    async with contextlib.AsyncExitStack() as stack:
        for port in given.ports:
            await stack.enter_async_context(await forward(port, port + INSIDE))
        return await process.wait()


async def forward(outside: int, inside: int, host: str = "") -> asyncio.Server:
    """Hand connections to a port of any address on to one of the loopback address."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection(LOOPBACK, inside)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))
        there_writer.close()
        writer.close()

    return await asyncio.start_server(connected, host or None, outside)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()  # the other direction may have something to say yet
    except OSError:
        writer.close()  # which ends the other direction too


def _stop(process: asyncio.subprocess.Process, launch: Launch) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(launch.stop_signal)


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says. Returns the exit status."""
    try:
        [name] = arguments
        chosen = simulator(name, os.environ)
    except (ValueError, KeyError):
        print("usage: python -m ops.simulators oidc|mail|svarut", file=sys.stderr)
        return 2
    except SettingsError as error:
        print(f"simulators: {error}", file=sys.stderr)
        return 2
    return asyncio.run(run(chosen))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
