"""The floor of the pages: a bare Litestar that asks the identical SQL and renders the same templates, and nothing more.

Started by `bench.gateway` with {environment, port, token, municipality_id, list_id, pages: {name: path}}. It lets the
real application answer each page once, in this process and without serving, keeps what the template was given, and from
then on renders that. ``/sql/<name>`` asks the database first, as the page does; ``/memory/<name>`` only renders.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from litestar import Litestar, get
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.template.config import TemplateConfig

from bench.sides.speaking import given, hear, tell
from chassis.clock import SystemClock
from chassis.storage.database import Pool, create_pool
from gateway import bootstrap
from gateway.app import make_app
from gateway.audit.record import LOOK
from gateway.auth.reach import OSLO
from gateway.auth.sessions import FIND as SESSION, hashed
from gateway.pages import preferences
from gateway.pages.assets import NODE_MODULES, Assets
from gateway.pages.list_filter import ListQuery
from gateway.pages.render import engine
from gateway.readmodel.lists import LISTS, PAGE_SIZE
from gateway.readmodel.one_list import ONE_LIST
from gateway.readmodel.reader import SET_AND_PLAN_ANEW, SET_MUNICIPALITY
from gateway.serving import BACKLOG
from gateway.settings import GatewaySettings

Ask = Callable[[], Awaitable[None]]
LIST, LISTS_PAGE = "list", "lists"


@dataclass
class Kept:
    """A page as it was rendered once: by which template, of what, to how many characters."""

    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    length: int = 0


class Keeping(JinjaTemplateEngine):
    """The application's engine, which notes what it renders."""

    kept: Kept

    def get_template(self, template_name: str) -> Any:  # noqa: ANN401  Jinja's own
        """Give the template, noting what it is given."""
        template = super().get_template(template_name)

        class Noting:
            """Stands before the template."""

            def render(inner, **context: Any) -> str:  # noqa: N805, ANN401
                """Render and note."""
                made = template.render(**context)
                self.kept = Kept(template_name, context, len(made))
                return made

        return Noting()


async def keep(settings: GatewaySettings, assets: Assets, wanted: Mapping[str, Any]) -> dict[str, Kept]:
    """Have the real application answer each page once."""
    kept: dict[str, Kept] = {}
    async with AsyncExitStack() as stack:
        parts = await bootstrap._parts(settings, SystemClock(), stack)  # noqa: SLF001  all of it but the consumers
        app = make_app(parts, assets)
        noting = Keeping(engine_instance=engine(assets).engine)
        app.template_engine = noting
        cookies = {parts.cookies.session: wanted["token"]}
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Litestar's own word for the same
        async with httpx.AsyncClient(transport=transport, base_url=settings.public_url, cookies=cookies) as client:
            for name, path in wanted["pages"].items():
                (await client.get(path, headers={"accept-encoding": "identity"})).raise_for_status()
                kept[name] = noting.kept
    return kept


@dataclass(frozen=True)
class Database:
    """The same roles and numbers of connections as the gateway has."""

    pool: Pool
    reading: Pool
    settings: GatewaySettings
    wanted: Mapping[str, Any]

    async def session(self) -> asyncpg.Record:
        """Ask who it is."""
        now = datetime.now(UTC)
        row = await self.pool.fetchrow(
            SESSION, hashed(self.wanted["token"]), now - self.settings.idle, now - self.settings.lifetime,
            now.astimezone(OSLO).date(),
        )  # fmt: skip
        assert row is not None
        return row

    async def read(self, query: str, *arguments: object, first: str = SET_MUNICIPALITY) -> None:
        """Ask as the municipality, as pages do."""
        async with self.reading.acquire() as connection, connection.transaction(readonly=True):
            await connection.execute(first, self.wanted["municipality_id"])
            await connection.fetchrow(query, *arguments)

    async def one_list(self) -> None:
        """Ask what the answering page asks: the session, the look written down, the list."""
        municipality_id, list_id = self.wanted["municipality_id"], self.wanted["list_id"]
        row = await self.session()
        async with self.reading.acquire() as connection, connection.transaction():
            await connection.execute(SET_MUNICIPALITY, municipality_id)
            await connection.execute(LOOK, "page", row["user_id"], "settlement_writer", municipality_id, list_id)
        await self.read(ONE_LIST, list_id, municipality_id, datetime.now(OSLO).year)

    async def lists(self) -> None:
        """Ask what Fordelinger asks: the session, the user's own choice, the lists."""
        municipality_id = self.wanted["municipality_id"]
        row = await self.session()
        await self.pool.fetchval(preferences.FIND, row["user_id"], f"lists/{municipality_id}")
        asked = ListQuery.read({}).wanted(datetime.now(OSLO).date())
        await self.read(
            LISTS[asked.sort, False], municipality_id, str(asked.status), asked.year, asked.number, asked.due_from,
            asked.due_to, asked.awaiting, None, None, PAGE_SIZE, first=SET_AND_PLAN_ANEW,
        )  # fmt: skip


def bare(kept: Mapping[str, Kept], asking: Mapping[str, Ask], assets: Assets) -> Litestar:
    """Make the bare application."""

    def template(name: str) -> Template:
        return Template(kept[name].template, context=dict(kept[name].context), media_type="text/html")

    @get("/sql/{name:str}")
    async def with_sql(name: str) -> Template:
        await asking[name]()
        return template(name)

    @get("/memory/{name:str}")
    async def from_memory(name: str) -> Template:
        return template(name)

    return Litestar(
        [with_sql, from_memory], template_config=TemplateConfig(instance=engine(assets)), openapi_config=None,
        logging_config=None,
    )  # fmt: skip


async def main() -> None:
    """Serve until the bench leaves."""
    wanted = given()
    os.environ.update(wanted["environment"])
    settings = GatewaySettings.for_service("gateway")
    assets = Assets.read(Path(settings.node_modules) if settings.node_modules else NODE_MODULES)
    kept = await keep(settings, assets, wanted)
    async with (
        await create_pool(settings.database_url, name="bare", max_size=settings.pool_max_size) as pool,
        await create_pool(settings.reader_database_url, name="bare", max_size=settings.reader_pool_size) as reading,
    ):
        database = Database(pool, reading, settings, wanted)
        app = bare(kept, {LIST: database.one_list, LISTS_PAGE: database.lists}, assets)
        server = Server(
            app, address="127.0.0.1", port=wanted["port"], interface=Interfaces.ASGINL, websockets=False,
            log_level=LogLevels.error, backlog=BACKLOG,
        )  # fmt: skip
        serving = asyncio.create_task(server.serve())
        tell(lengths={name: one.length for name, one in kept.items()})
        await hear()
        server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait({serving})


if __name__ == "__main__":
    asyncio.run(main())
