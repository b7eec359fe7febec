"""The clients' ledger and the plan of a fault."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random

from ops.demo.identity import UniqueNumbers
from tests.faults.alarms import Log
from tests.faults.faults import FAULTS
from tests.faults.plan import Plan, Scenario
from tests.faults.preparing import EACH, AllMunicipalities
from tests.faults.told import Line, Told, What, read

TODAY = date(2026, 3, 2)


def _plan(seed: int, numbers: UniqueNumbers | None = None) -> Plan:
    return Plan(Random(seed), "07", AllMunicipalities(seed).of(7), TODAY, numbers or UniqueNumbers())


def test_the_ledger_is_kept_as_it_was_told(tmp_path: Path) -> None:
    """Every line is on the disk as soon as it is written, and reads back as it was."""
    told = Told(tmp_path / "told.jsonl")
    lines = [
        Line(What.ASKED, "FK-1", "k", "one", {"action": "send"}, at=1.5),
        Line(What.ACCEPTED, "FK-1", "k", "one", {"version": 4}, at=2.5),
    ]
    for line in lines:
        told.write(line)
    assert list(read(tmp_path / "told.jsonl")) == lines == told.lines()
    told.close()


def test_the_same_seed_draws_up_the_same(tmp_path: Path) -> None:
    """Lists, decisions and who does what follow from the seed alone."""
    del tmp_path
    assert _plan(3).cases(40) == _plan(3).cases(40)
    assert _plan(3).cases(40) != _plan(4).cases(40)


def test_every_scenario_is_in_a_plan_and_nobody_on_two_lists() -> None:
    """Each fault meets each scenario; people are on one list only, over all faults of a run."""
    numbers = UniqueNumbers()
    drawn = [*_plan(1, numbers).cases(60), *_plan(2, numbers).cases(60)]
    assert {case.scenario for case in drawn} == set(Scenario)
    people = [person.identity.duf_number for case in drawn for person in case.body.persons]
    assert len(people) == len(set(people))


def test_each_fault_has_municipalities_of_its_own() -> None:
    """No fault's lists go to another's municipalities, a pair's included."""
    country = AllMunicipalities(1)
    all_of_them = [one.id for place in range(len(FAULTS) + 1) for one in country.of(place)]
    assert len(all_of_them) == len(set(all_of_them)) == EACH * (len(FAULTS) + 1)


def test_the_core_set_has_ten_faults() -> None:
    """The core set stays one that a developer waits for."""
    assert sum(fault.core for fault in FAULTS) <= 10


def test_alarms_are_read_on_over_a_rotation_and_once_each(tmp_path: Path) -> None:
    """What a log had before is left out; a line that is not whole yet is read when it is; no line is told twice."""
    file = tmp_path / "letters.log"
    line = '{{"level": "{}", "event": "{}"}}\n'
    file.write_text(line.format("error", "before"))
    log = Log("letters", file)
    with file.open("a") as out:
        out.write(line.format("error", "one") + line.format("info", "nothing") + "no JSON\n" + '{"level": "critical"')
    assert [alarm.event for alarm in log.alarms()] == ["one"]
    with file.open("a") as out:
        out.write(', "event": "two"}\n' + line.format("error", "last before the rotation"))
    file.rename(tmp_path / "letters.log.1")
    file.write_text(line.format("error", "three"))
    told = ["one", "two", "last before the rotation", "three"]
    assert [alarm.event for alarm in log.alarms()] == told
    assert [alarm.event for alarm in log.alarms()] == told
