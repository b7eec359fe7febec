"""A call in a forked process is the call that a person makes, and leaves nothing behind for the next."""

from __future__ import annotations

import pytest

from ops.testing.stacks import fordeling, fordeling_anew


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("topics", "tail", "--help"),
        ("publish", "no-such-file.json"),
        ("topics", "check", "--nonsense"),
        ("status", "--json", "--data-dir", "/nowhere"),
        pytest.param(("topics", "check"), marks=pytest.mark.heavy),  # it waits for a broker, twice ten seconds
    ],
)
def test_it_tells_and_ends_as_a_process_of_its_own(words: tuple[str, ...]) -> None:
    """Output, errors and exit status, whatever is asked."""
    nobody = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    forked, anew = fordeling(*words, environment=nobody), fordeling_anew(*words, environment=nobody)
    assert (forked.returncode, forked.stdout, forked.stderr) == (anew.returncode, anew.stdout, anew.stderr)
    assert anew.stdout or anew.stderr


def test_the_next_call_knows_nothing_of_the_one_before() -> None:
    """Its environment is its own."""
    named = fordeling("env", environment={"FORDELING_PROFILE": "any", "FORDELING_PROFILES": "/nowhere/elsewhere.toml"})
    assert "elsewhere" in named.stderr
    assert "elsewhere" not in fordeling("env").stderr
