"""What a refusal is called to the user: problem type → words, in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from gateway.commands import settling
from gateway.commands.outcomes import Outcome
from gateway.commands.words import Problem
from gateway.language import _
from gateway.pages.format import day, moment

__all__ = ["Problem", "describe", "list_withdrawn"]


def describe(outcome: Outcome, kind: str = "") -> Problem:
    """Give the words for a refused command. A type that is newer than these words gets the general ones.

    kind: of the command, where the same refusal asks for other words.
    """
    problem = outcome.problem or ""
    words = settling.words(kind, problem) or _WORDS.get(problem, _unknown)
    return words(outcome.params)


def _by(params: Mapping[str, str]) -> str:
    """`` av Kari Nordmann 24.11.2026 kl. 09.30``, as much of it as is known."""
    who = params.get("by")
    when = _when(params.get("at"))
    return (_(" av %(who)s") % {"who": who} if who else "") + (f" {when}" if when else "")


def _when(value: str | None) -> str:
    at = _time(value)
    return moment(at) if at else ""


def _time(value: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if value else None
    except ValueError:
        return None


def _day(value: str | None) -> str:
    try:
        return day(date.fromisoformat(value)) if value else ""
    except ValueError:
        return ""


def _already_answered(params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Listen er allerede besvart"),
        _("Svaret ble sendt til IMDi%(by)s. Det du sendte nå, er ikke brukt.") % {"by": _by(params)},
    )


def _changed(params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Listen er endret siden du åpnet den"),
        _(
            "Den ble endret%(by)s. Det du fylte ut, er ikke lagret ennå, men står fortsatt i skjemaet, sammen med det "
            "som er lagret imens om andre. Se over listen og lagre eller godkjenn på nytt."
        )
        % {"by": _by(params)},
    )


def _draft_conflict(params: Mapping[str, str]) -> Problem:
    touched = [
        *([_("person %(numbers)s") % {"numbers": params["running_numbers"]}] if params.get("running_numbers") else []),
        *([_("husstand %(numbers)s") % {"numbers": params["households"]}] if params.get("households") else []),
        *([_("beskjeden til IMDi")] if params.get("message") else []),
    ]
    return Problem(
        _("En kollega har endret det samme som du"),
        _(
            "Det gjelder %(what)s. Ingenting er overskrevet: det du fylte ut, står fortsatt i skjemaet, og ved siden "
            "av står det kollegaen har lagret. Lagre på nytt hvis det du har fylt ut, skal gjelde."
        )
        % {"what": _(" og ").join([", ".join(touched[:-1]), touched[-1]] if len(touched) > 1 else touched)},
    )


def _split_unconfirmed(params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Dere deler en husstand"),
        _(
            "Husstand %(numbers)s får ulike svar. Bekreft at dere mener å dele den, og si hvorfor, eller svar likt for "
            "alle i husstanden."
        )
        % {"numbers": params.get("households", "")},
    )


def _four_eyes(params: Mapping[str, str]) -> Problem:
    return Problem(
        _("En kollega må sende svaret"),
        _(
            "Kommunen krever at en annen enn den som godkjente listen, sender svaret. Du godkjente den%(when)s, og "
            "ingenting er sendt."
        )
        % {"when": _by({"at": params.get("at", "")})},
    )


def list_withdrawn(at: datetime | None) -> Problem:
    """Say that the list has been taken back meanwhile."""
    return Problem(
        _("IMDi har trukket listen"),
        _("Den ble trukket%(when)s. Det du sendte nå, er ikke brukt, og kommunen skal ikke svare på listen.")
        % {"when": f" {moment(at)}" if at else ""},
    )


def _list_withdrawn(params: Mapping[str, str]) -> Problem:
    return list_withdrawn(_time(params.get("at")))


def _person_withdrawn(params: Mapping[str, str]) -> Problem:
    return Problem(
        _("IMDi har trukket personer fra listen"),
        _(
            "Person %(numbers)s ble trukket%(when)s, etter at du åpnet siden. Ingenting er sendt eller lagret nå, men "
            "det du fylte ut om de andre, står fortsatt i skjemaet. Se over listen, og godkjenn den på nytt."
        )
        % {"numbers": params.get("running_numbers", ""), "when": _by({"at": params.get("at", "")})},
    )


def _not_open(_params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Listen kan ikke endres slik den står nå"),
        _("En kollega kan ha godkjent den eller tatt den tilbake. Under ser du hvordan den står nå."),
    )


def _role(_params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Du har ikke rettighet til dette"),
        _("Rollen din kan lese, men ikke svare. Be en som kan svare for kommunen."),
    )


def _not_found(_params: Mapping[str, str]) -> Problem:
    return Problem(_("Listen finnes ikke lenger"), _("IMDi kan ha trukket den. Se oversikten under Fordelinger."))


def _notice_not_found(_params: Mapping[str, str]) -> Problem:
    return Problem(_("Varselet finnes ikke lenger"), _("Last arbeidsflaten på nytt for å se varslene som gjelder."))


def _not_a_contact(_params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Adressen er ikke lenger kontakt for kommunen"),
        _("Kontaktene kan være endret siden du åpnet siden. Velg blant dem som står der nå."),
    )


def _contact_taken(_params: Mapping[str, str]) -> Problem:
    return Problem(
        _("En kollega har valgt denne adressen"),
        _("En adresse kan bare være én persons. Velg din egen, eller snakk med kollegaen."),
    )


def _last_to_know(params: Mapping[str, str]) -> Problem:
    silent = params.get("kinds", "").split(",")
    what = [
        *([_("nye lister")] if "list_received" in silent else []),
        *([_("frister som er ute")] if "list_overdue" in silent else []),
    ]
    return Problem(
        _("Noen i kommunen må få vite det"),
        _(
            "Ingen andre i kommunen får e-post om %(what)s. Velg e-post med en gang eller samlet e-post for det. "
            "Ingenting er lagret ennå."
        )
        % {"what": _(" og ").join(what)},
        fields=tuple(silent),
    )


def _reason(_params: Mapping[str, str]) -> Problem:
    return Problem(
        _("En begrunnelse mangler"),
        _("Alle som ikke er markert for bosetting, må ha en begrunnelse. Velg «Annet» bare sammen med en forklaring."),
    )


def _persons(_params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Personene på listen er ikke de samme som i skjemaet"),
        _("IMDi kan ha endret listen. Se over den på nytt før du går videre."),
    )


def _thread_full(params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Det er for mange meldinger om listen"),
        _("En liste kan ha høyst %(most)s meldinger. Ta kontakt med IMDi på en annen måte.")
        % {"most": params.get("most", "")},
    )


def _year_changed(_params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Året er endret siden du åpnet skjemaet"),
        _(
            "En kollega kan ha registrert et vedtak, eller IMDi kan ha endret anmodningen. Det du fylte ut, er ikke "
            "registrert, men står fortsatt i skjemaet. Se over det som gjelder nå, og registrer på nytt hvis det "
            "fortsatt er riktig."
        ),
    )


def _more_than_requested(params: Mapping[str, str]) -> Problem:
    kind = _("enslige mindreårige") if params.get("place_kind") == "unaccompanied_minor" else _("ordinære plasser")
    return Problem(
        _("Vedtaket er på flere plasser enn IMDi har bedt om"),
        _("IMDi ber om %(requested)s (%(kind)s). Er tallet riktig, bekrefter du det i skjemaet.")
        % {"requested": params.get("requested", ""), "kind": kind},
    )


def _resolved_in_the_future(_params: Mapping[str, str]) -> Problem:
    return Problem(_("Vedtaksdatoen er ikke kommet ennå"), _("Registrer vedtaket når det er gjort, eller rett datoen."))


def _resolved_too_early(params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Vedtaksdatoen er for lang tid før året det gjelder"),
        _("Vedtak for dette året kan tidligst være gjort %(day)s. Sjekk årstallet i datoen.")
        % {"day": _day(params.get("earliest"))},
    )


def _year_over(params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Året er over"),
        _("Det er ingenting registrert for dette året, og det første som er åpent, er %(year)s. Sjekk årstallet.")
        % {"year": params.get("earliest", "")},
    )


def _year_too_far_ahead(params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Året er for langt frem"),
        _("Vedtak kan registreres til og med %(year)s. Sjekk årstallet.") % {"year": params.get("latest", "")},
    )


def _invalid(_params: Mapping[str, str]) -> Problem:
    return Problem(_("Noe i skjemaet kan ikke brukes"), _("Se over det du har fylt ut, og prøv igjen."))


def _unknown(_params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Det lot seg ikke gjøre"),
        _("Ingenting er endret. Se over listen og prøv igjen, eller ta kontakt hvis det skjer på nytt."),
    )


def _merged(params: Mapping[str, str]) -> Problem:
    return Problem(
        _("Kommunen er slått sammen med en annen"),
        _(
            "Fra %(day)s kommer alt nytt under den nye kommunen. Det som sto her, kan fortsatt leses og besvares. Bytt "
            "kommune, og registrer det der."
        )
        % {"day": _day(params.get("on"))},
    )


_WORDS: Mapping[str, Callable[[Mapping[str, str]], Problem]] = {
    "already-answered": _already_answered,
    "list-withdrawn": _list_withdrawn,
    "person-withdrawn": _person_withdrawn,
    "version-conflict": _changed,
    "draft-conflict": _draft_conflict,
    "household-split-unconfirmed": _split_unconfirmed,
    "households-differ": _persons,
    "four-eyes-required": _four_eyes,
    "wrong-status": _not_open,
    "not-approved": _not_open,
    "role-may-not-write": _role,
    "municipality-merged": _merged,
    "list-not-found": _not_found,
    "notice-not-found": _notice_not_found,
    "not-a-contact": _not_a_contact,
    "contact-taken": _contact_taken,
    "last-to-know": _last_to_know,
    "reason-missing": _reason,
    "persons-differ": _persons,
    "thread-full": _thread_full,
    "invalid-command": _invalid,
    "changed-meanwhile": _year_changed,
    "more-than-requested": _more_than_requested,
    "resolved-in-the-future": _resolved_in_the_future,
    "resolved-too-early": _resolved_too_early,
    "year-over": _year_over,
    "year-too-far-ahead": _year_too_far_ahead,
}
