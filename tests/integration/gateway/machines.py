"""An issuer of machine tokens: its configuration and keys over HTTP, and tokens signed with them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

KEY = RSAKey.generate_key(2048, {"kid": "machines"})


@dataclass(frozen=True)
class Issuer:
    url: str

    def token(self, audience: str, organisation: str, scope: str, client_id: str = "case-system") -> str:
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": audience,
            "exp": int(time.time()) + 120,
            "scope": scope,
            "client_id": client_id,
            "consumer": {"authority": "iso6523-actorid-upis", "ID": f"0192:{organisation}"},
        }
        return jwt.encode({"alg": "RS256", "kid": "machines"}, claims, KEY)


@contextmanager
def issuing() -> Iterator[Issuer]:
    """Answer while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            metadata = {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/jwks"}
            found: Any = {"keys": [KEY.as_dict(private=False)]} if self.path.endswith("/jwks") else metadata
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
