"""What Prometheus is told of requests: by route, never by path."""

from __future__ import annotations

from litestar.middleware import DefineMiddleware
from litestar.plugins.prometheus import PrometheusConfig

from chassis.seeing.metrics import Figure

PREFIX = "fordeling_http"
NOT_TIMED = [r"^/(livez|readyz)$", r"^/static/", r"/hendelser$"]
"""Asked all the time, served from memory, and open for hours."""
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def middleware() -> DefineMiddleware:
    """Count requests and time them."""
    return PrometheusConfig(
        app_name="gateway", prefix=PREFIX, group_path=True, exclude=NOT_TIMED, buckets=list(SECONDS)
    ).middleware


FIGURES = (
    Figure(
        "commands_waiting",
        "Commands whose owner has not answered, by topic.",
        "SELECT topic, count(*) AS value FROM gateway.command_waiting GROUP BY topic",
        ("topic",),
    ),
    Figure(
        "live_sessions",
        "Users who are logged in and were seen in the last half hour.",
        "SELECT count(*) AS value FROM gateway.session WHERE seen_at > clock_timestamp() - interval '30 minutes'",
    ),
)
"""What is looked up when somebody asks."""
