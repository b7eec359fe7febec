"""A caseworker at the pages, without scripts: logs in, opens a list, submits its forms, waits where told to wait."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from random import Random
from urllib.parse import urljoin

import httpx

from contracts.distribution.v1 import Decision
from ops.demo.identity import synthetic_identity_number
from ops.embedded.demo_users import DemoUser, Municipality as Place, Role
from tests.faults.clients.caseworker import PATIENCE_SECONDS, PAUSE_SECONDS, TIMEOUT, Outcome
from tests.faults.stage import Municipality
from tests.faults.told import Line, Told, What

INPUT = re.compile(r"<(?:input|textarea)\b[^>]*>")
ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
HEADING = re.compile(r'<h[1-6][^>]*class="ds-heading"[^>]*>(.*?)</h[1-6]>', re.DOTALL)
ALERT = re.compile(r'class="ds-alert"[^>]*data-color="danger"[^>]*>(.*?)</div>', re.DOTALL)
REDIRECTS = (301, 302, 303, 307)
SUBMIT_AGAIN = (500, 502, 503, 504, 429)
SESSION_ENDED = (401, 403)
"""The page that asks one to log in and keeps what was typed; a token of a session before. Who sends twice at once, and
logs in again with the one, ends the session that the other goes by."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as a page has it. ``action``: where it is sent; fields: the hidden ones, with the form's own id."""

    action: str
    fields: Mapping[str, str]

    @property
    def id(self) -> str:
        """Which form it is: the same one sent again is the same command."""
        return self.fields.get("skjema", "")


@dataclass
class Browser:
    """One caseworker with a session of their own."""

    url: str
    municipality: Municipality
    user: DemoUser
    told: Told
    patience: float = PATIENCE_SECONDS
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=TIMEOUT, trust_env=False))

    def approve(self, list_id: str, decisions: Sequence[Decision], message: str, *, twice: bool = False) -> Outcome:
        """Godkjenn liste."""
        marks: dict[str, str] = {"handling": "godkjenn", "beskjed": message}
        for one in decisions:
            if one.accept:
                marks[f"bosett-{one.running_number}"] = "ja"
            else:
                marks[f"grunn-{one.running_number}"] = str(one.reason.value if one.reason else "")
                marks[f"tekst-{one.running_number}"] = one.reason_text or ""
        details = {
            "accepted": sorted(one.running_number for one in decisions if one.accept),
            "declined": {one.running_number: one.reason for one in decisions if not one.accept},
        }
        return self._submit("approve", list_id, "/svar", marks, details, twice=twice)

    def send(self, list_id: str, *, twice: bool = False) -> Outcome:
        """Send svar."""
        return self._submit("send", list_id, "/send", {}, {}, twice=twice)

    def page(self, list_id: str) -> str | None:
        """Read the list's page; None where it is not shown, or nobody answers."""
        answer = self._get(self._path(list_id))
        return answer.text if answer is not None and answer.status_code == 200 else None

    def _path(self, list_id: str) -> str:
        return f"/kommune/{self.municipality.id}/bosetting/fordelinger/{list_id}"

    def _submit(
        self,
        action: str,
        list_id: str,
        place: str,
        marks: Mapping[str, str],
        details: Mapping[str, object],
        *,
        twice: bool,
    ) -> Outcome:
        deadline = time.monotonic() + self.patience
        form = self._find_form(list_id, place, deadline)
        if form is None:
            return Outcome(What.UNKNOWN)
        client = self.user.username
        asked = {"action": action, "over": "pages", "client": client, "twice": twice, **details}
        asked["version"] = int(form.fields.get("versjon", 0))
        self.told.write(Line(What.ASKED, list_id, form.id, client, asked))
        if twice:
            with ThreadPoolExecutor(2) as pool:
                outcomes = list(pool.map(lambda _: self._outcome(form, marks, deadline), range(2)))
        else:
            outcomes = [self._outcome(form, marks, deadline)]
        for outcome in outcomes:
            said = {"action": action, "version": outcome.version, "problem": outcome.problem}
            self.told.write(Line(outcome.what, list_id, form.id, client, said))
        return next((one for one in outcomes if one.what is not What.UNKNOWN), outcomes[0])

    def _find_form(self, list_id: str, place: str, deadline: float) -> Form | None:
        while time.monotonic() < deadline:
            answer = self._get(self._path(list_id))
            found = _form(answer.text, place) if answer is not None and answer.status_code == 200 else None
            if found is not None:
                return found
            time.sleep(PAUSE_SECONDS)
        return None

    def _outcome(self, form: Form, marks: Mapping[str, str], deadline: float) -> Outcome:
        data = {**form.fields, **marks}
        while time.monotonic() < deadline:
            answer = self._request("POST", form.action, data=data)
            if answer is None or answer.status_code in SUBMIT_AGAIN or _leads_to_login(answer):
                self._log_in()
                data["_csrf_token"] = self._csrf() or data.get("_csrf_token", "")
                time.sleep(PAUSE_SECONDS)
            elif answer.status_code in SESSION_ENDED:
                self._log_in()
                data["_csrf_token"] = self._csrf() or ""
                time.sleep(PAUSE_SECONDS)
            elif answer.status_code in REDIRECTS:
                return self._follow(answer.headers["location"], deadline)
            else:
                return Outcome(What.REFUSED, problem=_title(answer))
        return Outcome(What.UNKNOWN)

    def _follow(self, location: str, deadline: float) -> Outcome:
        """Wait on the page that says that the outcome is not known yet, which leads on by itself once it is."""
        while "/kommando/" in location:
            if time.monotonic() > deadline:
                return Outcome(What.UNKNOWN)
            answer = self._get(location)
            if answer is not None and answer.status_code in REDIRECTS:
                location = answer.headers["location"]
            elif answer is not None and answer.status_code == 409:
                return Outcome(What.REFUSED, problem=_title(answer))
            else:
                time.sleep(PAUSE_SECONDS)
        return Outcome(What.ACCEPTED)

    def _get(self, path: str) -> httpx.Response | None:
        """Open a page, after logging in where that is needed."""
        answer = self._request("GET", path)
        if answer is not None and _leads_to_login(answer):
            self._log_in()
            answer = self._request("GET", path)
        return answer

    def _csrf(self) -> str | None:
        answer = self._request("GET", f"/kommune/{self.municipality.id}/arbeidsflate")
        found = _hidden(answer.text).get("_csrf_token") if answer is not None else None
        return found or next((value for name, value in self._http.cookies.items() if "csrf" in name.lower()), None)

    def _log_in(self) -> None:
        """Choose bokmål, in which the audit reads pages, and press one's own button at the login provider.

        Where that fails, whoever needs it tries again.
        """
        try:
            self._http.post(f"{self.url}/sprak", data={"sprak": "nb"})
            at_provider = self._http.get(f"{self.url}/logg-inn").headers["location"]
            claims = json.dumps(self.user.claims(), ensure_ascii=False)
            back = self._http.post(at_provider, data={"username": self.user.username, "claims": claims})
            self._http.get(back.headers["location"])
        except (httpx.HTTPError, KeyError):
            return

    def _request(self, method: str, path: str, **more: object) -> httpx.Response | None:
        try:
            return self._http.request(method, urljoin(self.url, path), **more)  # type: ignore[arg-type]
        except httpx.HTTPError:
            return None

    def close(self) -> None:
        """Let go of its connections."""
        self._http.close()


