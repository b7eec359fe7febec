"""The life of a notice."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, strategies as st

from services.notification.domain.notices import Notice, NoticeKind, NoticePosted, NoticeRead, mark_read, post
from services.notification.use_cases.identities import notice_id

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def posted() -> Notice:
    notice, event = post("n-1", "k-0301", NoticeKind.LIST_RECEIVED, "FL-2026-000123", AT)
    assert event == NoticePosted()
    return notice


def test_a_new_notice_is_unread() -> None:
    """Posting is its first event, and nobody has read it."""
    assert posted() == Notice("n-1", 1, "k-0301", NoticeKind.LIST_RECEIVED, "FL-2026-000123", AT, ())


@given(st.lists(st.sampled_from(["kari", "ola", "nils"])))
def test_each_user_reads_a_notice_once(users: list[str]) -> None:
    """However often users open it, each is one event and one version, in the order they first did."""
    notice, events = posted(), []
    for user in users:
        if change := mark_read(notice, user):
            notice, event = change
            events.append(event)
    firsts = list(dict.fromkeys(users))
    assert notice.read_by == tuple(firsts)
    assert events == [NoticeRead(user) for user in firsts]
    assert notice.version == 1 + len(firsts)


def test_an_id_follows_from_kind_and_list() -> None:
    """The same cause has the same id for good; another kind or list has another, of withdrawn persons each fact."""
    received, gone = NoticeKind.LIST_RECEIVED, NoticeKind.PERSONS_WITHDRAWN
    assert notice_id(received, "FL-2026-000123", 1) == "3804c786-3a4b-56f6-afe9-c5631ba7155c"
    assert notice_id(received, "FL-2026-000123", 2) == notice_id(received, "FL-2026-000123", 1)
    causes = [(kind, f"FL-2026-{number:06}", 1) for kind in NoticeKind for number in range(10)]
    causes += [(gone, "FL-2026-000001", version) for version in (2, 3)]
    assert len({notice_id(*cause) for cause in causes}) == len(causes)
