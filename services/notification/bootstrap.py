"""The one place that wires notification."""

from __future__ import annotations

from chassis.service import Service
from chassis.settings import Settings
from services.notification.adapters.notices import PgNotices
from services.notification.entrypoints.subscribers import Subscribers

NAME = "notification"


def bootstrap(settings: Settings) -> Service:  # noqa: ARG001  every service's bootstrap is given its settings
    """Make the service."""
    return Service(
        name=NAME,
        source=f"/fordeling/{NAME}",
        subscriptions=Subscribers(notices=PgNotices).subscriptions(),
        migrations="services.notification.migrations",
    )
