"""`python -m local.sumup`: run the simulator until it is stopped."""

import argparse
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from local.sumup.app import Options, create_app
from local.sumup.server import HOST, build_server, listen

SECRET_VARIABLE = "SUMUP_SIM_CLIENT_SECRET"  # noqa: S105 - the name of the variable


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve on the loopback address until SIGTERM or SIGINT."""
    chosen = _parser().parse_args(arguments)
    app = create_app(
        Options(
            client_id=chosen.client_id,
            client_secret=chosen.client_secret,
            access_token_seconds=chosen.access_token_seconds,
            time_scale=chosen.time_scale,
            state=chosen.state,
        )
    )
    # The server raises a signal again once it has stopped; stopping on request is not a failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    with listen(chosen.port) as listener:
        port = listener.getsockname()[1]
        print(f"SumUp simulator: http://{HOST}:{port}", flush=True)
        build_server(app).run([listener])


def _parser() -> argparse.ArgumentParser:
    defaults = Options()
    secret = os.environ.get(SECRET_VARIABLE, defaults.client_secret)
    parser = argparse.ArgumentParser(prog="python -m local.sumup", description=__doc__)
    add = parser.add_argument
    add("--port", type=int, default=8788, help="0 takes any free port")
    add("--client-id", default=defaults.client_id)
    add("--client-secret", default=secret, help=f"better through {SECRET_VARIABLE}")
    add("--access-token-seconds", type=int, default=defaults.access_token_seconds)
    add("--time-scale", type=float, default=1.0, help="0.01 makes a minute 0.6 seconds")
    add("--state", type=Path, help="a file that keeps what it knows while it is stopped")
    return parser


if __name__ == "__main__":
    main()
