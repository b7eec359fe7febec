"""The mixed load of a fault: a worker for each of its municipalities takes its cases one after the other."""

from __future__ import annotations

import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

from contracts.codes import WithdrawalReason
from contracts.distribution.v1 import Decision
from contracts.imdi.v1 import WithdrawList
from tests.faults.clients.browser import Browser, user_of
from tests.faults.clients.caseworker import Caseworker, Outcome, Write
from tests.faults.clients.commands import Replies, Settlements
from tests.faults.clients.imdi import Imdi
from tests.faults.plan import Case, Scenario, wrong
from tests.faults.stage import Municipality, Stage
from tests.faults.told import What

OSLO = ZoneInfo("Europe/Oslo")
PAUSES = (0.2, 1.0)
"""Between two cases of a worker, in seconds: from, to."""


@dataclass
class Desk:
    """The clients of one municipality."""

    stage: Stage
    municipality: Municipality
    imdi: Imdi
    settlements: Settlements
    patience: float

    def __post_init__(self) -> None:
        environment, told = self.stage.machine.environment, self.stage.told
        url, issuer = environment["PUBLIC_URL"], environment["MASKINPORTEN_ISSUER"]
        self.one = Caseworker(url, issuer, self.municipality, "rig-one", told, self.patience)
        self.other = Caseworker(url, issuer, self.municipality, "rig-other", told, self.patience)
        user = user_of(self.municipality, f"Rigg {self.municipality.number}", int(self.municipality.number))
        self.browser = Browser(url, self.municipality, user, told, self.patience)
        self.unknown: list[tuple[Caseworker, Write]] = []

    def do(self, case: Case) -> bool:
        """Take a case to its end. False where it was broken off because the broker, or nobody, ever answered."""
        if case.scenario is Scenario.WRONG:
            return self._publish_wrong(case)
        if not self.imdi.publish(case.body, case.list_id, self.municipality.number, _id(case, "publish")):
            return False
        if case.scenario is Scenario.TWICE:
            self.imdi.publish(case.body, case.list_id, self.municipality.number, _id(case, "publish"))
            self.imdi.publish(case.body, case.list_id, self.municipality.number, _id(case, "publish again"))
        if case.scenario is Scenario.LEFT:
            return True
        found = self.one.await_list(case.list_id)
        if found is None:
            return False
        steps = {
            Scenario.WITHDRAWN: self._withdrawn,
            Scenario.ANSWERED_AND_WITHDRAWN: self._answered_and_withdrawn,
            Scenario.WITHDRAWN_MEANWHILE: self._withdrawn_meanwhile,
            Scenario.ANSWER_ON_PAGES: self._on_pages,
            Scenario.DOUBLE_SUBMIT: self._on_pages,
            Scenario.SAME_KEY: self._same_key,
            Scenario.RACE: self._race,
            Scenario.BACK_AND_FORTH: self._back_and_forth,
        }
        return steps.get(case.scenario, self._answer)(case, int(found["version"]))

    def _answer(self, case: Case, version: int) -> bool:
        saved = self._write(self.one, case, "save", version, case.second)
        if not saved.accepted or saved.version is None:
            return False
        approved = self._write(self.one, case, "approve", saved.version, case.first)
        if not approved.accepted or approved.version is None:
            return False
        sent = self._write(self.one, case, "send", approved.version)
        if case.scenario is Scenario.SETTLE and sent.accepted and sent.version is not None:
            placed = [one.running_number for one in case.first if one.accept]
            self.settlements.register(case.list_id, self.municipality.id, placed, sent.version, _today)
        return sent.accepted

    def _on_pages(self, case: Case, _version: int) -> bool:
        twice = case.scenario is Scenario.DOUBLE_SUBMIT
        approved = self.browser.approve(case.list_id, case.first, case.message, twice=twice)
        return approved.accepted and self.browser.send(case.list_id, twice=twice).accepted

    def _same_key(self, case: Case, version: int) -> bool:
        approved = self._at_once(lambda _: self._write(self.one, case, "approve", version, case.first))
        if not approved[0].accepted or approved[0].version is None:
            return False
        after = approved[0].version
        return self._at_once(lambda _: self._write(self.one, case, "send", after))[0].accepted

    def _race(self, case: Case, version: int) -> bool:
        clients = (self.one, self.other)
        chosen = (case.first, case.second)
        approved = self._at_once(lambda n: self._write(clients[n], case, "approve", version, chosen[n]))
        first = next((one for one in approved if one.accepted and one.version is not None), None)
        if first is None or first.version is None:
            return False
        after = first.version
        return any(one.accepted for one in self._at_once(lambda n: self._write(clients[n], case, "send", after)))

    def _back_and_forth(self, case: Case, version: int) -> bool:
        steps: Sequence[tuple[str, Sequence[Decision] | None]] = (
            ("approve", case.second),
            ("return", None),
            ("approve", case.first),
            ("send", None),
        )
        for place, (action, chosen) in enumerate(steps):
            outcome = self._write(self.one, case, action, version, chosen, step=str(place))
            if not outcome.accepted or outcome.version is None:
                return False
            version = outcome.version
        return True

    def _withdrawn(self, case: Case, _version: int) -> bool:
        return self._withdraw(case) and self._withdraw(case)

    def _answered_and_withdrawn(self, case: Case, version: int) -> bool:
        return self._answer(case, version) and self._withdraw(case)

    def _withdrawn_meanwhile(self, case: Case, version: int) -> bool:
        approved = self._write(self.one, case, "approve", version, case.first)
        if not approved.accepted or approved.version is None:
            return False
        with ThreadPoolExecutor(1) as pool:
            withdrawn = pool.submit(self._withdraw, case)
            self._write(self.one, case, "send", approved.version)
            return withdrawn.result()

    def _withdraw(self, case: Case) -> bool:
        number = self.municipality.number
        body = WithdrawList(list_id=case.list_id, municipality_number=number, reason=WithdrawalReason.OFFERED_ELSEWHERE)
        return self.imdi.publish(body, case.list_id, number, _id(case, "withdraw"))

    def _publish_wrong(self, case: Case) -> bool:
        """Publish the list with a person number that is missing: it has to come back."""
        body = wrong(case.body)
        return self.imdi.publish(body, case.list_id, self.municipality.number, _id(case, "publish"), expects="rejected")

    def _write(
        self,
        client: Caseworker,
        case: Case,
        action: str,
        version: int,
        chosen: Sequence[Decision] | None = None,
        *,
        step: str = "",
    ) -> Outcome:
        key = _id(case, f"{action}{step}/{client.client_id}")
        write = Write(action, case.list_id, key, version, chosen, case.message)
        outcome = client.write(write)
        if outcome.what is What.UNKNOWN:
            self.unknown.append((client, write))
        return outcome

    @staticmethod
    def _at_once(work: Callable[[int], Outcome]) -> list[Outcome]:
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(work, range(2)))

    def close(self) -> None:
        """Let go of all connections."""
        for client in (self.one, self.other, self.browser):
            client.close()


