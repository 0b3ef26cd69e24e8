"""The local stack: the real template, built and deployed by sam, on a local AWS."""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from types import FrameType

from local import aws, kept_data, sam
from local.deploy_site import upload
from local.layers import finish_layers
from local.places import (
    AWS_PYTHON,
    CREDENTIALS,
    DATA,
    FUNCTION_ENVIRONMENT,
    PORTS,
    REGION,
    STACK,
    STATE,
    LocalStackError,
    Ports,
    aws_environment,
    record,
)
from local.processes import Server, only_one, port_open, run_step, step

START_SECONDS = 60.0
# Only these are started; others would open ports of their own.
SERVICES = (
    "apigateway,cloudformation,cloudfront,cloudwatch,dynamodb,events,iam,kms,lambda,logs,s3,"
    "secretsmanager,ses,sns,sqs,sts"
)
KEEPING_SECONDS = 60.0
"""How long the local AWS may take to write down what it keeps."""
AWS = Server("aws", stop_seconds=KEEPING_SECONDS)
SUMUP = Server("sumup")
SITE = Server("site")
SERVERS = (AWS, SUMUP, SITE)
SCRATCH = STATE / "tmp"


def up(at: Ports, *, keep: bool = False) -> None:
    """Start what does not run yet and deploy the template as it is now.

    With `keep` it goes on with the data of the last time, and `down` keeps what there is by then;
    otherwise it begins and ends empty. Whatever interrupts it, a failure or Ctrl-C, ends everything
    again unless it ran before.
    """
    started: list[Server] = []
    with signals_as_exit(), only_one() as lock:
        try:
            _start_servers(at, started, keep=keep)
            _deploy(at, lock)
            _prepare(at)
        except BaseException:
            with unhurried():
                for server in started:
                    server.stop(at_once=keep)  # nothing goes on with half a deployment
                if started and keep:
                    kept_data.leave_as_before(DATA)
            raise


def down() -> None:
    """End every process of the stack by its recorded pid, and remove what they leave behind."""
    with only_one(), unhurried():
        ended = [server.name for server in SERVERS if server.stop()]
        keeps = kept_data.is_in_use(DATA)
        rmtree(SCRATCH, ignore_errors=True)
        for path in (FUNCTION_ENVIRONMENT, aws.SHELL_ENVIRONMENT, PORTS):
            path.unlink(missing_ok=True)
        kept_data.end(DATA)
    if not ended:
        print("Nothing was running.")
        return
    print(f"Stopped: {', '.join(ended)}")
    goes_on = "`make up` goes on with it, `make clean` deletes it."
    print(f"Its data is kept in {DATA}: {goes_on}" if keeps else "It kept no data.")


def is_up() -> bool:
    """Return whether any process of the stack is running."""
    return any(server.running() for server in SERVERS)


def describe(at: Ports) -> str:
    """Return where everything is, for a person."""
    found = aws.outputs(at)
    places = {
        "Shop": at.site_url,
        "Page of health": f"{at.site_url}/ops/",
        "SumUp simulator": at.sumup_url,
        "AWS": at.aws_url,
        "Orders table": found["OrdersTable"],
        "Tickets bucket": found["TicketsBucket"],
        "Mails and PDFs": "make outbox",
        "Logs": f"make logs; of the servers: {_from_here(STATE)}",
        "Settings for sam local": _from_here(FUNCTION_ENVIRONMENT),
    }
    shell, width = _from_here(aws.SHELL_ENVIRONMENT), max(map(len, places))
    lines = [f"  {name:<{width}}  {place}" for name, place in places.items()]
    ends = (
        "`make down` stops everything and keeps the data, `make clean` deletes it."
        if kept_data.is_in_use(DATA)
        else "`make down` stops everything; nothing is kept."
    )
    return "\n".join(
        [
            "The local stack is up.",
            *lines,
            f"For `python -m ticketing doctor` and all other commands, type `. {shell}`.",
            f"It sets TICKETING_STACK={STACK} and the address of the local AWS.",
            ends,
        ]
    )


