"""The embedded Maskinporten and SvarUt for the tests of sending."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.embedded.install import install_jars
from ops.embedded.launch import running
from ops.embedded.oidc import JARS, Oidc
from ops.embedded.ports import free_ports
from ops.svarut.part import ACCOUNT, AUDIENCE, INTEGRATION, Svarut, write_key

PASSWORD = "integration-password"


@dataclass(frozen=True)
class Simulator:
    """A running SvarUt and the issuer whose tokens it takes."""

    part: Svarut
    key: Path

    @property
    def settings(self) -> dict[str, Any]:
        """Tell letters how to reach it: by the names of its settings, in upper case its variables."""
        return {
            "svarut_url": self.part.url,
            "svarut_account_id": ACCOUNT,
            "svarut_integration_id": INTEGRATION,
            "svarut_integration_password": PASSWORD,
            "svarut_certificate_file": str(self.part.certificate),
            "svarut_audience": AUDIENCE,
            "maskinporten_issuer": self.part.issuer,
            "maskinporten_client_id": "fordeling",
            "maskinporten_key_file": str(self.key),
            "svarut_send_seconds": 2,
            "svarut_request_seconds": 1,
            "svarut_retry_seconds": 0.3,
            "svarut_retry_longest_seconds": 1,
            "svarut_poll_seconds": 0.3,
            "svarut_poll_longest_seconds": 1,
        }

    def faults(self, **counts: int) -> dict[str, int]:
        """Switch faults on; tells those that have not struck yet."""
        return self._post("/admin/feil", counts)

    def skip(self, seconds: float) -> None:
        """Let its time pass."""
        self._post("/admin/klokke", {"frem": seconds})

    def set_status(self, identity: str, status: str) -> None:
        """Play the receiver, or the post."""
        self._post(f"/admin/forsendelser/{identity}/status", {"status": status})

    def of(self, letter_id: str) -> list[dict[str, Any]]:
        """List the letters it has with our id."""
        found: list[dict[str, Any]] = httpx.get(f"{self.part.url}/admin/forsendelser").json()
        return [each for each in found if each["eksternReferanse"] == letter_id]

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = httpx.post(f"{self.part.url}{path}", json=body).raise_for_status()
        return answer.json() if answer.content else None


@pytest.fixture(scope="session")
def simulator(scratch: Path) -> Iterator[Simulator]:
    """Start SvarUt and Maskinporten. Its clock runs a thousand times too fast: a minute is 60 ms."""
    install_jars(JARS)
    oidc_port, svarut_port = free_ports(2)
    oidc = Oidc(scratch / "svarut-oidc", oidc_port)
    part = Svarut(scratch / "svarut", svarut_port, oidc.issuer("maskinporten"), PASSWORD, speed=1000)
    key = scratch / "maskinporten-key.json"
    write_key(key)
    with running(oidc, scratch / "svarut-oidc.log"), running(part, scratch / "svarut.log"):
        yield Simulator(part, key)