@dataclass
class Load:
    """Runs until it is told to stop, or all cases are done. ``done``: cases that went to their end."""

    stage: Stage
    cases: Sequence[Case]
    replies: Replies
    patience: float
    done: list[str] = field(default_factory=list)
    broken_off: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    desks: dict[str, Desk] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        imdi = self.stage.imdi
        settlements = Settlements(imdi.sender, self.replies, self.stage.told, self.patience)
        self.desks = {
            one.id: Desk(self.stage, one, imdi, settlements, self.patience) for one in self.stage.municipalities
        }
        self._threads = [
            threading.Thread(target=self._work, args=(desk, index), daemon=True, name=f"load {name}")
            for index, (name, desk) in enumerate(self.desks.items())
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> None:
        """Begin no further case, and wait until those begun have ended."""
        self._stop.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        self.errors += [f"{thread.name} has not ended" for thread in self._threads if thread.is_alive()]

    def ask_again(self) -> None:
        """Ask once more for whatever nobody was told the outcome of: by now it is to be known."""
        for desk in self.desks.values():
            for client, write in desk.unknown:
                client.write(write)

    def _work(self, desk: Desk, index: int) -> None:
        random = Random(f"{self.stage.name}/{index}")
        for case in self.cases:
            if case.municipality.id != desk.municipality.id:
                continue
            if self._stop.wait(random.uniform(*PAUSES)):
                return
            try:
                (self.done if desk.do(case) else self.broken_off).append(case.list_id)
            except Exception:  # noqa: BLE001 - a client that breaks is a failure of the rig, and is told as one
                self.errors.append(f"{case.list_id} ({case.scenario}): {traceback.format_exc(limit=-3)}")

    def close(self) -> None:
        """Let go of all connections."""
        for desk in self.desks.values():
            desk.close()


@contextmanager
def load_of(stage: Stage, cases: Sequence[Case], replies: Replies, patience: float) -> Iterator[Load]:
    """Keep a load's clients; the caller starts and stops it."""
    load = Load(stage, cases, replies, patience)
    try:
        yield load
    finally:
        load._stop.set()
        load.close()


def _id(case: Case, what: str) -> str:
    """Tell an id that the same case has in every run with its seed."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"rig/{case.list_id}/{what}"))


def _today() -> date:
    return datetime.now(OSLO).date()
