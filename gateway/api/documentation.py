"""The OpenAPI document as Litestar makes it from the handlers, and a page that shows it with files of ours alone."""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Request, Response, Router, get
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, OAuthFlow, OAuthFlows, SecurityScheme, Server
from litestar.response import Template

from gateway.api import completing
from gateway.auth.machines import READ_SCOPE, WRITE_SCOPE

PATH = "/api/v1/docs"
OPEN = {"exclude_from_auth": True, "exclude_from_csrf": True}
SCHEME = "maskinporten"
VERSION = "1.0.0"

DESCRIPTION = f"""
The answering of distribution lists for municipal systems: what caseworkers do on the pages, by program.

**Tokens**: from Maskinporten, with this API's address as `resource`, and the scope `{READ_SCOPE}` to read or
`{WRITE_SCOPE}` to read and write. The token's consumer is the municipality's organisation.

**Writes** name themselves by `Idempotency-Key`: the same key with the same body has the same outcome, however often it
is sent; with another body it is refused. Writes on a list name its version by `If-Match`. What takes longer than a few
seconds is answered by 202 and a `Location` that tells what became of it.

**Problems** are RFC 9457 problem details with stable types; wrong fields are named by JSON pointers.
"""


class NoPage(OpenAPIRenderPlugin):
    """Litestar wants a plugin; the page is a template of ours, as the policy allows no script or style inline."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Give the document."""
        return self.render_json(request, openapi_schema)


def config(provider: str) -> OpenAPIConfig:
    """Tell Litestar what to write above the operations. ``provider``: the issuer of tokens."""
    scheme = SecurityScheme(
        type="oauth2",
        description="Maskinporten: an access token for a signed grant (RFC 7523), sent as a bearer token.",
        flows=OAuthFlows(
            client_credentials=OAuthFlow(
                token_url=provider.rstrip("/") + "/token",
                scopes={READ_SCOPE: "See lists, letters and notices.", WRITE_SCOPE: "The same, and answer lists."},
            )
        ),
    )
    return OpenAPIConfig(
        title="Fordeling",
        version=VERSION,
        description=DESCRIPTION.strip(),
        use_handler_docstrings=True,
        components=Components(security_schemes={SCHEME: scheme}),
        servers=[Server(url="/")],
        render_plugins=[NoPage(path="/openapi.json", media_type=MediaType.JSON)],
        openapi_router=Router("/api/v1/docs/schema", route_handlers=[], opt=OPEN, include_in_schema=False),
    )


@get("/openapi.json", include_in_schema=False, opt=OPEN, sync_to_thread=False)
def openapi_json(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """Give the OpenAPI 3.1 document."""
    return Response(completing.document(request.app), media_type="application/vnd.oai.openapi+json")


@get("/docs", include_in_schema=False, opt=OPEN, sync_to_thread=False)
def docs() -> Template:
    """Show the document."""
    return Template("api_docs.html", media_type="text/html")
