"""What went wrong, as RFC 9457 problem details. Types are stable; titles and details are for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from litestar import Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.commands.outcomes import Outcome
from gateway.language import _, marked as _n

MEDIA_TYPE = "application/problem+json"
TYPES = "urn:problem-type:fordeling:"

# Slug → status and title, which the reader's language is found for when it is told. Owners' refusals come by the
# slugs that their replies name.
KNOWN: Mapping[str, tuple[int, str]] = {
    "malformed-request": (400, _n("Forespørselen kan ikke leses")),
    "invalid-parameter": (400, _n("En parameter er ikke gyldig")),
    "invalid-cursor": (400, _n("Markøren er ikke en av våre")),
    "purpose-missing": (400, _n("Formålet med oppslaget mangler eller er ukjent")),
    "idempotency-key-missing": (400, _n("Headeren Idempotency-Key mangler eller er ikke gyldig")),
    "token-missing": (401, _n("Det trengs et bearer-token")),
    "token-invalid": (401, _n("Tokenet godtas ikke")),
    "scope-missing": (403, _n("Tokenet mangler et scope")),
    "role-may-not-write": (403, _n("Rollen kan ikke skrive")),
    "municipality-merged": (403, _n("Kommunen er blitt en del av en annen")),
    "not-found": (404, _n("Det finnes ikke")),
    "list-not-found": (404, _n("Listen finnes ikke")),
    "folder-not-found": (404, _n("Personen har ingen åpen mappe")),
    "notice-not-found": (404, _n("Varselet finnes ikke")),
    "report-not-found": (404, _n("Innmeldingen finnes ikke")),
    "method-not-allowed": (405, _n("Metoden er ikke tillatt her")),
    "already-answered": (409, _n("Listen er besvart")),
    "list-withdrawn": (409, _n("IMDi har trukket listen")),
    "person-withdrawn": (409, _n("IMDi har trukket personer fra listen")),
    "person-erased": (409, _n("Personopplysninger er slettet")),
    "wrong-status": (409, _n("Statusen til listen tillater det ikke")),
    "not-approved": (409, _n("Listen er ikke godkjent")),
    "thread-full": (409, _n("Listen har så mange meldinger som den kan ha")),
    "four-eyes-required": (409, _n("En annen enn den som godkjente, må sende")),
    "more-than-requested": (409, _n("Det er mer enn IMDi ber om")),
    "not-placed": (409, _n("Personen er ikke søkt ut")),
    "already-settled": (409, _n("Personen har flyttet inn")),
    "report-closed": (409, _n("Innmeldingen er avsluttet")),
    "version-conflict": (412, _n("Listen har en annen versjon")),
    "changed-meanwhile": (412, _n("Det har en annen versjon")),
    "too-large": (413, _n("Innholdet er for stort")),
    "not-json": (415, _n("Innholdet må være application/json")),
    "invalid-body": (422, _n("Innholdet er ikke gyldig")),
    "persons-differ": (422, _n("Personene er ikke de som står på listen")),
    "households-differ": (422, _n("Husstandene er ikke de som står på listen")),
    "household-split-unconfirmed": (422, _n("En husstand deles, og innholdet sier ikke at det er meningen")),
    "reason-missing": (422, _n("Et avslag mangler begrunnelse")),
    "settlement-before-placement": (422, _n("Bosettingsdatoen er før personen ble søkt ut")),
    "settlement-in-future": (422, _n("Bosettingsdatoen er ikke kommet ennå")),
    "correction-reason-missing": (422, _n("En retting mangler begrunnelse")),
    "planned-week-past": (422, _n("Den planlagte uken er over")),
    "planned-week-too-far": (422, _n("Den planlagte uken er for langt frem")),
    "invalid-command": (422, _n("Innholdet er ikke gyldig")),
    "resolved-in-the-future": (422, _n("Vedtaket er datert etter i dag")),
    "resolved-too-early": (422, _n("Vedtaket er datert for lenge før året det gjelder")),
    "year-over": (422, _n("Året er over")),
    "year-too-far-ahead": (422, _n("Året er for langt frem")),
    "week-named-twice": (422, _n("En uke er nevnt to ganger")),
    "week-over": (422, _n("En uke som er over, kan ikke meldes på nytt")),
    "week-too-far-ahead": (422, _n("Uken er for langt frem")),
    "date-too-far-away": (422, _n("Datoen er for langt unna")),
    "idempotency-key-reused": (422, _n("Idempotency-Key er brukt til en annen forespørsel")),
    "if-match-missing": (428, _n("Headeren If-Match mangler")),
    "too-many-requests": (429, _n("For mange forespørsler")),
    "internal-error": (500, _n("Noe gikk galt hos oss")),
    "token-provider-unavailable": (503, _n("Token kan ikke sjekkes nå")),
    "broker-unavailable": (503, _n("Kommandoen kan ikke sendes nå")),
    "too-many-commands": (503, _n("For mange kommandoer venter på utfallet")),
    "database-unavailable": (503, _n("Ingenting kan leses eller skrives nå")),
    "look-not-recorded": (503, _n("Oppslaget kan ikke registreres nå, så ingenting vises")),
    "letter-unavailable": (503, _n("Brevet kan ikke leses nå")),
}
REFUSED = (409, _n("Kommandoen ble avvist"))


class FieldFault(BaseModel):
    """One thing that is wrong: a JSON pointer into the body, or the name of a parameter. Never the value itself."""

    pointer: str | None = None
    parameter: str | None = None
    code: str
    detail: str


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(frozen=True)

    type: Annotated[str, Field(description="A stable URN; docs/api.md lists them.")]
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldFault] | None = None
    params: Annotated[
        dict[str, str] | None, Field(description="What the refusal is about, e.g. who answered and when.")
    ] = None
    current_version: Annotated[
        int | None, Field(description="The list's, year's or report's version as it stands.")
    ] = None


class ProblemError(Exception):
    """Ends a request with a problem. ``headers`` go with it."""

    def __init__(
        self,
        slug: str,
        detail: str | None = None,
        *,
        errors: Sequence[FieldFault] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(slug)
        self.problem = problem(slug, detail, errors=list(errors) if errors else None)
        self.headers = dict(headers or {})


def problem(slug: str, detail: str | None = None, **members: Any) -> Problem:  # noqa: ANN401  members of Problem
    """Make a problem of a known type; one that is newer than this program is a refusal."""
    status, title = KNOWN.get(slug, REFUSED)
    return Problem(type=TYPES + slug, title=_(title), status=status, detail=detail, **members)


def refusal(outcome: Outcome) -> Problem:
    """Tell why an owner refused a command."""
    return problem(outcome.problem or "refused", params=dict(outcome.params) or None, current_version=outcome.version)


def response(found: Problem, headers: Mapping[str, str] | None = None) -> Response[Any]:
    """Answer with a problem."""
    return Response(
        found.model_dump(exclude_none=True),
        status_code=found.status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )
