"""The environment of a stack's processes: what was given wins, the rest points at the embedded parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from ops.embedded.demo_users import operations_organisations
from ops.embedded.kafka import Kafka
from ops.embedded.mail import Mail
from ops.embedded.oidc import Oidc
from ops.embedded.ports import LOOPBACK
from ops.embedded.postgres import Postgres
from ops.files import read_json
from ops.stack.layout import Layout
from ops.stack.programs import PROGRAMS
from ops.svarut.part import ACCOUNT, AUDIENCE, INTEGRATION, Svarut

KAFKA = "KAFKA_BOOTSTRAP_SERVERS"
OIDC = "OIDC_ISSUER"
SMTP = "SMTP_URL"
SVARUT = "SVARUT_URL"
ISSUER = "ansattporten"
MACHINES = "MASKINPORTEN_ISSUER"
MACHINE_ISSUER = "maskinporten"


SENDING = (
    "SVARUT_ACCOUNT_ID",
    "SVARUT_INTEGRATION_ID",
    "SVARUT_INTEGRATION_PASSWORD",
    "SVARUT_CERTIFICATE_FILE",
    "SVARUT_AUDIENCE",
    "MASKINPORTEN_CLIENT_ID",
    "MASKINPORTEN_KEY_FILE",
)
"""What letters needs beside SVARUT_URL."""


@dataclass(frozen=True, slots=True)
class Database:
    """A database of the embedded cluster and the role that a variable's URL connects as."""

    variable: str
    name: str
    role: str
    owner: bool = True


DATABASES = (
    Database("DISTRIBUTION_DATABASE_URL", "fordeling_distribution", "fordeling_distribution"),
    Database("MUNICIPALITY_DATABASE_URL", "fordeling_municipality", "fordeling_municipality"),
    Database("NOTIFICATION_DATABASE_URL", "fordeling_notification", "fordeling_notification"),
    Database("LETTERS_DATABASE_URL", "fordeling_letters", "fordeling_letters"),
    Database("GATEWAY_DATABASE_URL", "fordeling_gateway", "fordeling_gateway"),
    # Reads the pages' data: owns nothing, so that row-level security holds for it.
    Database("GATEWAY_READER_DATABASE_URL", "fordeling_gateway", "fordeling_gateway_reader", owner=False),
)


@dataclass(frozen=True, slots=True)
class Stack:
    """One stack: its folder, the ports and passwords it keeps, and what the caller's environment gives it.

    ports: by the name of what listens: ``kafka``, ``gateway``, a program's variable …
    secrets: by name; see ``ops.stack.choices``.
    given: the caller's environment.
    """

    layout: Layout
    ports: Mapping[str, int]
    secrets: Mapping[str, str]
    given: Mapping[str, str]

    def kafka(self) -> Kafka:
        """Tell of the embedded broker."""
        return Kafka(self.layout.kafka, self.ports["kafka"], self.ports["kafka-controller"])

    def postgres(self) -> Postgres:
        """Tell of the embedded cluster."""
        return Postgres(self.layout.postgres, self.ports["postgres"], self.secrets["postgres"])

    def oidc(self) -> Oidc:
        """Tell of the embedded login provider."""
        return Oidc(self.layout.oidc, self.ports["oidc"])

    def mail(self) -> Mail:
        """Tell of the embedded mail server. Stacks begun before there was one have no ports for it until they start."""
        return Mail(self.layout.mail, self.ports.get("smtp", 0), self.ports.get("mail", 0))

    def svarut(self) -> Svarut:
        """Tell of the embedded SvarUt. Stacks begun before there was one have no port for it until they start."""
        issuer = self.given.get(MACHINES) or self.oidc().issuer("maskinporten")
        return Svarut(self.layout.svarut, self.ports.get("svarut", 0), issuer, self.secrets.get("svarut", ""))

    def embeds_kafka(self) -> bool:
        """Whether no broker was given."""
        return not self.given.get(KAFKA)

    def embeds_postgres(self) -> bool:
        """Whether some database was not given."""
        return any(not self.given.get(database.variable) for database in DATABASES)

    def embeds_oidc(self) -> bool:
        """Whether no login provider was given."""
        return not self.given.get(OIDC)

    def embeds_mail(self) -> bool:
        """Whether no mail server was given."""
        return not self.given.get(SMTP)

    def embeds_svarut(self) -> bool:
        """Whether no SvarUt was given; the embedded one needs an issuer whose tokens it can check."""
        return not self.given.get(SVARUT) and (self.embeds_oidc() or bool(self.given.get(MACHINES)))

    def embedded_databases(self) -> list[Database]:
        """Tell which databases the embedded cluster has to hold."""
        return [database for database in DATABASES if not self.given.get(database.variable)]


