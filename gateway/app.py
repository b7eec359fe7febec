"""The Litestar application around the parts of a gateway."""

from __future__ import annotations

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.middleware import DefineMiddleware
from litestar.template.config import TemplateConfig

from gateway import metrics
from gateway.api import documentation, router as api
from gateway.api.failures import by_path, database_away, http_error, look_unrecorded, server_error
from gateway.api.headers import tell_methods, tell_standing
from gateway.audit.lists import list_is_looked_at
from gateway.audit.refusals import write_down_refusals
from gateway.auth import endings, routes as auth
from gateway.auth.guards import LoginNeededError, MunicipalityMergedError, SessionMiddleware, own_municipality
from gateway.auth.oidc import ProviderUnavailableError
from gateway.folders.guards import of_pages
from gateway.folders.looks import LookNotRecordedError
from gateway.pages import (
    agreements,
    choices,
    errors,
    folders,
    front,
    health,
    languages,
    ledger,
    letters,
    lists,
    live,
    municipality,
    one_list,
    operations,
    printing,
    questions,
    reports,
    seen_by,
    settlement,
    statistics,
    submitting,
    work_surface,
)
from gateway.pages.assets import Assets
from gateway.pages.packing import PackForOurselves
from gateway.pages.render import engine
from gateway.pages.security import SecurityHeaders
from gateway.pages.typed import KeepTyped
from gateway.pages.visits import LimitVisits
from gateway.parts import Parts

LARGEST_FORM = 2_000_000
"""Bytes of a request's body: 500 persons with long reasons fit."""


def make_app(parts: Parts, assets: Assets) -> Litestar:
    """Make the application. The parts are running already and are stopped by whoever started them."""
    settings = parts.settings
    return Litestar(
        route_handlers=[
            front.front,
            front.choose_municipality,
            front.help_page,
            front.accessibility_statement,
            auth.log_in,
            auth.come_back,
            auth.log_out,
            endings.sessions,
            endings.end_all,
            endings.told_by_provider,
            languages.choose_language,
            _municipality_router(),
            _folder_router(),
            operations.router(),
            api.router(),
            assets.router(),
            health.livez,
            health.readyz,
        ],
        state=State({"parts": parts}),
        dependencies={"parts": Provide(_parts, sync_to_thread=False)},
        middleware=[
            PackForOurselves(),
            metrics.middleware(),
            KeepTyped(),
            DefineMiddleware(SessionMiddleware, exclude_from_auth_key="exclude_from_auth"),
            languages.SpeakLanguage(),
            LimitVisits(),
        ],
        before_send=[
            SecurityHeaders(issuer=settings.oidc_issuer, secure=settings.secure),
            languages.tell_language,
            tell_standing,
            tell_methods,
            write_down_refusals,
        ],
        csrf_config=CSRFConfig(
            secret=settings.form_key,
            cookie_name=parts.cookies.csrf,
            cookie_secure=settings.secure,
            cookie_httponly=True,
            cookie_samesite="lax",
        ),
        # Sixty persons are 200 kB of markup and 16 kB packed. Other sites get nothing packed (pages/packing.py).
        compression_config=CompressionConfig(
            backend="gzip",
            gzip_compress_level=5,
            exclude=[r"^/static/", r"/hendelser$", r"\.pdf$", r"^/(livez|readyz)$"],
        ),
        template_config=TemplateConfig(instance=engine(assets)),
        exception_handlers={
            LoginNeededError: errors.login_needed,
            MunicipalityMergedError: errors.municipality_merged,
            ProviderUnavailableError: errors.provider_unavailable,
            LookNotRecordedError: by_path(look_unrecorded, errors.look_unrecorded),
            HTTPException: by_path(http_error, errors.http_error),
            **dict.fromkeys(errors.DATABASE_AWAY, by_path(database_away, errors.database_away)),
            Exception: by_path(server_error, errors.server_error),
        },
        openapi_config=documentation.config(settings.maskinporten_issuer),
        logging_config=None,
        request_max_body_size=LARGEST_FORM,
    )


def _municipality_router() -> Router:
    """Everything about a municipality lies here, behind one guard: a new page cannot forget it."""
    return Router(
        "/kommune/{municipality_id:str}",
        route_handlers=[
            municipality.overview,
            municipality.settlement,
            lists.lists,
            lists.searched,
            lists.search,
            lists.lists_file,
            lists.persons_file,
            printing.printed_list,
            statistics.statistics,
            statistics.statistics_file,
            agreements.agreements,
            agreements.resolution,
            agreements.resolve,
            ledger.ledger,
            ledger.ledger_file,
            work_surface.work_surface,
            work_surface.mark_read,
            choices.choices,
            choices.choose,
            one_list.open_list,
            one_list.answer,
            one_list.send_answer,
            one_list.back_to_treatment,
            one_list.receipt,
            questions.ask,
            settlement.persons,
            settlement.household,
            settlement.settle,
            settlement.plan,
            settlement.correction,
            settlement.correct,
            submitting.checking,
            letters.letter,
            letters.request_letter,
            reports.hub,
            reports.reports,
            reports.report,
            reports.put_report,
            reports.confirm_report,
            reports.withdraw_report,
            letters.archive,
            live.live,
        ],
        guards=[own_municipality, list_is_looked_at],
        include_in_schema=False,
    )


def _folder_router() -> Router:
    """Person folders: behind the same guard, which here writes down whom it turns away."""
    return Router(
        "/kommune/{municipality_id:str}",
        route_handlers=[folders.folder, folders.health, seen_by.seen_by],
        guards=[of_pages],
        include_in_schema=False,
    )


def _parts(state: State) -> Parts:
    found: Parts = state.parts
    return found
