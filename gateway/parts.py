"""What the handlers work with; made in bootstrap.py, handed to each by name."""

from __future__ import annotations

from dataclasses import dataclass, field

from chassis.clock import Clock
from gateway.api.limits import Limits
from gateway.api.parts import ApiParts
from gateway.audit.record import Audit
from gateway.auth.cookies import Cookies
from gateway.auth.oidc import Provider
from gateway.auth.sessions import Sessions
from gateway.commands.desk import Desk
from gateway.exports.files import Files
from gateway.folders.looks import Looks
from gateway.live.dispatcher import Dispatcher
from gateway.operations.catalogue import Catalogue
from gateway.operations.lookout import Lookout
from gateway.pages.letter_store import LetterStore
from gateway.pages.preferences import Preferences
from gateway.readmodel.reader import Reader
from gateway.settings import REQUESTS_PER_MINUTE, GatewaySettings


@dataclass(frozen=True)
class Parts:
    """The parts of a running gateway."""

    settings: GatewaySettings
    clock: Clock
    cookies: Cookies
    provider: Provider
    sessions: Sessions
    reader: Reader
    desk: Desk
    letters: LetterStore
    looks: Looks
    audit: Audit
    preferences: Preferences
    visits: Limits = field(default_factory=lambda: Limits(REQUESTS_PER_MINUTE))
    """Of pages, by user."""
    strangers: Limits = field(default_factory=lambda: Limits(REQUESTS_PER_MINUTE))
    """Of pages, by address, of those who are not logged in."""
    files: Files = field(default_factory=Files)
    api: ApiParts | None = None
    """None where only the pages are wanted, as in their tests."""
    lookout: Lookout = field(default_factory=Lookout)
    catalogue: Catalogue = field(default_factory=Catalogue.read)
    live: Dispatcher | None = None
    """None where pages stay as they are until they are loaded again, as in most of their tests."""
