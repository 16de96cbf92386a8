"""The commands of `yibao network` together, in the order in which a participant meets them."""

from __future__ import annotations

from node.cli.network import copies, drills, governance
from node.cli.network import doctor as network_doctor
from node.cli.network import logs as network_logs
from node.cli.network.commands import app

__all__ = ("app",)

PANELS = {
    "Make a network": ("install-engines", "init", "collect", "join", "peer"),
    "Run one on this machine": ("up", "status", "kill", "restart", "down"),
    "Look after a validator": ("doctor", "logs", "backup", "restore", "snapshot"),
    "Decide together": ("propose", "vote", "enact", "validators"),
}
_MODULES = (copies, drills, governance, network_doctor, network_logs)


def _arrange() -> None:
    """Give every command its panel and place; one without a panel stands last."""
    panel_of = {name: panel for panel, names in PANELS.items() for name in names}
    order = list(panel_of)
    names = {id(one): one.name or one.callback.__name__ for one in app.registered_commands
             if one.callback is not None}  # fmt: skip
    for command in app.registered_commands:
        command.rich_help_panel = panel_of.get(names[id(command)])
    app.registered_commands.sort(
        key=lambda one: order.index(names[id(one)]) if names[id(one)] in panel_of else len(order)
    )


_arrange()
