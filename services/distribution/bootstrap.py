"""The one place that wires distribution."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from pydantic import Field

from chassis.service import Service
from chassis.settings import Settings
from chassis.transaction import Transaction
from contracts.upcasts import UPCASTS
from services.distribution.adapters.lists import PgLists
from services.distribution.adapters.municipalities import PgMunicipalities
from services.distribution.adapters.originals import PgRejections, PgWaiting
from services.distribution.adapters.republishing import ListStates
from services.distribution.domain.codes import PlacementPolicy
from services.distribution.entrypoints.list_commands import ListCommands
from services.distribution.entrypoints.offers import Offers
from services.distribution.entrypoints.register import Register
from services.distribution.entrypoints.subscribers import Subscribers
from services.distribution.entrypoints.timers import Timers
from services.distribution.use_cases.publish_list import Ports

NAME = "distribution"


class DistributionSettings(Settings):
    """What distribution needs besides what every process does."""

    placement_policy: PlacementPolicy = PlacementPolicy.AUTOMATIC
    fordeling_embedded: bool = False
    """The embedded stack takes synthetic identity numbers only."""
    originals_kept_days: int = Field(default=30, ge=1)
    """How long a message that was sent back to IMDi is kept as it came."""


def bootstrap(settings: DistributionSettings) -> Service:
    """Make the service."""
    offers = Offers(partial(ports, synthetic_only=settings.fordeling_embedded))
    subscribers = Subscribers(
        offers=offers,
        commands=ListCommands(PgLists, settings.placement_policy),
        register=Register(PgMunicipalities, PgWaiting, offers),
    )
    return Service(
        name=NAME,
        source=f"/fordeling/{NAME}",
        subscriptions=subscribers.subscriptions(),
        timers=Timers(PgRejections, timedelta(days=settings.originals_kept_days)).timers(),
        migrations="services.distribution.migrations",
        state=[ListStates()],
        upcasts=UPCASTS,
    )


def ports(transaction: Transaction, *, synthetic_only: bool) -> Ports:
    """Give what taking a list needs, over one transaction."""
    return Ports(
        lists=PgLists(transaction),
        municipalities=PgMunicipalities(transaction),
        waiting=PgWaiting(transaction),
        rejections=PgRejections(transaction),
        synthetic_only=synthetic_only,
    )
