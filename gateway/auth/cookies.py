"""The cookies of the gateway: how they are named and set."""

from __future__ import annotations

from dataclasses import dataclass

from litestar.datastructures import Cookie


@dataclass(frozen=True, slots=True)
class Cookies:
    """``secure``: with ``Secure`` and the ``__Host-`` prefix, so that no other host or plain http can set them."""

    secure: bool

    @property
    def session(self) -> str:
        """Name of the session's cookie."""
        return self._name("okt")

    @property
    def login(self) -> str:
        """Name of the cookie that ties a login under way to its browser."""
        return self._name("innlogging")

    @property
    def csrf(self) -> str:
        """Name of the cookie that forms are checked against."""
        return self._name("skjema")

    @property
    def language(self) -> str:
        """Name of the cookie that holds the language chosen before logging in."""
        return self._name("sprak")

    def set(self, name: str, value: str, max_age: int | None = None) -> Cookie:
        """Make a cookie only for us: not for scripts, not along with other sites' forms. ``max_age`` in seconds."""
        return Cookie(
            key=name, value=value, path="/", secure=self.secure, httponly=True, samesite="lax", max_age=max_age
        )

    def clear(self, name: str) -> Cookie:
        """Have the browser forget a cookie."""
        return self.set(name, "", max_age=0)

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name
