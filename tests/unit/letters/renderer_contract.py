"""What the use cases count on in a renderer, real or not."""

from __future__ import annotations

import pytest

from services.letters.domain.content import Content
from services.letters.use_cases.outside import NotRenderableError, Renderer
from tests.unit.letters.stories import KINN, decision, to_person


class RendererContract:
    """Subclasses give the fixture ``renderer``."""

    async def test_the_same_content_gives_the_same_bytes(self, renderer: Renderer) -> None:
        """So that a letter made twice has one object."""
        for content in (decision(1, 2), to_person()):
            assert await renderer.render(content) == await renderer.render(content)

    async def test_other_content_gives_other_bytes(self, renderer: Renderer) -> None:
        """Each person's letter is its own."""
        contents: list[Content] = [decision(1), decision(1, 2), to_person(1), to_person(2)]
        contents += [to_person(1, municipality=KINN)]
        assert len({await renderer.render(content) for content in contents}) == len(contents)

    async def test_what_cannot_be_set_is_said(self, renderer: Renderer) -> None:
        """By the error that the use case knows; the next letter is made."""
        with pytest.raises(NotRenderableError):
            await renderer.render(to_person(name=("漢", "字")))
        assert await renderer.render(to_person())