@contextmanager
def signals_as_exit() -> Iterator[None]:
    """Turn SIGTERM and a closed terminal into an exception, so that clean-up runs."""

    def leave(signum: int, _frame: FrameType | None) -> None:
        sys.exit(128 + signum)

    previous = {s: signal.signal(s, leave) for s in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for signum, handler in previous.items():
            signal.signal(signum, handler)


@contextmanager
def unhurried() -> Iterator[None]:
    """Let no second Ctrl-C cut the ending of processes short."""
    hurry = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    previous = {s: signal.signal(s, signal.SIG_IGN) for s in hurry}
    try:
        yield
    finally:
        for signum, handler in previous.items():
            signal.signal(signum, handler)


def _start_servers(at: Ports, started: list[Server], *, keep: bool) -> None:
    SCRATCH.mkdir(parents=True, exist_ok=True)
    emulator: list[str | Path] = [AWS_PYTHON, "-m", "local.emulator"]
    simulator: list[str | Path] = [sys.executable, "-m", "local.sumup", "--port", str(at.sumup)]
    if keep:
        simulator += ["--state", kept_data.of_sumup(DATA)]
    origin: list[str | Path] = [sys.executable, "-m", "local.origin"]
    origin += ["--port", str(at.site), "--aws-port", str(at.aws)]
    for server, command, port, variable in (
        (AWS, emulator, at.aws, "AWS_PORT"),
        (SUMUP, simulator, at.sumup, "SUMUP_PORT"),
        (SITE, origin, at.site, "SITE_PORT"),
    ):
        if _has_its_port(server, port, variable):
            continue
        if keep and server is AWS:
            kept_data.begin(at, DATA)
        record(at)
        with step(f"start {server.name} on port {port}"):
            started.append(server)
            server.start(command, server_environment(at, keep=keep))
            server.wait_for(port, START_SECONDS)


def _has_its_port(server: Server, port: int, variable: str) -> bool:
    """Return whether it runs already; raises if it or another program blocks the port."""
    running, taken = server.running(), port_open(port)
    if running and not taken:
        raise LocalStackError(
            f"{server.name} runs on another port than {port}: "
            f"stop it with `make down`, or set {variable} to that port"
        )
    if taken and not running:
        raise LocalStackError(
            f"port {port} is taken by another program; choose one: make {variable}={port + 1} ..."
        )
    return running


def server_environment(at: Ports, *, keep: bool = False) -> Mapping[str, str]:
    """Return the settings of all servers. Functions inherit them, so the caller's stay out."""
    wanted = ("HOME", "PATH", "LANG", "ALARM_PERIOD")
    kept = {key: os.environ[key] for key in wanted if key in os.environ}
    return {
        **kept,
        **CREDENTIALS,
        "AWS_DEFAULT_REGION": REGION,
        "AUTH": os.environ.get("AUTH") or "true",
        "GATEWAY_PORT": str(at.aws),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "SERVICES": SERVICES,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "TMPDIR": str(SCRATCH),
        "PYTHONUNBUFFERED": "1",
        **(kept_data.of_aws(DATA) if keep else {}),
    }


def _deploy(at: Ports, lock: int) -> None:
    environment = sam.environment()
    run_step("sam build", sam.build_command("local"), environment, STATE / "build.log", [lock])
    with step("finish the layers"):
        finish_layers()
    run_step(
        "sam deploy --config-env local",
        sam.deploy_command("local", sam.local_parameters(at)),
        environment | aws_environment(at),
        STATE / "deploy.log",
        [lock],
    )


def _prepare(at: Ports) -> None:
    with step("verify the sender, fill the SumUp secret, write the settings"):
        aws.verify_sender(sam.parameters("local", {})["SenderIdentity"], at)
        aws.fill_sumup_secret(at)
        aws.write_environments(at)
    with step("upload the site"):
        upload(aws.client("s3", at), aws.outputs(at)["SiteBucket"])


def _from_here(path: Path) -> Path:
    with suppress(ValueError):
        return path.relative_to(Path.cwd())
    return path
