"""Is the audit whole: its chain, its rows, and what was told of it outside."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from contracts.audit import AuditAnchored
from ops.audit import outside
from ops.audit.findings import Finding, Kind, Verdict
from ops.audit.outside import Found
from ops.audit.walking import Walk
from ops.dead_letters.places import database

OWNER = "gateway"
ON_ITS_WAY = timedelta(hours=1)
"""An anchor that is younger may not have arrived yet."""

ANCHORS = "SELECT anchor, anchored_at, clock_timestamp() AS now FROM gateway.audit_anchor ORDER BY anchor"


def verify(given: Mapping[str, str], bootstrap: str | None, *, objects: bool) -> Verdict:
    """Check all of it. bootstrap: of the broker with the anchors; None, or ``objects`` False: that place is left out.

    Raises UserError where something cannot be read. Rows may be written meanwhile: anchors are read first, so that the
    chain, read after them in one snapshot, holds whatever they tell of.
    """
    places: dict[str, Found] = {}
    if bootstrap is not None:
        places[outside.TOPIC] = outside.of_topic(bootstrap)
    if objects:
        places[outside.OBJECTS] = outside.of_objects(given)
    return asyncio.run(_verify(given, places))


async def _verify(given: Mapping[str, str], places: Mapping[str, Found]) -> Verdict:
    verdict = Verdict()
    async with (
        database(OWNER, given) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        walk = Walk(connection, verdict)
        await walk.walk()
        made = [tuple(row) for row in await connection.fetch(ANCHORS)]
    for place, (anchors, unreadable) in places.items():
        verdict.anchors[place] = len(anchors)
        verdict.findings += unreadable
        verdict.findings += _contradicted(place, anchors, walk.digests)
        verdict.findings += _missing(place, anchors, made)
        verdict.anchored = max([verdict.anchored, *(one.batch for one in anchors)])
    return verdict


def _contradicted(place: str, anchors: Sequence[AuditAnchored], digests: Mapping[int, bytes]) -> list[Finding]:
    return [
        Finding(Kind.ANCHOR_CONTRADICTED, one.batch, anchor=one.anchor, place=place)
        for one in anchors
        if digests.get(one.batch, b"").hex() != one.digest
    ]


def _missing(
    place: str, anchors: Sequence[AuditAnchored], made: Sequence[tuple[int, datetime, datetime]]
) -> list[Finding]:
    """Name anchors that should be there: those the database made, and those between others that are."""
    there = {one.anchor for one in anchors}
    # A topic forgets after years, from its beginning on.
    first = min(there, default=1) if place == outside.TOPIC else 1
    wanted = {anchor for anchor, at, now in made if now - at > ON_ITS_WAY and anchor >= first}
    wanted |= set(range(first, max(there, default=0)))
    return [Finding(Kind.ANCHOR_MISSING, anchor=anchor, place=place) for anchor in sorted(wanted - there)]
