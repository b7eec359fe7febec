"""``python -m ops.embedded.relock``: resolve the Java programs anew and write their lock files."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from jgo.env import EnvironmentBuilder, LinkStrategy
from jgo.maven import MavenContext

from ops.embedded.jars import LOCKS

ENDPOINTS = {
    # "!": its parent's version management has no say over the program's own libraries.
    # Kafka writes to slf4j 1.7; log4j behind it gives the log.
    "kafka": "org.apache.kafka:kafka_2.13:4.4.0+org.apache.logging.log4j:log4j-slf4j-impl:2.25.5!",
    "oidc": "no.nav.security:mock-oauth2-server:6.0.2+org.slf4j:slf4j-simple:2.0.3!",
    # For the tests of letters. It asks for ranges of versions, which jgo does not resolve: the second names one.
    "verapdf": "org.verapdf.apps:greenfield-apps:1.28.2!+org.verapdf:validation-model:1.28.2",
}


def relock(name: str, endpoint: str) -> None:
    """Write ``locks/<name>.lock.toml``, without the time: a new lock differs only where a version does."""
    with tempfile.TemporaryDirectory() as scratch:
        context = MavenContext(repo_cache=Path(scratch) / "repository")
        builder = EnvironmentBuilder(context=context, cache_dir=Path(scratch) / "jgo", link_strategy=LinkStrategy.SOFT)
        lock = (builder.from_endpoint(endpoint).path / "jgo.lock.toml").read_text()
    (LOCKS / f"{name}.lock.toml").write_text(re.sub(r"(?m)^generated = .*\n", "", lock))


if __name__ == "__main__":
    for one, where in ENDPOINTS.items():
        relock(one, where)
