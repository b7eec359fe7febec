"""The gateway as a process: Granian in our own event loop, beside the consumers."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import resource
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

import structlog
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from litestar import Litestar

from chassis.broker.kafka import BrokerUnreachableError
from chassis.recovering import restoring
from chassis.running import watchdog
from chassis.seeing import telemetry, tracing
from chassis.storage.migrate import migrate
from chassis.variables import SettingsError
from gateway.bootstrap import gateway
from gateway.consuming import make_service
from gateway.pages.assets import AssetsMissingError
from gateway.parts import Parts
from gateway.readmodel.reader import ReaderSeesAllError
from gateway.readmodel.rebuild import CannotRebuildError, Progress, Rebuilt, rebuild
from gateway.settings import GatewaySettings

NOT_NOW = (BrokerUnreachableError, CannotRebuildError, restoring.StillRunsError)

BACKLOG = 512
"""Connections that wait to be taken: open pages all come back at once after a restart."""
OTHER_CONNECTIONS = 500
"""Taken beside those of open pages; how much is done at once has bounds of its own."""

log = structlog.get_logger(__name__)


class PortTakenError(Exception):
    """Something else listens where we are to serve."""


def check_port(host: str, port: int) -> None:
    """Raise PortTakenError unless we can listen there. Granian shares a port silently, with whoever has it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTakenError(
                f"cannot listen on {host}:{port} (GATEWAY_HOST, GATEWAY_PORT): {error.strerror}"
            ) from error


def _allow_many_files() -> None:
    """Let the process have as many files open, connections among them, as it may: often it begins with 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@asynccontextmanager
async def serving(app: Litestar, host: str, port: int) -> AsyncIterator[asyncio.Task[None]]:
    """Serve while the block lasts; the task ends early where serving fails. Open streams are ended first."""
    parts: Parts = app.state.parts
    _allow_many_files()
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_level=LogLevels.error,
        backlog=BACKLOG,
        # Connections, each open page's among them: by itself it takes no more of them than its backlog.
        backpressure=parts.settings.live_streams + OTHER_CONNECTIONS,
    )
    task = asyncio.create_task(server.serve(), name="http")
    try:
        yield task
    finally:
        if parts.live:
            parts.live.close()
        server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait({task})


async def run(settings: GatewaySettings) -> None:
    """Run until SIGTERM or SIGINT; then finish the requests and batches in hand."""
    telemetry.configure("gateway", log_format=settings.log_format, level=settings.log_level)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    last_spans = tracing.configure("gateway", settings.version)
    try:
        await _run(settings)
    finally:
        await asyncio.to_thread(last_spans)


async def _run(settings: GatewaySettings) -> None:
    check_port(settings.host, settings.port)
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with (
        watchdog.loop_watched(settings.stuck_after),
        gateway(settings) as running,
        serving(running.app, settings.host, settings.port) as task,
    ):
        log.info("serving", host=settings.host, port=settings.port, health_port=running.health.port)
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({stopped, task}, return_when=asyncio.FIRST_COMPLETED)
        if not stopped.done():
            stopped.cancel()
            await task  # tells why
            raise RuntimeError("the web server ended by itself")


def _tell_progress(progress: Progress) -> None:
    print(json.dumps({"done": progress.done, "total": progress.total, "lag": progress.lag}), flush=True)  # noqa: T201


def _tell_rebuilt(rebuilt: Rebuilt) -> None:
    print(json.dumps({"rebuilt": asdict(rebuilt)}), flush=True)  # noqa: T201


def main(arguments: list[str]) -> int:
    """Do what the command line asks: ``run`` (default), ``migrate`` or ``rebuild``. Returns the exit status."""
    if arguments[:1] != ["restore"] and arguments not in ([], ["run"], ["migrate"], ["rebuild"]):
        print("usage: python -m gateway [run | migrate | rebuild | restore --epoch N]", file=sys.stderr)  # noqa: T201
        return 2
    try:
        settings = GatewaySettings.for_service("gateway")
        if arguments == ["migrate"]:
            for identity in migrate(settings.database_url, make_service().migrations or ""):
                print(identity)  # noqa: T201  what a command line tells
        elif arguments[:1] == ["restore"]:
            parser = argparse.ArgumentParser(prog="python -m gateway restore")
            restoring.add_options(parser)
            telemetry.configure("gateway", log_format=settings.log_format, level="WARNING")
            done = asyncio.run(restoring.restore(make_service(), settings, parser.parse_args(arguments[1:])))
            print(json.dumps(asdict(done)))  # noqa: T201
        elif arguments == ["rebuild"]:
            telemetry.configure("gateway", log_format=settings.log_format, level="WARNING")
            _tell_rebuilt(asyncio.run(rebuild(settings, _tell_progress)))
        else:
            asyncio.run(run(settings))
    except (SettingsError, AssetsMissingError, PortTakenError, ReaderSeesAllError, *NOT_NOW) as error:
        print(f"gateway: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0
