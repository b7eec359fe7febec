"""What the use cases need beyond the database, as Protocols: who sets letters, keeps them, and sends them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.letters.domain.consignment import Consignment
from services.letters.domain.content import Content
from services.letters.domain.dispatch import DispatchStep


class NotRenderableError(Exception):
    """A letter's text cannot be set as a PDF that everybody can read; another try would end alike."""


class WorkerDiedError(Exception):
    """What set the letter died of it, or took too long; another try may go better."""


class RendererUnavailableError(Exception):
    """Nothing can set letters now; it is not the letter's fault."""


class StoreUnavailableError(Exception):
    """The object store did not take, give, list or delete an object; another try may go better."""


class PostUnavailableError(Exception):
    """Who sends letters did not answer as it should. What was being handed over may be there, or not."""


class RefusedError(Exception):
    """Who sends letters will not take this one; another try would end alike. ``code``: its reason, no text."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Renderer(Protocol):
    """Sets letters."""

    @property
    def translations(self) -> frozenset[str]:
        """The languages a person's letter can be in beside the Norwegian text, as BCP 47 tags."""

    async def render(self, content: Content) -> bytes:
        """Make the PDF; the same content gives the same bytes.

        Raises NotRenderableError, WorkerDiedError, RendererUnavailableError.
        """


class ObjectStore(Protocol):
    """Keeps the PDFs."""

    async def put(self, key: str, data: bytes) -> None:
        """Write an object whole or not at all; the same key again replaces it. Raises StoreUnavailableError."""

    async def get(self, key: str) -> bytes:
        """Read an object. Raises StoreUnavailableError, also where there is none."""

    async def keep_only(self, prefix: str, key: str | None) -> None:
        """Delete all objects whose key begins with ``prefix`` but ``key``. Raises StoreUnavailableError."""


class PostOffice(Protocol):
    """Sends letters and tells how far they have come. Every method raises PostUnavailableError."""

    async def find(self, sent_as: str) -> str | None:
        """Tell the reference of a letter that has been handed over; None where it has not."""

    async def send(self, consignment: Consignment, pdf: bytes) -> str:
        """Hand a letter over; returns its reference. Raises RefusedError too."""

    async def statuses(self, references: Sequence[str]) -> dict[str, DispatchStep]:
        """Tell the last status of each letter it knows, by reference."""

    async def steps(self, reference: str) -> list[DispatchStep]:
        """Tell what a letter has come through, as far as that can be read from what is told of it."""
