"""The project's own division: 357 municipalities in 15 counties."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from contracts import topics
from contracts.municipality.v1 import MunicipalityState
from services.municipality.adapters import messages
from services.municipality.adapters.division_files import DATA, VALID_FROM, read_division
from services.municipality.domain.codes import LanguageForm
from services.municipality.domain.register import follow_division


def checksum_holds(organisation_number: str) -> bool:
    """Mod 11, as Enhetsregisteret makes it."""
    digits = [int(digit) for digit in organisation_number]
    rest = sum(digit * weight for digit, weight in zip(digits, (3, 2, 7, 6, 5, 4, 3, 2, 1), strict=True)) % 11
    return rest == 0


def test_the_division_is_whole() -> None:
    """All 357, each number once, with an organisation number that can be one, in the 15 counties."""
    facts = [row.facts for row in read_division().rows]
    assert len(facts) == 357
    assert len({fact.number for fact in facts}) == 357
    assert len({fact.organisation_number for fact in facts}) == 357
    assert all(checksum_holds(fact.organisation_number) for fact in facts)
    assert len({fact.county_number for fact in facts}) == 15
    assert all(fact.number.startswith(fact.county_number) for fact in facts)
    assert sum(fact.population for fact in facts) == 5_550_203


def test_language_forms_are_those_of_the_regulation() -> None:
    """118 bokmål, 88 nynorsk, 151 neutral: the counts the regulation itself prints."""
    forms = Counter(row.facts.language_form for row in read_division().rows)
    assert forms == {LanguageForm.BOKMAAL: 118, LanguageForm.NYNORSK: 88, LanguageForm.NEUTRAL: 151}


def test_every_row_makes_a_valid_message() -> None:
    """What is registered can be published: ids, numbers and names have the contract's form."""
    for municipality in follow_division([], read_division().rows):
        state = messages.municipality_state(municipality)
        assert MunicipalityState.model_validate_json(state.model_dump_json()) == state
    assert MunicipalityState in topics.MUNICIPALITY_STATE.messages


def test_a_changed_file_has_another_digest(tmp_path: Path) -> None:
    """That is how a start knows that there is something to follow."""
    for name in (f"municipalities-{VALID_FROM}.csv", f"counties-{VALID_FROM}.csv"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    assert read_division(tmp_path).digest == read_division().digest
    file = tmp_path / f"municipalities-{VALID_FROM}.csv"
    file.write_text(file.read_text().replace("717710", "717711"))
    assert read_division(tmp_path).digest != read_division().digest


def test_a_county_that_is_missing_stops_the_start(tmp_path: Path) -> None:
    """The two files belong together."""
    name = f"municipalities-{VALID_FROM}.csv"
    (tmp_path / name).write_bytes((DATA / name).read_bytes())
    (tmp_path / f"counties-{VALID_FROM}.csv").write_text("number,name\n03,Oslo\n")
    with pytest.raises(KeyError):
        read_division(tmp_path)
