"""The simulator's HTTP: the API as documented, and ``/admin`` beside it."""

from __future__ import annotations

from litestar import Litestar

from ops.svarut.admin import numbers, ready, set_clock, set_faults, set_status, shipments
from ops.svarut.counter import events, find, find_metadata, send, statuses
from ops.svarut.office import Office, ProblemError, problem

MEGABYTE = 1024 * 1024


def make_app(office: Office) -> Litestar:
    """Make the web application."""
    handlers = [
        send,
        find,
        find_metadata,
        statuses,
        events,
        ready,
        shipments,
        set_status,
        set_clock,
        set_faults,
        numbers,
    ]
    app = Litestar(
        handlers,
        exception_handlers={ProblemError: problem},
        openapi_config=None,
        request_max_body_size=400 * MEGABYTE,
    )
    app.state.office = office
    return app
