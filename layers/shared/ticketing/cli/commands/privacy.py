"""`privacy`: export or erase the data of one person."""

import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from ticketing.adapters.dynamodb.subject_access import PersonalRows
from ticketing.bootstrap import Services
from ticketing.bootstrap.erase_buyers import erase_buyers
from ticketing.cli.commands import ATTENTION, OK
from ticketing.cli.commands.event_lists import name_unreadable
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import counted, in_json
from ticketing.cli.terminal import bad, progress, say
from ticketing.emails.address import single_address
from ticketing.flows.erase_buyers import Erased
from ticketing.flows.export_buyer import Export, ExportBuyer
from ticketing.payments.manual_decision import checked_note


def export(options: Namespace, stack: Stack) -> int:
    """Print everything about one person; with `--to`, also write it to a folder with the files.

    The exit code tells if there are rows that cannot be read.
    """
    services, address = stack.services(), single_address(options.email)
    gather = ExportBuyer(services.orders, services.outbox, PersonalRows(), services.archive)
    found = gather(address, datetime.now(UTC))
    if options.to:
        _write(found, services, options.to)
    print(in_json(found.as_json))
    unreadable = [f"{name}: {why}" for name, why in found.unreadable.items()]
    return name_unreadable(unreadable, "cannot be read, so the export may lack it")


def erase(options: Namespace, stack: Stack) -> int:
    """Erase one person; the exit code tells if something may not be erased yet."""
    reason, address = checked_note(options.reason), single_address(options.email)
    with progress("Erasing") as show:
        done = erase_buyers(stack.services()).of_person(
            address,
            reason,
            datetime.now(UTC),
            even_before_the_event=options.even_before_the_event,
            dry_run=options.dry_run,
            progress=lambda so_far: show(counted(len(so_far.orders), "order")),
        )
    if options.json:
        print(in_json({"erased": done.orders, "mails": done.others, "kept": done.kept}))
    else:
        _print(done, dry_run=options.dry_run)
    return ATTENTION if done.kept else OK


def fold(_: Namespace, stack: Stack) -> int:
    """File the orders of an earlier version under their addresses in lower case."""
    orders = stack.services().orders
    done = sum(orders.fold_address(*found) for found in orders.unfolded_addresses())
    print(f"{done} {'order is' if done == 1 else 'orders are'} filed in small letters now")
    return OK


def _write(found: Export, services: Services, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "export.json").write_text(in_json(found.as_json) + "\n", encoding="utf-8")
    for key in found.files:
        body = services.archive.read(key)
        if body is not None:
            target = folder / key
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)
    files, verb = counted(len(found.files), "file"), "is" if len(found.files) == 1 else "are"
    print(f"{files} {verb} in {folder}", file=sys.stderr)


def _print(done: Erased, *, dry_run: bool) -> None:
    erased = "would be erased" if dry_run else "is erased"
    for number in done.orders:
        print(f"Order {number}: its buyer {erased}")
    for mail_id in done.others:
        print(f"Mail {mail_id}: its content {erased}")
    for name, why in done.kept.items():
        say(bad(f"{name}: kept, {why}"))
    if not (done.orders or done.others or done.kept):
        print("Nothing is kept under this address.")
