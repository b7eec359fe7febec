"""Gathering the facts: from outside where there is an outside, from the databases where there is not."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

from contracts.topics import TOPICS
from ops.reconcile.errors import CannotCompareError
from ops.reconcile.report import Report
from ops.reconcile.run import Patience, reconcile
from tests.faults import topics
from tests.faults.audit.facts import (
    AsideFact,
    Facts,
    LetterFact,
    ListFact,
    MailFact,
    ParkedFact,
    PersonFact,
    ShownFact,
)
from tests.faults.load import Load
from tests.faults.machine import SERVICES
from tests.faults.stage import Stage
from tests.faults.topics import Marks, Record

LISTS = "SELECT list_id, version, status, answered_at, municipality_id FROM distribution_list WHERE list_id LIKE %s"
PERSONS = "SELECT list_id, running_number, status, accept, reason FROM person WHERE list_id LIKE %s"
NOTICES = "SELECT list_id, kind FROM notice WHERE list_id LIKE %s"
MAILS = "SELECT mail_id, list_id, state FROM mail JOIN notice USING (notice_id) WHERE list_id LIKE %s"
LETTERS = """
SELECT letter_id, list_id, kind, persons, object_key, sha256, failure, reference, dispatch_failure
FROM letter WHERE list_id LIKE %s AND kind IN ('placement_decision', 'letter_to_person')
"""
PLACES = """
SELECT list_id, sum(requested)::integer AS requested, sum(placed)::integer AS placed, sum(settled)::integer AS settled
FROM ledger_list WHERE list_id LIKE %s GROUP BY list_id
"""
DRIFT = "SELECT municipality_id || '/' || year AS year FROM ledger_drift WHERE municipality_id = ANY(%s)"
PARKED = "SELECT id, subject, coalesce(type, 'what it cannot read') AS type, error FROM dead_letter ORDER BY id"
ASIDE = "SELECT id, topic, subject FROM outbox_aside ORDER BY id"

STATUS = re.compile(r'<p class="facts"><span class="ds-tag"[^>]*>([^<]*)</span>')
WORDS = {
    "Ny": "received",
    "Under behandling": "under_treatment",
    "Godkjent, ikke sendt": "approved",
    "Besvart": "answered",
    "Trukket": "withdrawn",
}
ASIDE_ALARM = "row put aside"
PAGES = 6
"""So many lists are opened as pages too; all are read over the API."""


def gather(stage: Stage, load: Load, start: Marks, left: Sequence[str]) -> Facts:
    """Gather everything about the fault's lists; ``start``: where topics ended before, ``left``: what still moves."""
    pattern = f"{stage.plan.prefix}%"
    records = topics.read(stage.bootstrap, start, [topic.name for topic in TOPICS])
    lists = _lists(stage, pattern)
    mailbox, shipments = _mailbox(stage.machine.stack.layout.mail), _shipments(stage)
    notices: dict[str, list[str]] = defaultdict(list)
    for row in stage.sql("notification", NOTICES, pattern):
        notices[row["list_id"]].append(row["kind"])
    return Facts(
        lists=lists,
        records=records,
        notices=notices,
        mails=[MailFact(**row) for row in stage.sql("notification", MAILS, pattern)],
        mailbox=mailbox,
        letters=[_letter(row, stage.machine.stack.layout.objects) for row in stage.sql("letters", LETTERS, pattern)],
        shipments=shipments,
        strangers=list(_strangers(stage, mailbox, shipments)),
        ledger={
            row["list_id"]: (row["requested"], row["placed"], row["settled"])
            for row in stage.sql("municipality", PLACES, pattern)
        },
        drifting=[row["year"] for row in stage.sql("municipality", DRIFT, [one.id for one in stage.municipalities])],
        parked=list(parked(stage, records)),
        aside=list(aside(stage)),
        shown=_shown(stage, load, lists),
        left=left,
    )


def parked(stage: Stage, records: Iterable[Record]) -> Iterable[ParkedFact]:
    """Tell what is parked anywhere, and whether each was announced."""
    announced = {
        (record.source.rpartition("/")[2], record.id.rpartition(":")[2])
        for record in records
        if record.id.startswith("failure:")
    }
    for service in SERVICES:
        for row in stage.sql(service, PARKED):
            known = (service, str(row["id"])) in announced
            yield ParkedFact(service, row["subject"], row["type"], row["error"], known)


