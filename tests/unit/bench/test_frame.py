from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bench import __main__ as command
from bench.frame.alternating import alternate
from bench.frame.bench import Bench, Options
from bench.frame.figures import Line, at_least, at_most, number, percentile
from bench.frame.report import Outcome, document, show, write


def contestant(name: str, log: list[str], values: Sequence[float]) -> Callable[[], Any]:
    left = iter(values)

    async def run() -> Mapping[str, float]:
        log.append(name)
        return {"rate": next(left)}

    return run


async def test_contestants_take_turns_and_ratios_are_of_one_repeat() -> None:
    """Every other repeat goes the other way round; a repeat in which all were slow changes no ratio."""
    log: list[str] = []
    taken = await alternate(
        {"ours": contestant("ours", log, [50, 5, 60]), "bare": contestant("bare", log, [100, 10, 80])}, 3
    )
    assert log == ["ours", "bare", "bare", "ours", "ours", "bare"]
    assert taken.ratio("ours", "bare", "rate", of=100) == [50, 50, 75]


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (Line("a", "%", [70, 75, 90], at_least(75)), "met"),
        (Line("a", "%", [70, 74.9, 90], at_least(75)), "not met"),
        (Line("a", "ms", [9, 15, 99], at_most(15)), "met"),
        (Line("a", "ms", [9, 15.1, 99], at_most(15)), "not met"),
        (Line("a", "ms", [9], at_most(15), small=True), "too small to tell"),
        (Line("a", "ms", [9]), ""),
    ],
)
def test_a_goal_is_met_by_the_median_or_plainly_not(line: Line, verdict: str) -> None:
    """The limit itself meets it; a run too small for the goal gets no verdict, nor does a line without one."""
    assert line.verdict == verdict


def test_a_line_of_nothing_is_refused() -> None:
    """A contestant that measured nothing shows, instead of leaving a line out."""
    with pytest.raises(ValueError, match="nothing was measured"):
        Line("a", "ms", [])


def test_percentiles_and_numbers_are_written_as_precisely_as_they_are_worth() -> None:
    """By interpolation; one value is its own percentile."""
    assert percentile([3.0], 99) == 3.0
    assert percentile(list(range(101)), 99) == 99
    assert [number(value) for value in (12_345.6, 12.34, 1.234, 7.0)] == ["12,346", "12.3", "1.23", "7"]


async def no_run(_: Options) -> Sequence[Line]:
    return [Line("ours, of bare", "%", [50.0, 60.0, 70.0], at_least(75)), Line("wait: p99", "ms", [3.0])]


async def failing(_: Options) -> Sequence[Line]:
    raise OSError("no broker")


async def giving_up(_: Options) -> Sequence[Line]:
    raise SystemExit("not seen in time")


def outcomes() -> list[Outcome]:
    bench = Bench("some", "bare", no_run)
    line = Line("ours, of bare", "%", [50.0, 60.0, 70.0], at_least(75))
    return [Outcome(bench, [line], 1.0), Outcome(Bench("other", "bare", failing), [], 1.0, "OSError: no broker")]


def test_the_table_says_plainly_what_is_not_met_and_what_failed() -> None:
    """With the median and the spread, what the floor does, and a count at the end."""
    console = Console(width=120, record=True, file=StringIO())
    show(outcomes(), console, 0.1)
    text = console.export_text()
    row = next(line for line in text.splitlines() if "ours, of bare" in line)
    assert [cell.strip() for cell in row.split("│")[1:-1]] == [
        "ours, of bare", "60", "50", "70", "3", "%", "≥ 75", "not met",
    ]  # fmt: skip
    assert "other came to nothing: OSError: no broker" in text
    assert "Goals: 0 met, 1 not met" in text
    assert "scale 0.1" in text


def test_the_file_has_machine_and_versions_beside_every_value(tmp_path: Path) -> None:
    """So that a figure can be compared with another day's."""
    file = tmp_path / "deep" / "bench.json"
    write(document(outcomes(), {"scale": 1.0}), file)
    found = json.loads(file.read_text())
    assert found["machine"]["processors"] >= 1
    assert {"python", "kafka", "postgresql", "fordeling", "aiokafka"} <= found["versions"].keys()
    [line] = found["benches"]["some"]["lines"]
    assert (line["values"], line["median"], line["verdict"]) == ([50, 60, 70], 60, "not met")
    assert found["benches"]["other"]["failed"] == "OSError: no broker"


def test_a_bench_that_fails_is_told_of_in_a_line_and_the_others_go_on() -> None:
    """What was measured is not lost with it."""
    console = Console(record=True, file=StringIO())
    outcome = command.run(Bench("other", "bare", failing), 1.0, None, console)
    assert outcome.failed.startswith("OSError: no broker")
    gave_up = command.run(Bench("other", "bare", giving_up), 1.0, None, console)
    assert gave_up.failed.startswith("SystemExit: not seen in time")
    assert not command.run(Bench("some", "bare", no_run), 1.0, None, console).failed


def test_every_bench_is_found_by_its_name() -> None:
    """And says what its floor does."""
    for name in command.MODULES:
        bench = command.found(name)
        assert (bench.name, bench.floor != "") == (name, True)
