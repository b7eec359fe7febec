"""What is done with one municipality's lists, by its clients and IMDi's."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from contracts.codes import WithdrawalReason
from contracts.distribution.v1 import Decision
from contracts.imdi.v1 import WithdrawList
from tests.faults.clients.browser import Browser, user_of
from tests.faults.clients.caseworker import Caseworker, Outcome, Write
from tests.faults.clients.commands import Settlements
from tests.faults.clients.imdi import Imdi
from tests.faults.plan import Case, Scenario, wrong
from tests.faults.stage import Municipality, Stage
from tests.faults.told import What

OSLO = ZoneInfo("Europe/Oslo")


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


def _id(case: Case, what: str) -> str:
    """Tell an id that the same case has in every run with its seed."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"rig/{case.list_id}/{what}"))


def _today() -> date:
    return datetime.now(OSLO).date()
