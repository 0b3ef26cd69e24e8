"""Commands of the local stack: `python -m local up`. The Makefile names them all."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from local import logs, sam, stack
from local.invoke import invoke
from local.places import LocalStackError, ports


def up(_chosen: argparse.Namespace) -> int:
    """Start the local stack with its sample shop; with EMPTY set, a stack that keeps nothing."""
    from local import shop  # noqa: PLC0415 - `down` has to work while our own code does not

    at, is_empty = ports(), bool(os.environ.get("EMPTY"))
    stack.up(at, keep=not is_empty)
    opened = "The shop is empty: `make events` opens it." if is_empty else shop.prepare(at)
    print(f"{stack.describe(at)}\n{opened}")
    return 0


def down(_chosen: argparse.Namespace) -> int:
    """Stop the local stack and keep its data."""
    stack.down()
    return 0


def demo(_chosen: argparse.Namespace) -> int:
    """Show nine buyers, from order to inbox."""
    from local import demo  # noqa: PLC0415 - as above

    return demo.run(ports())


def events(_chosen: argparse.Namespace) -> int:
    """Put two events on sale in the local shop."""
    from local import shop  # noqa: PLC0415 - as above

    print(shop.sell(ports()))
    return 0


def poll(_chosen: argparse.Namespace) -> int:
    """Verify all pending orders now and report."""
    from local import demo  # noqa: PLC0415 - as above

    return demo.poll(ports())


def doctor(_chosen: argparse.Namespace) -> int:
    """Say what the local stack lacks."""
    from local import demo  # noqa: PLC0415 - as above

    return demo.doctor(ports())


def outbox(_chosen: argparse.Namespace) -> int:
    """Write the mails and PDFs that left as files."""
    from local import outbox  # noqa: PLC0415 - as above

    print(outbox.describe(ports()))
    return 0


def follow_logs(_chosen: argparse.Namespace) -> int:
    """Follow the functions' logs."""
    logs.follow(ports())
    return 0


def run_function(chosen: argparse.Namespace) -> int:
    """Run a deployed function once."""
    return 0 if invoke(chosen.function, chosen.event, ports()) else 1


def build(_chosen: argparse.Namespace) -> int:
    """Run `sam build`."""
    sam.build()
    return 0


def deploy(chosen: argparse.Namespace) -> int:
    """Build and deploy to AWS."""
    sam.deploy(chosen.stage)
    return 0


def upload_site(chosen: argparse.Namespace) -> int:
    """Upload the site to a deployed stack."""
    from local import deploy_site  # noqa: PLC0415 - as above

    print(deploy_site.deploy(chosen.stage, ports()))
    return 0


def deploy_firewall(chosen: argparse.Namespace) -> int:
    """Deploy the web ACL of a stage."""
    from local import firewall  # noqa: PLC0415 - as above

    print(firewall.deploy(chosen.stage, ports()))
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "up": up,
    "down": down,
    "demo": demo,
    "events": events,
    "poll": poll,
    "doctor": doctor,
    "outbox": outbox,
    "logs": follow_logs,
    "invoke": run_function,
    "build": build,
    "deploy": deploy,
    "deploy-site": upload_site,
    "deploy-firewall": deploy_firewall,
}


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    added = {name: commands.add_parser(name, help=do.__doc__) for name, do in COMMANDS.items()}
    added["invoke"].add_argument("function", help="its logical id, such as ScanOrdersFunction")
    added["invoke"].add_argument("event", nargs="?", type=Path, help="file with the event")
    for command in ("deploy", "deploy-site", "deploy-firewall"):
        added[command].add_argument("stage", help="an environment of samconfig.toml")
    return parser.parse_args(arguments)


def main() -> int:
    """Run, and print an expected error as one line."""
    chosen = parse()
    try:
        return COMMANDS[chosen.command](chosen)
    except LocalStackError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
