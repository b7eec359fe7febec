"""The one place that wires distribution."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from pydantic import Field

from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.transaction import Transaction
from contracts.upcasts import UPCASTS
from services.distribution.adapters.figures import FIGURES
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
from services.distribution.use_cases.ports import Ports

NAME = "distribution"


class DistributionSettings(Settings):
    """What distribution needs besides what every process does."""

    placement_policy: PlacementPolicy = PlacementPolicy.AUTOMATIC
    fordeling_embedded: bool = False
    """The embedded stack takes synthetic identity numbers only."""
    originals_kept_days: int = Field(default=30, ge=1)
    """How long a message that was sent back to IMDi is kept as it came."""
    persons_kept_days: int = Field(default=1826, ge=1)
    """How long persons of a closed list are kept, counted from what was last done to it: five years, for as long as the
    integration grant of the last of them runs. Afterwards the list and its figures remain."""
    reoffer_wait_minutes: float = Field(default=60, gt=0)
    """How long a list waits for the withdrawal from the list that it replaces, before it is sent back."""


def bootstrap(settings: DistributionSettings) -> Service:
    """Make the service."""
    reoffer_wait = timedelta(minutes=settings.reoffer_wait_minutes)
    offers = Offers(partial(ports, synthetic_only=settings.fordeling_embedded, reoffer_wait=reoffer_wait))
    subscribers = Subscribers(
        offers=offers,
        commands=ListCommands(PgLists, PgMunicipalities, settings.placement_policy),
        register=Register(PgMunicipalities, PgWaiting, offers),
    )
    return Service(
        name=NAME,
        source=f"/fordeling/{NAME}",
        subscriptions=subscribers.subscriptions(),
        timers=Timers(
            PgLists,
            PgRejections,
            PgWaiting,
            offers,
            timedelta(days=settings.originals_kept_days),
            reoffer_wait,
            timedelta(days=settings.persons_kept_days),
        ).timers(),
        migrations="services.distribution.migrations",
        figures=FIGURES,
        state=[ListStates()],
        upcasts=UPCASTS,
    )


def ports(transaction: Transaction, *, synthetic_only: bool, reoffer_wait: timedelta) -> Ports:
    """Give what IMDi's messages need, over one transaction."""
    return Ports(
        lists=PgLists(transaction),
        municipalities=PgMunicipalities(transaction),
        waiting=PgWaiting(transaction),
        rejections=PgRejections(transaction),
        synthetic_only=synthetic_only,
        reoffer_wait=reoffer_wait,
    )
