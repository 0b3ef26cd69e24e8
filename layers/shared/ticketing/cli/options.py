"""How commands are declared, and the options that several of them share."""

import os
from argparse import SUPPRESS, ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

WHY = "what you saw and who agreed; no names or addresses, because the audit trail keeps it"

Option = Callable[[ArgumentParser], object]


class GroupedParser(ArgumentParser):
    """A parser whose help lists the commands in groups; argparse only groups options."""

    def __init__(self, name: str, *, usage: str, description: str, epilog: str) -> None:
        raw = RawDescriptionHelpFormatter
        super().__init__(
            name, usage=usage, description=description, epilog=epilog, formatter_class=raw
        )
        self._listed: dict[str, list[tuple[str, str]]] = {}
        self.ungrouped = self.add_subparsers(
            required=True, metavar="COMMAND", help=SUPPRESS, prog=name, parser_class=ArgumentParser
        )

    def groups(self, *titles: str) -> "list[CommandGroup]":
        """Return for each title an object that adds commands to that group of the help."""
        self._listed |= {title: [] for title in titles}
        return [CommandGroup(self.ungrouped, self._listed[title]) for title in titles]

    def format_help(self) -> str:
        names = [name for group in self._listed.values() for name, _ in group]
        width = max(map(len, names)) + 2
        listed = [
            "\n".join([f"{title}:", *(f"  {name:<{width}}{does}" for name, does in commands)])
            for title, commands in self._listed.items()
        ]
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups)
        for text in (self.description, *listed, self.epilog):
            formatter.add_text(text)
        return formatter.format_help()


@dataclass(frozen=True)
class CommandGroup:
    """Adds commands as argparse's own action does, and remembers them for the help."""

    commands: Any
    listed: list[tuple[str, str]]

    def add_parser(self, name: str, **kwargs: Any) -> ArgumentParser:  # noqa: ANN401 - as above
        does = kwargs.pop("help")
        self.listed.append((name, does))
        added: ArgumentParser = self.commands.add_parser(name, description=does, **kwargs)
        return added


def group(commands: Any, name: str, about: str) -> Any:  # noqa: ANN401 - argparse has no public name
    return commands.add_parser(name, help=about).add_subparsers(required=True, metavar="ACTION")


def command(
    commands: Any,  # noqa: ANN401 - as above
    name: str,
    run: str,
    does: str,
    *options: Option,
    stack: str | None = None,
) -> ArgumentParser:
    """Add a command; for a subcommand, a `stack` of `argparse.SUPPRESS` keeps its parent's."""
    added: ArgumentParser = commands.add_parser(name, help=does)
    added.add_argument(
        "--stack",
        default=stack or os.environ.get("TICKETING_STACK"),
        help="name of the CloudFormation stack (default: $TICKETING_STACK)",
    )
    added.set_defaults(run=run)
    for add in options:
        add(added)
    return added


def order(command: ArgumentParser) -> None:
    command.add_argument(
        "order_number", metavar="ORDER", type=order_number, help="such as ORD-ABC123"
    )


def event(command: ArgumentParser) -> None:
    command.add_argument("event_id", metavar="EVENT", type=event_id, help="such as 5")


def order_number(text: str) -> str:
    """Return an order's number, or the id of one of its mails, as it was typed or copied."""
    name, mark, rest = "".join(text.split()).partition("#")
    number = name.upper()
    return f"{number if number.startswith('ORD-') else name}{mark}{rest}"


def ticket_id(text: str) -> str:
    """Return a ticket's id as it was typed or copied."""
    return "".join(text.split()).upper()


def tickets(command: Any) -> None:  # noqa: ANN401 - a parser or its group
    command.add_argument(
        "--ticket",
        dest="ticket_ids",
        metavar="ID",
        type=ticket_id,
        action="append",
        default=[],
        help="such as ORD-ABC123-02, once for each; default: all",
    )


def organiser(command: ArgumentParser) -> None:
    command.add_argument(
        "organiser_id", metavar="ID", type=organiser_id, help="such as jersey-live"
    )


def event_id(text: str) -> str:
    """Return an event's id as it was typed or copied."""
    return text.strip().upper()


def organiser_id(text: str) -> str:
    """Return an organiser's id as it was typed or copied."""
    return text.strip().lower()


def as_json(command: ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="for programs")


def reason(command: ArgumentParser) -> None:
    command.add_argument("--reason", required=True, metavar="TEXT", help=WHY)


def dry_run(command: ArgumentParser) -> None:
    command.add_argument("--dry-run", action="store_true", help="only show what would be written")
