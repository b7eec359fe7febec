"""``fordeling reconcile`` over a whole stack: it agrees with itself, and whatever is changed by hand shows."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from ops.reconcile.compare import Finding, Kind, Side
from ops.reconcile.report import Report
from ops.reconcile.run import PLACES_CHECK, Patience, reconcile
from ops.testing.stacks import RunningStack, fordeling
from tests.integration.ops.tampering import SETTLED, changed, kept_row

pytestmark = pytest.mark.heavy

SOON = Patience(quiet=2, longest=60)
"""What SvarUt's statuses move, letters and now and then a notice, comes to rest; what was changed by hand stays."""
PATIENT = Patience(quiet=20, longest=60)


def found(report: Report) -> dict[str, set[Finding]]:
    """Tell the findings by what they are about; letters are left out, which SvarUt's statuses move meanwhile."""
    return {one.entity: set(one.findings) for one in report.compared if one.findings and one.entity != "letters"}


@pytest.mark.usefixtures("answered")
def test_it_agrees_after_lists_were_answered(stack: RunningStack) -> None:
    """With letters still being made when it begins, it waits, finds everything in all places, and exits with 0."""
    done = fordeling("reconcile", "--json", "--wait", "90", "--data-dir", str(stack.data_dir))
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    entities = {one["entity"]: one for one in document["entities"]}
    assert entities["municipalities"]["in_database"] == entities["municipalities"]["in_read_model"] == 357
    for name, least in (("lists", 4), ("persons", 16), ("person folders", 2), ("ledger lists", 4), ("letters", 2),
                        ("ledger entries", 8), ("ledger changes", 0)):  # fmt: skip
        assert entities[name]["in_database"] == entities[name]["on_topic"] >= least
        assert entities[name]["in_read_model"] in {entities[name]["in_database"], None}
    assert {one["check"] for one in document["checks"]} >= {PLACES_CHECK}
    assert set(document["queues"]) == {"distribution", "municipality", "notification", "letters", "gateway"}


def test_the_table_is_for_people(answered: Mapping[str, str], stack: RunningStack) -> None:
    """Every service and its things stand in the table; a difference is named by id, and the exit status is 1."""
    with changed(
        answered,
        "GATEWAY",
        f"UPDATE readmodel.person SET status = 'requested' WHERE list_id = '{SETTLED}' AND status = 'settled'",
        f"UPDATE readmodel.person SET status = body ->> 'status' WHERE list_id = '{SETTLED}'",
    ):
        done = fordeling("reconcile", "--quiet", "0", "--data-dir", str(stack.data_dir))
    assert done.returncode == 1
    assert f"distribution persons {SETTLED}/" in done.stdout
    assert "different in the read model" in done.stdout
    assert all(name in done.stdout for name in ("ledger years", "notices", "person folders", "parked"))
    clean = fordeling("reconcile", "--data-dir", str(stack.data_dir))
    assert (clean.returncode, "All agree." in clean.stdout) == (0, True), clean.stdout


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        pytest.param(
            "UPDATE readmodel.distribution_list SET body = jsonb_set(body, '{message}', '\"x\"')"
            f" WHERE list_id = '{SETTLED}'",
            Kind.DIFFERENT,
            id="body",
        ),
        pytest.param(
            f"UPDATE readmodel.distribution_list SET sequence = sequence - 1 WHERE list_id = '{SETTLED}'",
            Kind.BEHIND,
            id="sequence",
        ),
        pytest.param(f"DELETE FROM readmodel.distribution_list WHERE list_id = '{SETTLED}'", Kind.MISSING, id="gone"),
        pytest.param(
            f"UPDATE readmodel.distribution_list SET status = 'received' WHERE list_id = '{SETTLED}'",
            Kind.DIFFERENT,
            id="column",
        ),
    ],
)
def test_a_row_changed_in_the_read_model_shows(answered: Mapping[str, str], change: str, kind: Kind) -> None:
    """A body, a version or a column changed by hand, or a row deleted, is found in the read model and nowhere else."""
    with (
        kept_row(answered, "GATEWAY", "readmodel.distribution_list", f"list_id = '{SETTLED}'") as restore,
        changed(answered, "GATEWAY", change, restore),
    ):
        assert found(reconcile(answered, SOON)) == {"lists": {Finding(SETTLED, Side.READ_MODEL, kind)}}
    assert reconcile(answered, PATIENT).clean


def test_answers_that_are_counted_wrongly_show(answered: Mapping[str, str]) -> None:
    """As where a release that does not count them has shown a list: it is named, though its rows are those told."""
    of = f"WHERE list_id = '{SETTLED}'"
    with changed(
        answered,
        "GATEWAY",
        f"UPDATE readmodel.answer SET persons = persons + 1 {of}",
        f"UPDATE readmodel.answer SET persons = persons - 1 {of}",
    ):
        report = reconcile(answered, SOON)
        assert found(report) == {}
        assert [(one.service, one.failing) for one in report.checked if one.failing] == [("gateway", [SETTLED])]


def test_a_row_that_nobody_told_of_shows(answered: Mapping[str, str]) -> None:
    """A notice in the database without a record, and one in the read model without either, are found."""
    with (
        changed(
            answered,
            "NOTIFICATION",
            "INSERT INTO notice (notice_id, version, municipality_id, kind, list_id, posted_at)"
            " VALUES ('untold', 1, 'k-0301', 'list_received', 'FL-X', now())",
            "DELETE FROM notice WHERE notice_id = 'untold'",
        ),
        changed(
            answered,
            "GATEWAY",
            "INSERT INTO readmodel.notice (notice_id, municipality_id, posted_at, sequence, body)"
            " VALUES ('stray', 'k-0301', now(), 1, '{}')",
            "DELETE FROM readmodel.notice WHERE notice_id = 'stray'",
        ),
    ):
        assert found(reconcile(answered, SOON)) == {
            "notices": {
                Finding("untold", Side.TOPIC, Kind.MISSING),
                Finding("stray", Side.READ_MODEL, Kind.EXTRA),
            }
        }


