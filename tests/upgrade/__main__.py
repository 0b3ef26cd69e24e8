"""Updates a running stack of an earlier commit to this one: `python -m tests.upgrade COMMIT`.

The earlier commit deploys its own template with its own code and sells (see `before`). Then this
commit is deployed over it, the queues run again, and every order must end as it would have. The
archived mail of an order from before must be sent again, and the audit must find nothing.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import requests

from local import sam
from local.aws import client, outputs
from local.layers import finish_layers
from local.places import ROOT, STACK, Ports, aws_environment, ports
from local.processes import Server, run_step, step
from local.shop import Shop
from local.stack import START_SECONDS, server_environment
from local.stories import (
    NO_CHECKOUT,
    Outcome,
    Story,
    eventually,
    look,
    stories,
    wait_for_mails,
)
from ticketing.cli import ATTENTION, OK
from ticketing.orders.order import OrderStatus

BUILD = ROOT / "build" / "upgrade"
PORTS = {
    "AWS_PORT": "34566",
    "SUMUP_PORT": "38788",
    "SITE_PORT": "38080",
    "UPDATED_SITE_PORT": "38081",
}
"""Ports of its own, so that a stack that somebody works with is left alone."""
PAUSED = ("DeliverTicketsFunction", "VerifyPaymentFunction")


def main(commit: str) -> int:
    """Run the update; return 1 if an order ended otherwise than it should."""
    for name, port in PORTS.items():
        os.environ[name] = os.environ.get(name) or port
    BUILD.mkdir(parents=True, exist_ok=True)
    tree, state = earlier(commit), BUILD / "orders.json"
    at = ports()
    try:
        with step(f"deploy {commit} and sell with it"):
            in_tree(tree, str(Path(__file__).with_name("before.py")), str(state))
        sold = json.loads(state.read_text())
        kept = command(at, "links", "keep")
        deploy(at)
        published = command(at, "qr", "publish")
        problems = [] if kept == published == OK else ["a command of the update failed"]
        with updated_site(at) as site:
            problems += opened(site, sold["orders"][0], sold["link"])
        return finish(at, sold["orders"], problems)
    finally:
        in_tree(tree, "-m", "local", "down")


def earlier(commit: str) -> Path:
    """Check the commit out beside this tree, with a virtual environment of its own."""
    tree = BUILD / commit
    if not tree.exists():
        subprocess.run(["git", "worktree", "prune"], cwd=ROOT, check=True)
        added = ["git", "worktree", "add", "--detach", str(tree), commit]
        subprocess.run(added, cwd=ROOT, check=True, capture_output=True)
    run_step(f"set {commit} up", ["make", "-C", tree, "setup"], os.environ, BUILD / "setup.log")
    return tree


def in_tree(tree: Path, *words: str) -> None:
    """Run the earlier commit's Python in its own tree."""
    python = tree / ".venv" / "bin" / "python"
    log = BUILD / "before.log"
    with log.open("ab") as out:
        done = subprocess.run([python, *words], cwd=tree, check=False, stdout=out, stderr=out)
    if done.returncode:
        sys.exit(f"the earlier commit failed: {log}")


def deploy(at: Ports) -> None:
    """Deploy this commit over the running stack, as `sam deploy` does everywhere."""
    environment = sam.environment()
    run_step("sam build", sam.build_command("local"), environment, BUILD / "build.log")
    finish_layers()
    command = sam.deploy_command("local", sam.local_parameters(at))
    run_step("sam deploy", command, environment | aws_environment(at), BUILD / "deploy.log")


@contextmanager
def updated_site(at: Ports) -> Iterator[str]:
    """Serve the shop as this commit's distribution does, with the key that the API asks for."""
    port = int(os.environ["UPDATED_SITE_PORT"])
    server = Server("updated-site", BUILD)
    command = [sys.executable, "-m", "local.origin", "--port", port, "--aws-port", at.aws]
    server.start([str(word) for word in command], server_environment(at))
    try:
        server.wait_for(port, START_SECONDS)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()


def opened(site: str, order_number: str, token: str) -> list[str]:
    """Open the link of an order from before the update."""
    url = f"{site}/api/orders/{order_number}"
    status = requests.get(url, headers={"X-Order-Token": token}, timeout=30).status_code
    return [] if status == HTTPStatus.OK else [f"a link from before answered {status}"]


def finish(at: Ports, numbers: list[str], problems: list[str]) -> int:
    """Let the queues run, poll, and compare how each order ended; `problems` are known already."""
    shop, buyers = Shop(at), stories()
    for buyer, number in zip(buyers, numbers, strict=True):
        buyer.order_number = number
        if buyer.title == NO_CHECKOUT:
            # It is twenty minutes old here, and SumUp has to say for ten that there is none.
            buyer.expected = Outcome(OrderStatus.PENDING)
    resume(at)
    with step("poll, and wait for the mails to leave"):
        in_order = command(at, "poll")
        wait_for_mails(shop)
        command(at, "poll")
        wait_for_mails(shop)
    look(at, shop, buyers)
    wrong = [buyer for buyer in buyers if not buyer.is_right]
    print(
        "\n".join(f"  {'WRONG' if b in wrong else 'ok':<5} {b.title:<28} {b.seen}" for b in buyers)
    )
    problems += [f"{buyer.title}: {buyer.seen}, not {buyer.expected}" for buyer in wrong]
    problems += [] if in_order in {OK, ATTENTION} else [f"poll answered {in_order}"]
    problems += sent_again(at, shop, buyers[0])
    audited = command(at, "audit")
    problems += [] if audited == OK else [f"the audit answered {audited}"]
    print(
        "\n".join(f"WRONG: {problem}" for problem in problems) or "Every order ended as it should."
    )
    return 1 if problems else 0


def resume(at: Ports) -> None:
    """Let the functions take messages again."""
    functions = client("lambda", at)
    for name in PAUSED:
        found = functions.list_event_source_mappings(FunctionName=outputs(at)[name])
        for mapping in found["EventSourceMappings"]:
            functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def sent_again(at: Ports, shop: Shop, buyer: Story) -> list[str]:
    """Send the tickets of an order from before the update again."""
    assert shop.services.orders.get(buyer.order_number).status is OrderStatus.COMPLETED
    before = len(mails_of(at, shop, buyer))
    answer = command(at, "resend", buyer.order_number)
    wait_for_mails(shop)
    eventually(lambda: len(mails_of(at, shop, buyer)) == before + 1)
    return [] if answer == OK else [f"resend answered {answer}"]


def mails_of(at: Ports, shop: Shop, buyer: Story) -> tuple[str, ...]:
    """Return the subjects of the mails that left for a buyer."""
    look(at, shop, [buyer])
    return buyer.seen.mails if buyer.seen else ()


def command(at: Ports, *words: str) -> int:
    """Run an operators' command of this commit."""
    asked = [sys.executable, "-m", "ticketing", *words, "--stack", STACK]
    return subprocess.run(asked, env={**os.environ, **aws_environment(at)}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
