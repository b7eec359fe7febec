"""The embedded login provider: NAV's mock-oauth2-server, dressed as Ansattporten and Maskinporten."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from ops.embedded import archive, java
from ops.embedded.demo_users import DemoUser, demo_users
from ops.embedded.http import get_ok
from ops.embedded.jars import JarSet
from ops.embedded.launch import Launch
from ops.embedded.ports import LOOPBACK

VERSION = "6.0.2"
JARS = JarSet("oidc")
PAGE = Path(__file__).parent / "login.html"
DISCOVERY = "/.well-known/openid-configuration"

# Maskinporten's access tokens, for whoever asks: the parameters ``client_id``, ``scope``, ``resource`` (the audience)
# and, as there is no register of clients here, ``organisation`` (the consumer's number) become the token's claims.
MACHINES = {
    "issuerId": "maskinporten",
    "tokenExpiry": 120,
    "requestMappings": [
        {
            "requestParam": "scope",
            "match": "*",
            "claims": {
                "sub": "${client_id}",
                "client_id": "${client_id}",
                "aud": ["${resource}"],
                "scope": "${scope}",
                "consumer": {"authority": "iso6523-actorid-upis", "ID": "0192:${organisation}"},
            },
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Oidc:
    """One provider; each first path segment is an issuer of its own.

    home: folder for its configuration and login page.
    port: where it listens, on the loopback address.
    training: where to write an archive of its classes when it ends; see ``ops.embedded.archive``.
    """

    home: Path
    port: int
    training: Path | None = None

    def issuer(self, name: str) -> str:
        """Tell an issuer's URL: the same for the browser and for the gateway, as tokens name it."""
        return f"http://localhost:{self.port}/{name}"

    def prepare(self) -> None:
        """Write its configuration and its login page."""
        self.home.mkdir(parents=True, exist_ok=True)
        page = self.home / "login.html"
        page.write_text(login_page(demo_users()), encoding="utf-8")
        config = {
            "interactiveLogin": True,
            "httpServer": "NettyWrapper",
            "loginPagePath": str(page),
            "tokenCallbacks": [MACHINES],
        }
        (self.home / "config.json").write_text(json.dumps(config))

    def launch(self) -> Launch:
        """Run it."""
        return Launch(
            java.command(
                JARS.class_path(),
                "no.nav.security.mock.oauth2.StandaloneMockOAuth2ServerKt",
                options=(
                    "-Xmx64m",
                    "-Xss512k",
                    "-XX:TieredStopAtLevel=1",
                    "-Dio.netty.eventLoopThreads=2",
                    "-Dio.netty.allocator.numDirectArenas=1",
                    "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
                    "-Dorg.slf4j.simpleLogger.showDateTime=true",
                    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
                    "-Dorg.slf4j.simpleLogger.showThreadName=false",
                    *archive.options(JARS, self.training),
                ),
            ),
            environment=java.ENVIRONMENT
            | {
                "SERVER_HOSTNAME": LOOPBACK,
                "SERVER_PORT": str(self.port),
                "JSON_CONFIG_PATH": str(self.home / "config.json"),
            },
        )

    def ready(self) -> bool:
        """Whether it tells its configuration."""
        return get_ok(self.issuer("ansattporten") + DISCOVERY)


def login_page(users: Iterable[DemoUser]) -> str:
    """Build the page: a form for each user, that works without JavaScript."""
    return Template(PAGE.read_text(encoding="utf-8")).substitute(users="\n".join(_button(user) for user in users))


def _button(user: DemoUser) -> str:
    claims = json.dumps(user.claims(), ensure_ascii=False)
    return f"""    <li><form method="post">
      <input type="hidden" name="username" value="{escape(user.username)}">
      <input type="hidden" name="claims" value="{escape(claims)}">
      <button>
        <span class="name">{escape(user.name)}</span>
        <span class="place">{escape(user.places)}</span>
        <span class="role">{escape(user.role.label)}</span>
      </button>
    </form></li>"""
