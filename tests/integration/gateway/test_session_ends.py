"""Sessions on a real database: listed, ended all at once, or by the provider's id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.clock import FixedClock
from gateway.auth.sessions import Sessions

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


async def test_all_sessions_of_a_user_end_and_nobody_elses(database: Any) -> None:
    """Listed with the newest first and one's own marked; each end is written down."""
    clock = FixedClock(NOW)
    sessions = Sessions(database, clock, timedelta(minutes=30), timedelta(hours=8))
    first = await sessions.start("u-1", "Kari", [], "sid-1")
    clock.advance(timedelta(minutes=5))
    second = await sessions.start("u-1", "Kari", [], "sid-2")
    other = await sessions.start("u-2", "Ola", [], "sid-2b")
    user = await sessions.find(second)
    assert user is not None
    assert (user.idle_until, user.until) == (clock.now() + timedelta(minutes=30), clock.now() + timedelta(hours=8))
    assert [(one.since, one.this) for one in await sessions.of("u-1", first)] == [
        (NOW + timedelta(minutes=5), False), (NOW, True),
    ]  # fmt: skip

    await sessions.end_sid("sid-1")
    assert await sessions.find(first) is None
    assert await sessions.find(second) is not None
    await sessions.start("u-1", "Kari", [])
    await sessions.end_all("u-1")
    assert await sessions.of("u-1", first) == []
    assert await sessions.find(other) is not None
    ended = "SELECT count(*) FROM gateway.audit WHERE what = 'logout' AND user_id = 'u-1'"
    assert await database.fetchval(ended) == 3
    assert await database.fetchval("SELECT count(*) FROM gateway.session WHERE sid_hash = 'sid-2b'::bytea") == 0


async def test_a_session_that_is_used_tells_its_new_end(database: Any) -> None:
    """Idle time counts from the last use, to the minute; the whole from the login."""
    clock = FixedClock(NOW)
    sessions = Sessions(database, clock, timedelta(minutes=30), timedelta(hours=8))
    token = await sessions.start("u-1", "Kari", [])
    clock.advance(timedelta(minutes=20))
    user = await sessions.find(token)
    assert user is not None
    assert (user.idle_until, user.until) == (NOW + timedelta(minutes=50), NOW + timedelta(hours=8))
