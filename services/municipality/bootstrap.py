"""The one place that wires municipality."""

from __future__ import annotations

import asyncio

import structlog

from chassis.service import Running, Service
from chassis.settings import Settings
from contracts.upcasts import UPCASTS
from services.municipality.adapters.division_files import read_division
from services.municipality.adapters.figures import FIGURES
from services.municipality.adapters.ledgers import PgLedgers
from services.municipality.adapters.municipalities import PgMunicipalities
from services.municipality.adapters.register import PgRegister
from services.municipality.adapters.rejections import PgRejections
from services.municipality.adapters.report_republishing import ReportStates
from services.municipality.adapters.reports import PgReports
from services.municipality.adapters.republishing import MunicipalityStates, RegisterStates
from services.municipality.entrypoints.subscribers import Subscribers
from services.municipality.entrypoints.timers import timers
from services.municipality.use_cases.register_division import register_division

NAME = "municipality"

log = structlog.get_logger(__name__)


def bootstrap(settings: Settings) -> Service:  # noqa: ARG001  every service's bootstrap is given its settings
    """Make the service."""
    subscribers = Subscribers(
        ledgers=PgLedgers, municipalities=PgMunicipalities, rejections=PgRejections, reports=PgReports
    )
    return Service(
        name=NAME,
        source=f"/fordeling/{NAME}",
        subscriptions=subscribers.subscriptions(),
        timers=timers(PgRejections, PgLedgers, PgReports),
        migrations="services.municipality.migrations",
        figures=FIGURES,
        state=[MunicipalityStates(), RegisterStates(), ReportStates()],
        upcasts=UPCASTS,
        on_start=[follow_the_division, tell_the_untold],
    )


async def follow_the_division(running: Running) -> None:
    """Register the municipalities of the division; in one transaction, and only what it adds or changes."""
    division = await asyncio.to_thread(read_division)
    async with running.transactions.begin() as transaction:
        changed = await register_division(division, PgRegister(transaction))
    log.info("register follows the division", municipalities=len(division.rows), changed=changed)


async def tell_the_untold(running: Running) -> None:
    """Tell the lines and history of ledger years that come from before those were told; a year a transaction."""
    async with running.transactions.begin() as transaction:
        years = await PgLedgers(transaction).untold()
    for year_id in years:
        async with running.transactions.begin() as transaction:
            await PgLedgers(transaction).tell(year_id)
    if years:
        log.info("told what ledger years are made of", years=len(years))