def aside(stage: Stage) -> Iterable[AsideFact]:
    """Tell what Kafka refused for good, and whether a log says so."""
    alarms = {(one.process, one.line.get("row")) for one in stage.alarms() if one.event == ASIDE_ALARM}
    for service in SERVICES:
        for row in stage.sql(service, ASIDE):
            yield AsideFact(service, row["subject"], row["topic"], (service, row["id"]) in alarms)


def differing(stage: Stage) -> list[str]:
    """Reconcile everything; tells what differs, in words."""
    try:
        report = reconcile(stage.machine.environment, Patience(quiet=5, longest=45), lambda _what: None)
    except CannotCompareError as error:
        return [str(error)]
    return list(_words(report))


def _words(report: Report) -> Iterable[str]:
    for one in report.compared:
        for found in one.findings:
            yield f"{one.service} {one.entity} {found.key}: {found.kind.value} in {found.side.value}"
    for checked in report.checked:
        for key in checked.failing:
            yield f"{checked.service}: {checked.name}: {key}"
    for name, queues in report.queues.items():
        if queues.outbox or queues.aside or queues.parked:
            yield f"{name} has {queues.outbox} unsent, {queues.aside} aside, {queues.parked} parked"


def _lists(stage: Stage, pattern: str) -> dict[str, ListFact]:
    persons: dict[str, dict[int, PersonFact]] = defaultdict(dict)
    for row in stage.sql("distribution", PERSONS, pattern):
        persons[row["list_id"]][row["running_number"]] = PersonFact(row["status"], row["accept"], row["reason"])
    return {
        row["list_id"]: ListFact(
            row["version"], row["status"], persons[row["list_id"]], answered=row["answered_at"] is not None
        )
        for row in stage.sql("distribution", LISTS, pattern)
    }


def _letter(row: Mapping[str, Any], objects: Path) -> LetterFact:
    made = row["object_key"] is not None
    return LetterFact(
        letter_id=row["letter_id"],
        list_id=row["list_id"],
        running_number=row["persons"][0] if row["kind"] == "letter_to_person" else None,
        made=made,
        stored=made and _unharmed(objects / row["object_key"], row["sha256"]),
        failure=row["failure"],
        reference=row["reference"],
        dispatch_failure=row["dispatch_failure"],
    )


def _unharmed(file: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest() == sha256
    except OSError:
        return False


def _mailbox(folder: Path) -> Counter[str]:
    """Count mails by their own id, each receiver's copy by itself."""
    found: Counter[str] = Counter()
    for file in folder.glob("*.eml"):
        with file.open("rb") as mail:
            head = BytesHeaderParser().parse(mail)
        found[str(head["Message-ID"] or "").strip("<> ").partition("@")[0]] += 1
    return found


def _shipments(stage: Stage) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in stage.svarut("GET", "/forsendelser"):
        found[one["eksternReferanse"]].append(one["id"])
    return found


def _strangers(stage: Stage, mailbox: Iterable[str], shipments: Iterable[str]) -> Iterable[str]:
    """Tell what went out of which no database knows: nothing may leave the house that was not planned in it."""
    mails = {row["mail_id"] for row in stage.sql("notification", "SELECT mail_id FROM mail")}
    yield from (f"mail {one}" for one in mailbox if one not in mails)
    letters = {row["letter_id"] for row in stage.sql("letters", "SELECT letter_id FROM letter")}
    yield from (f"letter {one}" for one in shipments if one not in letters)


def _shown(stage: Stage, load: Load, lists: Mapping[str, ListFact]) -> dict[str, ShownFact]:
    found = {}
    rows = stage.sql("distribution", LISTS, f"{stage.plan.prefix}%")
    where = {row["list_id"]: row["municipality_id"] for row in rows}
    opened = set(stage.random.sample(sorted(lists), min(PAGES, len(lists))))
    for list_id in lists:
        desk = load.desks[where[list_id]]
        shown = desk.one.await_list(list_id, seconds=10)
        if shown is None:
            continue
        page = desk.browser.page(list_id) if list_id in opened else None
        status = STATUS.search(page) if page else None
        found[list_id] = ShownFact(
            version=shown["version"],
            status=shown["status"],
            accepted=frozenset(one["running_number"] for one in shown["persons"] if one["decision"]["accept"]),
            on_page=None if page is None else WORDS.get(status[1], status[1]) if status else "",
        )
    return found
