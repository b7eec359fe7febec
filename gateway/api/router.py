"""Where the operations lie: everything of a municipality behind one guard, so that a new one cannot forget it."""

from __future__ import annotations

from litestar import Router

from gateway.api import (
    documentation,
    folders,
    ledger,
    letters,
    lists,
    reading,
    reports,
    settling,
    statistics,
    threads,
    writing,
)
from gateway.api.failures import HANDLERS
from gateway.api.guards import known_client, own_municipality, single_parameters
from gateway.audit.lists import list_is_looked_at
from gateway.folders.guards import of_api


def router() -> Router:
    """Make the routes of the API. No cookie opens them, so no form token guards them."""
    of_municipality = Router(
        "/{municipality_id:str}",
        route_handlers=[
            reading.overview,
            lists.lists,
            lists.lists_file,
            lists.persons_file,
            lists.placed,
            statistics.answers,
            reading.one_list,
            reading.notices,
            ledger.year,
            ledger.ledger,
            ledger.register_resolution,
            writing.save,
            writing.approve,
            writing.return_to_treatment,
            writing.send,
            settling.settle,
            settling.plan,
            writing.mark_read,
            threads.messages,
            threads.ask,
            writing.command,
            letters.letters,
            letters.pdf,
            letters.request_letters,
            letters.request_pdf,
            reports.reports,
            reports.report,
            reports.told_weeks,
            reports.weekly_places,
            reports.housing,
            reports.named_persons,
            reports.self_settlement,
            reports.confirm,
            reports.withdraw,
            letters.archive,
        ],
        guards=[own_municipality, single_parameters, list_is_looked_at],
    )
    municipalities = Router(
        "/municipalities",
        route_handlers=[reading.municipalities, of_municipality],
        guards=[known_client],
        security=[{documentation.SCHEME: []}],
    )
    # Behind the same two guards, as one that writes down whom it turns away.
    person_folders = Router(
        "/municipalities/{municipality_id:str}",
        route_handlers=[folders.folder, folders.health],
        guards=[of_api, single_parameters],
        security=[{documentation.SCHEME: []}],
    )
    return Router(
        "/api/v1",
        route_handlers=[documentation.openapi_json, documentation.docs, municipalities, person_folders],
        opt=documentation.OPEN,
        exception_handlers=HANDLERS,
    )
