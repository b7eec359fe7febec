"""The gateway's settings: the chassis' and its own, from the environment."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from chassis.settings import Settings
from gateway.audit.retention import DEFAULT_DAYS, LEAST_DAYS
from gateway.auth.rights import ORGANISATION_DIGITS
from gateway.operations.lookout import Place, places

REQUESTS_PER_MINUTE = 600

SHORTEST_SECRET = 16
DEFAULT_SECRETS = frozenset({"", "secret", "changeme", "change-me", "password", "default"})


class GatewaySettings(Settings):
    """Fields are read from ``GATEWAY_<FIELD>`` and else from ``<FIELD>``.

    reader_database_url: the role without ownership that pages read as; row-level security holds for it.
    public_url: what a browser types; login comes back to it.
    secret: signs form tokens and makes pseudonyms; a new one makes every user a stranger to old records.
    fordeling_embedded: the embedded stack, on http: cookies do without ``Secure``.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = "http://localhost:8080"
    secret: SecretStr
    reader_database_url: str = Field(repr=False)
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: SecretStr
    oidc_levels: str = "high,substantial"
    """Accepted ``acr`` values, parted by commas: Ansattporten's levels of assurance."""
    operations_organisations: str = ""
    """Numbers of the organisations in which the right to the operations pages counts, parted by commas; empty: none."""
    operations_services: str = ""
    """Whom the operations page asks: ``service=http://host:port`` of each process's health port, parted by commas."""
    maskinporten_issuer: str = ""
    """Whose tokens open the API; empty: nobody's."""
    api_audience: str = ""
    """What such a token names as its audience; empty: ``public_url`` with ``/api/v1``."""
    api_requests_per_minute: int = 600
    """How much one client may ask of one gateway process."""
    requests_per_minute: int = Field(default=REQUESTS_PER_MINUTE, ge=1)
    """How many pages and forms one user may ask of one gateway process."""
    trusted_proxies: str = ""
    """Networks of the proxies before us, parted by commas: whom they heard is believed. Empty: nobody is."""
    object_store_url: str
    audit_store_url: str = ""
    """Where anchors of the audit are written beside the topic; empty: ``object_store_url``."""
    audit_seal_rows: int = Field(default=500, ge=1)
    """Rows of the audit are sealed when so many wait,"""
    audit_seal_after: float = Field(default=20.0, ge=0)
    """or the first has waited for so many seconds."""
    audit_anchor_hours: float = Field(default=24.0, gt=0)
    """Between two anchors at least; there is none where nothing was sealed since the last."""
    audit_alarm_after: float = 300.0
    """A row that no seal holds after so many seconds is an alarm."""
    audit_retention_days: int = Field(default=DEFAULT_DAYS, ge=LEAST_DAYS)
    """Rows of the audit go by themselves when they are older; nothing that is younger than a year."""
    fordeling_embedded: bool = False
    mail_url: str = ""
    """Where the embedded stack shows the mails it has sent; a page links to it there and nowhere else."""
    node_modules: str = ""
    """Folder of the browser packages; empty: ``node_modules`` beside the package."""

    reader_pool_size: int = 8
    pool_wait: float = 5.0
    """Seconds a request waits for a connection to the database before it is told to come back."""
    commands_under_way: int = 100
    """Commands that one gateway process follows at once; one municipality's may be a quarter of them."""
    commands_waiting: int = 2000
    """Commands that one owner has not answered yet; one municipality's may be a tenth of them."""
    command_wait: float = 3.0
    """Seconds a form waits for its outcome, and then for the read model, before it says "checking"."""
    live_streams: int = 2000
    """Pages that one gateway process tells at once what is new; of one user a handful of them."""
    idle_minutes: int = 30
    session_hours: int = 8

    @model_validator(mode="after")
    def _no_default_secret(self) -> Self:
        if self.fordeling_embedded:
            return self
        secret = self.secret.get_secret_value()
        if secret in DEFAULT_SECRETS or len(secret) < SHORTEST_SECRET:
            raise ValueError(
                f"GATEWAY_SECRET: a secret of your own, of {SHORTEST_SECRET} characters or more, is needed outside the "
                "embedded stack"
            )
        if self.oidc_client_secret.get_secret_value() in DEFAULT_SECRETS:
            raise ValueError("OIDC_CLIENT_SECRET: the provider's own secret is needed outside the embedded stack")
        return self

    @model_validator(mode="after")
    def _networks(self) -> Self:
        try:
            _ = self.proxies
        except ValueError:
            raise ValueError("TRUSTED_PROXIES must be networks parted by commas, as 10.0.0.0/8") from None
        return self

    @model_validator(mode="after")
    def _operations(self) -> Self:
        if not all(len(one) == ORGANISATION_DIGITS and one.isdigit() for one in self.operators):
            raise ValueError("OPERATIONS_ORGANISATIONS must be organisation numbers of nine digits, parted by commas")
        try:
            _ = self.watched
        except ValueError:
            raise ValueError("OPERATIONS_SERVICES must be service=http://host:port, parted by commas") from None
        return self

    @property
    def operators(self) -> frozenset[str]:
        """Give the organisation numbers in which the right to the operations pages counts."""
        return frozenset(one.strip() for one in self.operations_organisations.split(",") if one.strip())

    @property
    def watched(self) -> tuple[Place, ...]:
        """Give the processes that the operations page asks."""
        return places(self.operations_services)

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Give the networks of our proxies."""
        return tuple(ip_network(one.strip()) for one in self.trusted_proxies.split(",") if one.strip())

    @property
    def inbox(self) -> str:
        """The address of the embedded inbox; empty where mails go to real people."""
        return self.mail_url if self.fordeling_embedded else ""

    @property
    def secure(self) -> bool:
        """Whether cookies carry ``Secure`` and the ``__Host-`` prefix: always, but for the embedded stack on http."""
        return not (self.fordeling_embedded and urlsplit(self.public_url).scheme == "http")

    @property
    def audience(self) -> str:
        """What a token for the API names as its audience: its address, as Maskinporten's ``resource``."""
        return self.api_audience or self.public_url.rstrip("/") + "/api/v1"

    @property
    def pseudonym_key(self) -> str:
        """The key that users' pseudonyms are made with."""
        return f"pseudonym:{self.secret.get_secret_value()}"

    @property
    def form_key(self) -> str:
        """The key that form tokens are signed with."""
        return f"form:{self.secret.get_secret_value()}"

    @property
    def idle(self) -> timedelta:
        """How long a session lives without being used."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def lifetime(self) -> timedelta:
        """How long a session lives at most."""
        return timedelta(hours=self.session_hours)