def user_of(municipality: Municipality, name: str, seed: int) -> DemoUser:
    """Invent somebody who may answer for a municipality."""
    identity = synthetic_identity_number(Random(seed), date(1985, 3, 4), female=True)
    places = (Place(municipality.name, municipality.organisation_number),)
    return DemoUser(name.lower().replace(" ", "."), name, identity, Role.WRITER, places)


def _leads_to_login(answer: httpx.Response) -> bool:
    return answer.status_code in REDIRECTS and "/logg-inn" in answer.headers.get("location", "")


def _form(page: str, place: str) -> Form | None:
    """Find the form that is sent to a place of the list's."""
    for part in page.split("<form")[1:]:
        action = re.search(r'action="([^"]*)"', part)
        if action is not None and action[1].endswith(place):
            return Form(unescape(action[1]), _hidden(part.partition("</form>")[0]))
    return None


def _hidden(part: str) -> dict[str, str]:
    fields = (dict(ATTRIBUTE.findall(tag)) for tag in INPUT.findall(part))
    return {
        one["name"]: unescape(one.get("value", "")) for one in fields if one.get("type") == "hidden" and "name" in one
    }


def _title(answer: httpx.Response) -> str:
    """Tell why a page says that it was not taken, in its own words' first line."""
    alert = ALERT.search(answer.text)
    heading = HEADING.search(alert[1] if alert else answer.text) or re.search(
        r"<strong>(.*?)</strong>", alert[1] if alert else ""
    )
    words = re.sub(r"<[^>]+>|\s+", " ", heading[1]).strip() if heading else ""
    return f"page {answer.status_code}: {words}"
