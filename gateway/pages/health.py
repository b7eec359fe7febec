"""Whether the process lives, and whether it can serve: its own database."""

from __future__ import annotations

import asyncpg
from litestar import Response, get
from litestar.di import NamedDependency

from chassis.running.patience import within
from gateway.parts import Parts

SECONDS = 2.0
OPEN = {"exclude_from_auth": True}


@get("/livez", include_in_schema=False, opt=OPEN, sync_to_thread=False)
def livez() -> dict[str, str]:
    """Answer: the loop turns."""
    return {"status": "ok"}


@get("/readyz", include_in_schema=False, opt=OPEN)
async def readyz(parts: NamedDependency[Parts]) -> Response[dict[str, str]]:
    """Tell whether the gateway's own database answers; other services' trouble is theirs."""
    try:
        await within(SECONDS, parts.sessions.pool.fetchval("SELECT 1"))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return Response({"status": "database", "error": type(error).__name__}, status_code=503)
    return Response({"status": "ok"})
