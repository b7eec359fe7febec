"""The work surface: notices, and the lists that await an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.distribution.v1 import ListState
from contracts.envelope import EPOCH
from contracts.municipality.v1 import ContactState, LedgerYearState
from contracts.notification.v1 import NoticeState
from gateway.readmodel.mailed import NotMailed, not_mailed
from gateway.readmodel.places import awaits_resolution
from gateway.readmodel.reader import Reader
from gateway.readmodel.reports import Report, state_of

NOTICES_SHOWN = 8
NOTICES_AT_MOST = 200
NOTICES_KEPT = timedelta(days=365)
"""How long a notice stands on the work surface: what an older one is of has its own page."""

SURFACE = """
SELECT (SELECT coalesce(jsonb_agg(body ORDER BY deadline, received_at), '[]')
        FROM readmodel.distribution_list
        WHERE municipality_id = $1 AND status NOT IN ('answered', 'withdrawn')) AS open_lists,
       (SELECT coalesce(jsonb_agg(body ORDER BY year), '[]') FROM readmodel.ledger_year
        WHERE municipality_id = $1 AND body->>'request' IS NOT NULL) AS years,
       (SELECT coalesce(jsonb_agg(body ORDER BY posted_at DESC, notice_id), '[]')
        FROM (SELECT body, posted_at, notice_id FROM readmodel.notice WHERE municipality_id = $1 AND posted_at > $4
              ORDER BY (body->'read_by') ? $2, posted_at DESC LIMIT $3) AS latest) AS notices,
       (SELECT count(*) FROM readmodel.notice
        WHERE municipality_id = $1 AND posted_at > $4 AND NOT (body->'read_by') ? $2) AS unread,
       (SELECT count(*) FROM readmodel.notice WHERE municipality_id = $1 AND posted_at > $4) AS all_notices,
       (SELECT (body->>'four_eyes')::boolean FROM readmodel.municipality WHERE municipality_id = $1) AS four_eyes,
       (SELECT body->'contacts' FROM readmodel.municipality WHERE municipality_id = $1) AS contacts,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(body, sequence) ORDER BY body->>'questioned_at', report_id), '[]')
        FROM (SELECT * FROM readmodel.report WHERE municipality_id = $1
              UNION ALL SELECT * FROM readmodel.person_report WHERE municipality_id = $1) AS reports
        WHERE status = 'open' AND body->>'questioned_at' IS NOT NULL) AS questioned,
       (SELECT count(*) FROM readmodel.person WHERE municipality_id = $1 AND status = 'placed') AS not_settled
"""

STILL_UNREAD = """
SELECT count(*) AS unread FROM readmodel.notice
WHERE municipality_id = $1 AND notice_id = ANY($2) AND NOT (body->'read_by') ? $3
"""


@dataclass(frozen=True, slots=True)
class Surface:
    """What awaits somebody: reports to confirm, requests and lists to answer, and notices, newest first.

    The counts are of those not shown too, but for those out of date. four_eyes: whether another one must send than the
    one who approved. not_settled: placed persons without a settlement date. not_mailed: why nobody in the municipality
    is mailed.
    """

    questioned: tuple[Report, ...]
    open_requests: tuple[LedgerYearState, ...]
    open_lists: tuple[ListState, ...]
    notices: tuple[NoticeState, ...]
    unread: int
    all_notices: int
    four_eyes: bool = False
    not_settled: int = 0
    not_mailed: NotMailed | None = None


async def find_surface(
    reader: Reader, municipality_id: str, user_id: str, now: datetime, *, notices: int = NOTICES_SHOWN
) -> Surface:
    """Find what awaits a user in a municipality; at most so many ``notices``, unread ones first, none out of date."""
    row = await reader.row(municipality_id, SURFACE, municipality_id, user_id, notices, now - NOTICES_KEPT)
    assert row is not None
    years = (LedgerYearState.model_validate(body) for body in row["years"])
    return Surface(
        questioned=tuple(Report(state_of(body), sequence % EPOCH) for body, sequence in row["questioned"]),
        open_requests=tuple(year for year in years if awaits_resolution(year)),
        open_lists=tuple(ListState.model_validate(body) for body in row["open_lists"]),
        notices=tuple(NoticeState.model_validate(body) for body in row["notices"]),
        unread=row["unread"],
        all_notices=row["all_notices"],
        four_eyes=bool(row["four_eyes"]),
        not_settled=row["not_settled"],
        not_mailed=None
        if row["contacts"] is None
        else not_mailed([ContactState.model_validate(one) for one in row["contacts"]]),
    )
