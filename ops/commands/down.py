"""``fordeling down``: stop everything."""

from __future__ import annotations

from rich.console import Console

from ops.commands.options import DataDir
from ops.stack import leftovers
from ops.stack.opening import known
from ops.stack.supervisor import Supervisor
from ops.stack.watch import Watch


def down(data_dir: DataDir = None) -> None:
    """Stop the stack: the gateway and the services first, Kafka and PostgreSQL last. What it keeps stays."""
    stack = known(data_dir)
    console = Console()
    supervisor = Supervisor(stack)
    if supervisor.pid() is None:
        stopped = leftovers.clean_up(stack.layout.run)
        console.print(f"Stopped what was left behind: {', '.join(stopped)}" if stopped else "Nothing runs.")
        return
    Watch(stack, supervisor, console).stop()
