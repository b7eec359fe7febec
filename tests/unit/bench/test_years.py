from __future__ import annotations

from collections.abc import Sequence

from bench.years import cut, moved

THIS = (
    "FL-2026-100001\tk-0301\t2026\t2026-11-27 08:00:00+00\t202512345678\t17890512345\t"
    "5b3a5f43-55c5-5f0c-8a0d-9c9b8c1f7d20\n"
)
COLUMNS = ("list_id", "municipality_id", "year", "received_at", "duf_number", "identity_number", "id")
LEDGER = "k-0301\t2026\t5\n"
OF_LEDGER = ("municipality_id", "year", "version")
REGISTER = "k-0301\tOslo\n"


def copied(text: str, back: int, columns: Sequence[str] = COLUMNS, *, own: bool = False) -> list[str]:
    return moved(cut(text, 2026, columns, own=own), 2026, back).splitlines()


def test_a_year_is_copied_as_other_lists_of_other_persons_in_other_years() -> None:
    """No list, person or id of a copy is another copy's, nor a person of it one of a list to come: they are unique."""
    copies = [copied(THIS, back)[0].split("\t") for back in range(10)]
    for column in (0, 2, 3, 4, 5, 6):
        assert len({copy[column] for copy in copies}) == 10, column
    assert copies[9][:5] == ["FL-2017-100001", "k-0301", "2017", "2017-11-27 08:00:00+00", "202512345678x9"]


def test_what_names_no_list_is_loaded_of_ledgers_only() -> None:
    """The register, and what the chassis keeps of its own, are in every stack already: again, a key would refuse it."""
    cluster = "t\tsome-id\t2026-11-27 08:00:00+00\n"
    text = THIS + LEDGER + REGISTER + cluster
    for back in (0, 1):
        [one] = copied(text, back)
        assert one.startswith(f"FL-{2026 - back}-")
    assert copied(LEDGER + REGISTER, 1, OF_LEDGER, own=True) == ["k-0301\t2025\t5"]


def test_a_version_that_looks_like_the_year_stays() -> None:
    """Oslo's ledger has changed as often as that after a national year; as another year it would be two copies'."""
    line = 'k-0301\t2026\t2026\t{"year": 2026, "key": "k-0301/2026"}\n'
    [one] = copied(line, 2, (*OF_LEDGER, "body"), own=True)
    assert one == 'k-0301\t2024\t2026\t{"year": 2024, "key": "k-0301/2024"}'
    assert copied("k-0301\t2025\t2026\n", 2, OF_LEDGER, own=True) == []
    assert copied("2026\t2026\n", 1, ("year", "version"), own=True) == ["2025\t2026"]
    assert copied("2026\t2026\n", 1, ("version", "year"), own=True) == ["2026\t2025"]


def test_a_copy_says_the_same_of_a_person_in_every_table() -> None:
    """What is joined by a number or an id is joined in the copy too."""
    other = "person\tFL-2026-100001\t202512345678\t5b3a5f43-55c5-5f0c-8a0d-9c9b8c1f7d20\n"
    [one], [two] = (copied(text, 4) for text in (THIS, other))
    first, second = one.split("\t"), two.split("\t")
    assert (first[0], first[4], first[6]) == (second[1], second[2], second[3])


def test_an_id_stays_one_whatever_its_digits_look_like() -> None:
    """Its last part may have twelve decimal digits, as a person's number; a column of ids would refuse a tail."""
    [one] = copied("FL-2026-100001\t5b3a5f43-2026-5f0c-8a0d-202512345678\n", 3)
    assert one == "FL-2023-100001\t5b3a5f40-2026-5f0c-8a0d-202512345678"
