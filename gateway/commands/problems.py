"""What a refusal is called to the user: problem type → words, in one place."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.commands import list_problems, notice_problems, settling, year_problems
from gateway.commands.outcomes import Outcome
from gateway.commands.words import Params, Problem, Words, day_of
from gateway.language import _

__all__ = ["WORDS", "Problem", "describe"]


def describe(outcome: Outcome, kind: str = "") -> Problem:
    """Give the words for a refused command. A type that is newer than these words gets the general ones.

    kind: of the command, where the same refusal asks for other words.
    """
    problem = outcome.problem or ""
    words = settling.words(kind, problem) or WORDS.get(problem, _unknown)
    return words(outcome.params)


def _role(_params: Params) -> Problem:
    return Problem(
        _("Du har ikke rettighet til dette"),
        _("Rollen din kan lese, men ikke svare. Be en som kan svare for kommunen."),
    )


def _invalid(_params: Params) -> Problem:
    return Problem(_("Noe i skjemaet kan ikke brukes"), _("Se over det du har fylt ut, og prøv igjen."))


def _unknown(_params: Params) -> Problem:
    return Problem(
        _("Det lot seg ikke gjøre"),
        _("Ingenting er endret. Se over listen og prøv igjen, eller ta kontakt hvis det skjer på nytt."),
    )


def _merged(params: Params) -> Problem:
    return Problem(
        _("Kommunen er slått sammen med en annen"),
        _(
            "Fra %(day)s kommer alt nytt under den nye kommunen. Det som sto her, kan fortsatt leses og besvares. Bytt "
            "kommune, og registrer det der."
        )
        % {"day": day_of(params.get("on"))},
    )


WORDS: Mapping[str, Words] = {
    **list_problems.WORDS,
    **notice_problems.WORDS,
    **year_problems.WORDS,
    "role-may-not-write": _role,
    "municipality-merged": _merged,
    "invalid-command": _invalid,
}
