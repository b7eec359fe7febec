"""Browser files served by ourselves: read at start, named by their contents, cached for good.

The folder of an address is a hash of everything, so relative links between the files stay whole.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import Response, Router, get
from litestar.connection import Request
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

HERE = Path(__file__).parents[1] / "static"
NODE_MODULES = Path(__file__).parents[2] / "node_modules"
PREFIX = "/static"
FOREVER = "public, max-age=31536000, immutable"
SMALLEST_TO_PACK = 512

TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}

PACKAGES: Mapping[str, str] = {
    "designsystemet/index.css": "@digdir/designsystemet-css/dist/src/index.css",
    "designsystemet/theme.css": "@digdir/designsystemet-css/dist/theme/designsystemet.css",
    "designsystemet/index.js": "@digdir/designsystemet-web/dist/umd/index.js",
    "inter/index.css": "@fontsource-variable/inter/index.css",
    "swagger-ui/swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
    "swagger-ui/swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
}
FONTS = "@fontsource-variable/inter/files"
FONT_NAMES = "inter-*-wght-normal.woff2"


class AssetsMissingError(Exception):
    """A browser package is not installed; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent. ``packed``: gzip, where that is smaller."""

    content_type: str
    content: bytes
    packed: bytes | None


@dataclass(frozen=True)
class Assets:
    """All browser files by name, and the hash that stands in their addresses."""

    files: Mapping[str, Asset]
    digest: str

    @classmethod
    def read(cls, node_modules: Path = NODE_MODULES) -> Assets:
        """Read them. Blocking; raises AssetsMissingError."""
        files = {name: _asset(path) for name, path in sorted(_paths(node_modules))}
        whole = hashlib.sha256()
        for name, asset in files.items():
            whole.update(name.encode())
            whole.update(asset.content)
        return cls(files, whole.hexdigest()[:12])

    def url(self, name: str) -> str:
        """Give the address of a file; an unknown name is a mistake in a template."""
        if name not in self.files:
            raise KeyError(name)
        return f"{PREFIX}/{self.digest}/{name}"

    def router(self) -> Router:
        """Serve them."""

        @get("/{digest:str}/{name:path}", name="static")
        async def static(
            request: Request[Any, Any, Any], digest: FromPath[str], name: FromPath[str]
        ) -> Response[bytes]:
            asset = self.files.get(name.lstrip("/"))
            if asset is None or digest != self.digest:
                raise NotFoundException
            headers = {"cache-control": FOREVER, "vary": "accept-encoding"}
            if asset.packed and "gzip" in request.headers.get("accept-encoding", ""):
                return Response(
                    asset.packed, media_type=asset.content_type, headers=headers | {"content-encoding": "gzip"}
                )
            return Response(asset.content, media_type=asset.content_type, headers=headers)

        return Router(PREFIX, route_handlers=[static], opt={"exclude_from_auth": True}, include_in_schema=False)


def _paths(node_modules: Path) -> Iterator[tuple[str, Path]]:
    for name, place in PACKAGES.items():
        yield name, node_modules / place
    for font in (node_modules / FONTS).glob(FONT_NAMES):
        yield f"inter/files/{font.name}", font
    for path in HERE.rglob("*"):
        if path.suffix in TYPES:
            yield path.relative_to(HERE).as_posix(), path


def _asset(path: Path) -> Asset:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise AssetsMissingError(f"{path.name} is not there: run 'npm ci' (or 'make install')") from error
    packed = gzip.compress(content, mtime=0) if path.suffix != ".woff2" and len(content) >= SMALLEST_TO_PACK else None
    return Asset(TYPES[path.suffix], content, packed)
