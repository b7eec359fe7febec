"""A surge: 5,000 lists published at once, some of them wrong, onto a whole stack that others use meanwhile."""

from __future__ import annotations

import itertools
import json
import logging
import os
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bench.latency import Caseworker
from contracts.topics import DISTRIBUTION_REJECTIONS
from ops.demo.year import Year, lines
from ops.embedded.waiting import wait_until
from ops.testing.stacks import RunningStack, clean_environment, command, running_stack
from ops.topics.records import held
from tests.integration.ops.test_reply_clock import rows

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(2400)]

LISTS = int(os.environ.get("FORDELING_SURGE_LISTS", "5000"))
"""Fewer for a look at whether it works; the figures in docs/measurements.md are of 5,000."""
PERSONS, EACH = 3 * LISTS, min(100, LISTS // 12)
SECONDS = 1500.0
SHORTENED = ("running_number", "household", "unaccompanied_minor", "sex", "birth_year", "identity")
"""What is left of a person where IMDi has had no time to map more (domain §5)."""
CODES = ("unknown-municipality", "deadline-past", "on-open-list", "running-number-gap")
log = logging.getLogger(__name__)


def spoil(document: dict[str, Any], kind: str, before: dict[str, Any]) -> None:
    """Make a list wrong in one way. ``before``: a sound list of the same municipality, published before it."""
    body = document["data"]
    if kind == "unknown-municipality":
        body["municipality_number"] = "9998"
    elif kind == "deadline-past":
        body["deadline"] = "2020-01-01"
    elif kind == "on-open-list":
        body["persons"][0] = before["data"]["persons"][0]
    else:
        body["persons"][0]["running_number"] = 900


@dataclass
class Bulk:
    """The lines of a file, and what is to become of them."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)

    @classmethod
    def invent(cls) -> Bulk:
        """Invent 5,000 lists, every hundredth wrong, every third of those left with a shortened set of details."""
        made, sound, kinds = cls(), dict[str, dict[str, Any]](), itertools.cycle(CODES)
        today = datetime.now(ZoneInfo("Europe/Oslo"))
        for index, line in enumerate(lines(Year(today.year, 7, LISTS, PERSONS, requests=False))):
            document = json.loads(line)
            if index % 3 == 0:
                persons = document["data"]["persons"]
                document["data"]["persons"] = [{key: one[key] for key in SHORTENED if key in one} for one in persons]
            number = document["data"]["municipality_number"]
            if index % EACH == EACH - 1 and number in sound:
                kind = next(kinds)
                spoil(document, kind, sound[number])
                made.wrong[document["data"]["list_id"]] = kind
            else:
                sound[number] = document
            made.documents.append(document)
        return made


@pytest.fixture(scope="module")
def surged(scratch: Path) -> Iterator[RunningStack]:
    with running_stack(scratch / "surge", "--no-demo") as started:
        yield started


@pytest.fixture
def caseworker(surged: RunningStack) -> Iterator[Caseworker]:
    """Log in somebody of Bergen, who looks at Fordelinger meanwhile."""
    found = Caseworker(surged.url, "anne.vik")
    yield found
    found.http.close()


def test_5000_lists_at_once_are_taken_and_the_wrong_ones_come_back_one_by_one(
    surged: RunningStack, caseworker: Caseworker
) -> None:
    """Progress rises for whoever looks, others' pages answer, each wrong list is rejected once; then all is shown."""
    bulk, environment = Bulk.invent(), surged.environment
    file = surged.data_dir / "bulk.ndjson"
    file.write_text("\n".join(json.dumps(one) for one in bulk.documents), encoding="utf-8")
    where = ("--data-dir", str(surged.data_dir))
    visible = "SELECT count(*) FROM readmodel.distribution_list"
    pages, seen, follow = list[float](), [0], ("--follow", "--json", "--seconds", "120")
    began = time.monotonic()
    publishing = subprocess.Popen(
        command("publish", str(file), "--bulk", "surge", *follow, *where),
        env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    sound = LISTS - len(bulk.wrong)
    while seen[-1] < sound and time.monotonic() < began + SECONDS:
        asked = time.monotonic()
        assert caseworker.http.get("/kommune/k-4601/bosetting/fordelinger").status_code == 200
        pages.append(time.monotonic() - asked)
        seen.append(rows(environment, "GATEWAY", visible)[0][0])
        time.sleep(0.3)
    shown_after = time.monotonic() - began
    told, errors = publishing.communicate(timeout=SECONDS)
    heard_after = time.monotonic() - began
    assert publishing.returncode == 1, errors
    progress = [line for line in errors.splitlines() if "accepted" in line]

    result = json.loads(told)
    assert (result["accepted"], result["rejected"], result["waiting"]) == (sound, len(bulk.wrong), 0)
    codes = {one["subject"]: {error["code"] for error in one["errors"]} for one in result["rejections"]}
    assert codes == {list_id: {kind} for list_id, kind in bulk.wrong.items()}
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    assert seen[-1] == sound
    assert progress
    assert statistics.quantiles(pages, n=20)[-1] < 5
    again = Counter(
        one.header("ce_causationid")
        for one in held(environment["KAFKA_BOOTSTRAP_SERVERS"], DISTRIBUTION_REJECTIONS.name)
    )
    assert len(again) == len(bulk.wrong)
    assert set(again.values()) == {1}
    notices = "SELECT count(*) FROM notice WHERE kind = 'list_received'"
    assert wait_until(lambda: rows(environment, "NOTIFICATION", notices) == [(sound,)], SECONDS)
    noticed_after = time.monotonic() - began
    log.warning(
        "surge: %s lists: all heard of after %.0f s, shown after %.0f s, noticed after %.0f s; %.0f lists a second;"
        " pages meanwhile, ms: median %.0f, p95 %.0f, most %.0f (%s)",
        LISTS, heard_after, shown_after, noticed_after, LISTS / heard_after, statistics.median(pages) * 1000,
        statistics.quantiles(pages, n=20)[-1] * 1000, max(pages) * 1000, len(pages),
    )  # fmt: skip


def test_the_same_bulk_again_changes_nothing(surged: RunningStack) -> None:
    """Whoever publishes it again, or asks by its id, hears what was said the first time."""
    where = ("--data-dir", str(surged.data_dir))
    before = rows(surged.environment, "DISTRIBUTION", "SELECT count(*), sum(version) FROM distribution_list")
    asked = subprocess.run(
        command("bulk", "surge", "--expect", str(LISTS), "--json", *where),
        env=clean_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    file = surged.data_dir / "bulk.ndjson"
    again = subprocess.run(
        command("publish", str(file), "--bulk", "again", "--follow", "--json", *where),
        env=clean_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    counts = [{name: json.loads(one.stdout)[name] for name in ("accepted", "rejected", "waiting", "reasons")}
              for one in (asked, again)]  # fmt: skip
    assert counts[0] == counts[1]
    assert counts[0]["waiting"] == 0
    assert rows(surged.environment, "DISTRIBUTION", "SELECT count(*), sum(version) FROM distribution_list") == before