def test_a_row_changed_in_a_database_shows(answered: Mapping[str, str]) -> None:
    """Another text, a version that nobody told, or a folder's name changed in an owner's database are found."""
    with (
        changed(
            answered,
            "DISTRIBUTION",
            f"UPDATE distribution_list SET message = message || '!' WHERE list_id = '{SETTLED}'",
            f"UPDATE distribution_list SET message = left(message, -1) WHERE list_id = '{SETTLED}'",
        ),
        changed(
            answered,
            "DISTRIBUTION",
            f"UPDATE person_identity SET family_name = family_name || 'x' WHERE list_id = '{SETTLED}'"
            " AND (list_id, running_number) IN (SELECT list_id, running_number FROM person WHERE status = 'settled')",
            f"UPDATE person_identity SET family_name = left(family_name, -1) WHERE list_id = '{SETTLED}'"
            " AND (list_id, running_number) IN (SELECT list_id, running_number FROM person WHERE status = 'settled')",
        ),
        changed(
            answered,
            "MUNICIPALITY",
            "UPDATE ledger_year SET version = version + 1 WHERE municipality_id = 'k-4601'",
            "UPDATE ledger_year SET version = version - 1 WHERE municipality_id = 'k-4601'",
        ),
    ):
        report = reconcile(answered, SOON)
    findings = found(report)
    assert set(findings) == {"lists", "person folders", "ledger years"}
    assert findings["lists"] == {Finding(SETTLED, Side.TOPIC, Kind.DIFFERENT)}
    assert {(one.side, one.kind) for one in findings["person folders"]} == {(Side.TOPIC, Kind.DIFFERENT)}
    assert {(one.side, one.kind) for one in findings["ledger years"]} == {(Side.TOPIC, Kind.BEHIND)}


def test_a_row_deleted_from_a_database_shows(answered: Mapping[str, str]) -> None:
    """What the topic still tells of and the database has lost is extra there; the ledger's sums lack it too."""
    with kept_row(answered, "MUNICIPALITY", "ledger_list", f"list_id = '{SETTLED}'") as restore:
        change = f"DELETE FROM ledger_list WHERE list_id = '{SETTLED}'"
        with changed(answered, "MUNICIPALITY", change, restore):
            report = reconcile(answered, SOON)
    [(entity, [finding])] = [(entity, list(findings)) for entity, findings in found(report).items()]
    assert (entity, finding.side, finding.kind) == ("ledger lists", Side.TOPIC, Kind.EXTRA)
    assert list(filter(None, (list(check.failing) for check in report.checked))) == [[finding.key], [SETTLED]]
    assert reconcile(answered, PATIENT).clean


def test_a_ledger_that_does_not_add_up_shows(answered: Mapping[str, str]) -> None:
    """A sum or a list's places changed by hand fail the check that they are the entries' and the persons'."""
    with (
        changed(
            answered,
            "MUNICIPALITY",
            "UPDATE ledger_year SET ordinary_requested = ordinary_requested + 1 WHERE municipality_id = 'k-0301'",
            "UPDATE ledger_year SET ordinary_requested = ordinary_requested - 1 WHERE municipality_id = 'k-0301'",
        ),
        changed(
            answered,
            "MUNICIPALITY",
            f"UPDATE ledger_list SET placed = placed + 1 WHERE list_id = '{SETTLED}'",
            f"UPDATE ledger_list SET placed = placed - 1 WHERE list_id = '{SETTLED}'",
        ),
    ):
        report = reconcile(answered, SOON)
    years, lists, country, places = filter(None, (list(check.failing) for check in report.checked))
    assert [key.split("/")[0] for key in years] == ["k-0301"]
    assert [key.split("/")[2] for key in lists] == places == [SETTLED]
    assert [key.split("/")[1] for key in country] == ["ordinary"]
    assert not report.clean


def test_a_parked_message_is_not_clean(answered: Mapping[str, str]) -> None:
    """A message that waits among the dead letters is counted where it waits."""
    with (
        changed(
            answered,
            "LETTERS",
            "INSERT INTO parked_subject (reader, subject, parked_at) VALUES ('test', 'test', now())",
            "DELETE FROM parked_subject WHERE reader = 'test'",
        ),
        changed(
            answered,
            "LETTERS",
            "INSERT INTO dead_letter (reader, subject, topic, partition, record_offset, record_timestamp, headers,"
            " error, fields, behind, parked_at) VALUES ('test', 'test', 't', 0, 0, 0, '', 'e', '[]', false, now())",
            "DELETE FROM dead_letter WHERE reader = 'test'",
        ),
    ):
        report = reconcile(answered, SOON)
    assert (report.queues["letters"].parked, report.clean) == (1, False)


@pytest.mark.parametrize(
    ("away", "told"),
    [
        ({"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, "No Kafka answers at 127.0.0.1:1"),
        ({"LETTERS_DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/none"}, "The database of letters cannot be read"),
        ({"GATEWAY_DATABASE_URL": ""}, "GATEWAY_DATABASE_URL is not set"),
    ],
)
def test_what_cannot_be_reached_is_told_in_one_line(
    answered: Mapping[str, str], away: Mapping[str, str], told: str
) -> None:
    """Without Kafka, a database or an address the exit status is 2, with one line, no traceback and no password."""
    done = fordeling("reconcile", "--json", environment={**answered, **away})
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "secret" not in done.stderr
