"""Who talks with a whole stack in tests: IMDi over its topics, and a municipality's system over ``/api/v1``."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from contracts.envelope import Message
from contracts.imdi.v1 import PublishDistributionList, RequestPlaces
from contracts.topics import IMDI_LISTS, IMDI_REQUESTS
from ops import broker
from ops.demo.lists import distribution_list
from ops.inbound import Inbound

SECONDS = 120.0
WRITE_SCOPE = "ks:fordeling:write"
OSLO_TIME = ZoneInfo("Europe/Oslo")


def now() -> datetime:
    return datetime.now(OSLO_TIME)


def a_list(list_id: str, number: str, persons: int) -> PublishDistributionList:
    """Make a list of invented persons, the same for the same id."""
    return distribution_list(
        Random(list_id), municipality_number=number, persons=persons, today=now().date(), list_id=list_id
    )


@dataclass(frozen=True)
class Imdi:
    """Publishes as IMDi's systems do."""

    bootstrap_servers: str

    def publish(self, *messages: Message) -> None:
        inbound = [Inbound(0, IMDI_REQUESTS if isinstance(one, RequestPlaces) else IMDI_LISTS, one) for one in messages]
        broker.publish(self.bootstrap_servers, inbound, now(), lambda _done: None)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the API; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def etag(self) -> str:
        return self.headers["etag"]

    @property
    def problem(self) -> str:
        """The problem's name; empty where there is none."""
        return str(self.body["type"]).rpartition(":")[2] if self.status >= 400 else ""


@dataclass
class System:
    """A municipal system with its organisation's token. Paths are those below its municipality."""

    url: str
    issuer: str
    organisation: str
    client_id: str = "case-system"
    scope: str = WRITE_SCOPE
    municipality_id: str = ""
    _token: str = ""
    _until: float = field(default=0.0)

    def __post_init__(self) -> None:
        self.wait(lambda: self._request("GET", "/api/v1/municipalities").body["items"], "the register")
        [mine] = self._request("GET", "/api/v1/municipalities").body["items"]
        self.municipality_id = mine["municipality_id"]

    @property
    def audience(self) -> str:
        return f"{self.url}/api/v1"

    def get(self, path: str = "", headers: Mapping[str, str] | None = None) -> Answer:
        """Read; what is not there is an answer too."""
        return self._request("GET", f"/api/v1/municipalities/{self.municipality_id}{path}", headers=headers)

    def write(
        self, method: str, path: str, body: Any = None, *, etag: str | None = None, key: str | None = None
    ) -> Answer:
        """Write under a key, upon a version; 202 is followed until the owner has answered."""
        headers = {"Idempotency-Key": key or str(uuid4())} | ({"If-Match": etag} if etag else {})
        place = f"/api/v1/municipalities/{self.municipality_id}{path}"
        answer = self._request(method, place, body, headers)
        deadline = time.monotonic() + SECONDS
        while answer.status == 202:
            assert time.monotonic() < deadline, answer.body
            time.sleep(0.2)
            answer = self._request(method, place, body, headers)
        return answer

    def until(self, path: str, holds: Callable[[Any], Any]) -> Answer:
        """Read until what is there is so."""
        found: list[Answer] = []

        def so() -> bool:
            found[:] = [self.get(path)]
            return found[0].status == 200 and bool(holds(found[0].body))

        self.wait(so, path, lambda: found[0].content)
        return found[0]

    @staticmethod
    def wait(holds: Callable[[], Any], what: str, told: Callable[[], Any] = str) -> None:
        deadline = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"{what}: {told()}"
            time.sleep(0.1)

    def _request(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        sent = {"Authorization": f"Bearer {self._bearer()}", **(headers or {})}
        data = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        asked = urllib.request.Request(self.url + path, data=data, headers=sent, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return Answer(answer.status, _lowered(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, _lowered(error.headers), error.read())

    def _bearer(self) -> str:
        if time.monotonic() > self._until:
            form = {
                "grant_type": "client_credentials",
                "client_id": self.client_id,
                "client_secret": "any",
                "scope": self.scope,
                "resource": self.audience,
                "organisation": self.organisation,
            }
            data = urllib.parse.urlencode(form).encode()
            with urllib.request.urlopen(f"{self.issuer}/token", data=data, timeout=60) as answer:
                self._token = json.load(answer)["access_token"]
            self._until = time.monotonic() + 60
        return self._token


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def request_places(number: str, year: int, ordinary: int, minors: int, answer_by: date) -> RequestPlaces:
    return RequestPlaces(
        municipality_number=number,
        year=year,
        ordinary_places=ordinary,
        unaccompanied_minor_places=minors,
        answer_by=answer_by,
    )
