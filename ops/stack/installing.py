"""Installing what the embedded parts need, and telling how far it has come."""

from __future__ import annotations

from collections.abc import Iterable

from rich.markup import escape

from ops.embedded import kafka, oidc
from ops.embedded.archive import archive
from ops.embedded.install import install_browser_files, install_jars, make_archive
from ops.embedded.jars import JarSet
from ops.errors import UserError
from ops.stack.progress import Progress

TITLES = {
    kafka.JARS.name: f"Apache Kafka {kafka.VERSION}",
    oidc.JARS.name: f"login provider (mock-oauth2-server {oidc.VERSION})",
}
ALL = (kafka.JARS, oidc.JARS)


def install(progress: Progress, programs: Iterable[JarSet] = ALL) -> None:
    """Install the Java programs and the browser files that are missing."""
    for jars in programs:
        title = TITLES[jars.name]
        if not jars.installed():
            with progress.step(f"Fetch {title}") as step:
                install_jars(jars, step.count)
        if not archive(jars).exists():
            try:
                with progress.step(f"Prepare {title} for a quick start"):
                    make_archive(jars)
            except UserError as error:
                progress.say(f"[yellow]![/] It will start slowly: {escape(str(error))}")
    with progress.step("Fetch browser files", shortest=0.5):
        install_browser_files()