def environment(stack: Stack) -> dict[str, str]:
    """Build what the processes are told: every variable of ours, each given one unchanged."""
    postgres = stack.postgres()
    address = f"http://localhost:{stack.ports['gateway']}"
    own = {
        KAFKA: stack.kafka().bootstrap_servers,
        OIDC: stack.oidc().issuer(ISSUER),
        "OIDC_CLIENT_ID": "fordeling",
        "OIDC_CLIENT_SECRET": stack.secrets["oidc-client"],
        "OBJECT_STORE_URL": f"file://{quote(str(stack.layout.objects))}",
        SMTP: stack.mail().smtp_url,
        "MAIL_FROM": "Fordeling <ikke-svar@fordeling.example>",
        "PUBLIC_URL": address,
        "GATEWAY_HOST": LOOPBACK,
        "GATEWAY_SECRET": stack.secrets["gateway"],
        "FORDELING_EMBEDDED": "1",
        "OPERATIONS_SERVICES": _watched(stack),
        "PLACEMENT_POLICY": "automatic",
        "LOG_FORMAT": "console",
    }
    if stack.embeds_oidc() or stack.given.get(MACHINES):
        own[MACHINES] = stack.oidc().issuer(MACHINE_ISSUER)
    if stack.embeds_oidc():
        own["OPERATIONS_ORGANISATIONS"] = operations_organisations()
    if stack.embeds_mail():
        own["MAIL_URL"] = stack.mail().url
    own |= {
        database.variable: postgres.url(database.name, database.role, stack.secrets[database.role])
        for database in DATABASES
    }
    own |= _sending(stack)
    given = {name: stack.given[name] for name in own if stack.given.get(name)}
    # Where to listen is the stack's to say: a port that it did not choose would not be found again.
    listening = {"GATEWAY_PORT": str(stack.ports["gateway"])}
    listening |= {variable: str(stack.ports[variable]) for program in PROGRAMS for variable in program.ports}
    return own | given | listening


def _watched(stack: Stack) -> str:
    """Tell the gateway's operations page whom to ask."""
    return ",".join(f"{one.name}=http://{LOOPBACK}:{stack.ports[one.ports[0]]}" for one in PROGRAMS)


def _sending(stack: Stack) -> dict[str, str]:
    """Tell letters how to send; without the embedded SvarUt, what is given has to say it all."""
    if not stack.embeds_svarut():
        return dict.fromkeys((SVARUT, *SENDING), "")
    svarut = stack.svarut()
    return {
        SVARUT: svarut.url,
        "SVARUT_ACCOUNT_ID": ACCOUNT,
        "SVARUT_INTEGRATION_ID": INTEGRATION,
        "SVARUT_INTEGRATION_PASSWORD": svarut.password,
        "SVARUT_CERTIFICATE_FILE": str(svarut.certificate),
        "SVARUT_AUDIENCE": AUDIENCE,
        "MASKINPORTEN_CLIENT_ID": "fordeling",
        "MASKINPORTEN_KEY_FILE": str(stack.layout.machine_key),
        # Short, for the simulator answers at once and its days last minutes.
        "SVARUT_SEND_SECONDS": "20",
        "SVARUT_REQUEST_SECONDS": "5",
        "SVARUT_RETRY_SECONDS": "2",
        "SVARUT_POLL_SECONDS": "2",
        "SVARUT_POLL_LONGEST_SECONDS": "10",
    }


def saved_environment(layout: Layout) -> dict[str, str]:
    """Read what the stack of this folder was last started with; empty where there is none."""
    return {name: str(value) for name, value in read_json(layout.environment).items()}


def without_password(url: str) -> str:
    """Leave the password out of a URL; what is no URL stays as it is."""
    parts = urlsplit(url)
    if not parts.password:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}@{host}"))
