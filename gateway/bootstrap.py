"""Wires the gateway: the one place that makes its parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from litestar import Litestar

from chassis.broker.producer import CommandProducer
from chassis.clock import Clock, SharedClock
from chassis.running.health import Check, HealthServer
from chassis.storage.database import Pool, create_pool
from gateway.api.limits import Limits
from gateway.api.parts import ApiParts
from gateway.api.requests import Requests
from gateway.app import make_app
from gateway.audit.anchors import Anchors
from gateway.audit.record import Audit
from gateway.audit.sealer import Batches, Sealer
from gateway.audit.vitals import Vitals
from gateway.auth.cookies import Cookies
from gateway.auth.machines import Municipalities, Tokens
from gateway.auth.oidc import Provider
from gateway.auth.routes import RETURN_PATH
from gateway.auth.sessions import Sessions
from gateway.commands.bounds import Bounds, Most
from gateway.commands.desk import Desk
from gateway.commands.progress import Progress
from gateway.commands.publisher import Publisher
from gateway.commands.wakeups import Wakeups
from gateway.consuming import Consuming
from gateway.folders.looks import Looks
from gateway.live.dispatcher import Dispatcher
from gateway.live.source import Database
from gateway.live.standing import StandingSessions
from gateway.operations.lookout import Lookout
from gateway.pages.assets import NODE_MODULES, Assets
from gateway.pages.letter_store import LetterStore
from gateway.pages.preferences import Preferences
from gateway.pages.visits import OFFICE
from gateway.parts import Parts
from gateway.readmodel.reader import Reader, check_role
from gateway.settings import GatewaySettings

PROVIDER_SECONDS = 5.0


@dataclass(frozen=True)
class Gateway:
    """A gateway that runs: its application, and what reads the topics beside it."""

    app: Litestar
    parts: Parts
    consuming: Consuming
    health: HealthServer


@asynccontextmanager
async def gateway(settings: GatewaySettings, clock: Clock | None = None) -> AsyncIterator[Gateway]:
    """Start everything but the web server; stop it on leaving, the batches in hand first."""
    now = clock or SharedClock()
    assets = Assets.read(Path(settings.node_modules) if settings.node_modules else NODE_MODULES)
    async with AsyncExitStack() as stack:
        parts = await _parts(settings, now, stack)
        consuming = Consuming(settings, now)
        await stack.enter_async_context(consuming.in_background())
        vitals = Vitals(consuming, await _sealer(settings, stack))
        checks: dict[str, Check] = {"/livez": vitals.live, "/readyz": vitals.ready, "/metrics": vitals.metrics}
        health = HealthServer(settings.health_host, settings.health_port, checks)
        await health.start()
        stack.push_async_callback(health.stop)
        await parts.desk.publisher.connect()
        yield Gateway(make_app(parts, assets), parts, consuming, health)


async def _parts(settings: GatewaySettings, clock: Clock, stack: AsyncExitStack) -> Parts:
    wait = settings.pool_wait
    pool = await stack.enter_async_context(
        await create_pool(settings.database_url, name="gateway-pages", max_size=settings.pool_max_size, wait=wait)
    )
    url, size = settings.reader_database_url, settings.reader_pool_size
    reading = await stack.enter_async_context(await create_pool(url, name="gateway-reader", max_size=size, wait=wait))
    http = await stack.enter_async_context(httpx.AsyncClient(timeout=PROVIDER_SECONDS))
    await check_role(reading)
    wakeups, reader = Wakeups(), Reader(reading)
    await stack.enter_async_context(wakeups.listening(settings.database_url))
    publisher = Publisher(CommandProducer(settings, client_id="gateway-commands"))
    stack.push_async_callback(publisher.close)
    sessions = Sessions(pool, clock, settings.idle, settings.lifetime)
    live = Dispatcher(Database(pool, reader), StandingSessions(sessions), wakeups, settings.live_streams)
    await stack.enter_async_context(live.running())
    return Parts(
        settings=settings,
        clock=clock,
        cookies=Cookies(settings.secure),
        provider=_provider(settings, http),
        sessions=sessions,
        reader=reader,
        desk=Desk(
            pool, reader, publisher, wakeups, Progress(reader), _bounds(settings, pool), clock, settings.command_wait
        ),
        letters=LetterStore(settings.object_store_url),
        preferences=Preferences(pool),
        looks=Looks(reading),
        audit=Audit(reading),
        visits=Limits(settings.requests_per_minute),
        strangers=Limits(OFFICE * settings.requests_per_minute),
        api=ApiParts(
            tokens=Tokens(settings.maskinporten_issuer, settings.audience, settings.pseudonym_key, http),
            municipalities=Municipalities(pool, clock),
            limits=Limits(settings.api_requests_per_minute),
            requests=Requests(pool, reader, clock),
        ),
        live=live,
        lookout=Lookout(settings.watched, http, clock),
    )


async def _sealer(settings: GatewaySettings, stack: AsyncExitStack) -> Sealer:
    """Start sealing: beside the consumers, for it goes on where the broker is away."""
    pool = await stack.enter_async_context(await create_pool(settings.database_url, name="gateway-audit", max_size=2))
    anchors = Anchors(
        settings.audit_store_url or settings.object_store_url, timedelta(hours=settings.audit_anchor_hours)
    )
    batches = Batches(settings.audit_seal_rows, settings.audit_seal_after)
    sealer = Sealer(pool, anchors, batches, settings.audit_alarm_after)
    sealer.errands.start()
    stack.push_async_callback(sealer.errands.stop, settings.stop_timeout)
    return sealer


def _bounds(settings: GatewaySettings, pool: Pool) -> Bounds:
    under_way, waiting = settings.commands_under_way, settings.commands_waiting
    return Bounds(pool, Most(under_way, max(1, under_way // 4)), Most(waiting, max(1, waiting // 10)))


def _provider(settings: GatewaySettings, http: httpx.AsyncClient) -> Provider:
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        redirect_uri=settings.public_url.rstrip("/") + RETURN_PATH,
        http=http,
        levels=frozenset(settings.oidc_levels.split(",")) - {""},
    )
