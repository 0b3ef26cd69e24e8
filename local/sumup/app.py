"""The application: every part made once and wired here."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp

from local.sumup import pages, refusals
from local.sumup.api import Api, refuse, reply
from local.sumup.clock import Clock
from local.sumup.faults import FaultList
from local.sumup.grants import GrantBook
from local.sumup.hosted import HostedPages
from local.sumup.kept import StateFile
from local.sumup.middleware import STEERING, RequestLog, with_faults
from local.sumup.oauth import Client, OAuth
from local.sumup.steering import Steering
from local.sumup.webhooks import Courier
from local.sumup.widget import Widget
from local.sumup.workbench import Workbench
from local.sumup.world import World


@dataclass(frozen=True)
class Options:
    """How the simulator is set up. `time_scale` stretches the waits between webhook attempts.

    `state` is the file that keeps what it knows while it is stopped.
    """

    client_id: str = "simulated-client"
    client_secret: str = "simulated-secret"  # noqa: S105 - opens nothing but this simulator
    access_token_seconds: int = 3599
    time_scale: float = 1.0
    state: Path | None = None


def create_app(options: Options | None = None) -> ASGIApp:
    """A simulator with nothing in it."""
    options = options or Options()
    clock, faults = Clock(), FaultList()
    courier = Courier(clock, options.time_scale)
    world, log = World(clock, courier.announce), RequestLog(clock)
    grants = GrantBook(clock, options.access_token_seconds)
    client = Client(options.client_id, options.client_secret)
    steering = Steering(world, grants, courier)
    workbench = Workbench(world, grants, faults, log, courier)
    routes = [
        *Api(world, grants).routes(),
        *OAuth(world, grants, client).routes(),
        *HostedPages(world).routes(),
        *Widget(world).routes(),
        *pages.ROUTES,
        Mount(STEERING, routes=[*workbench.routes(), *steering.routes()]),
    ]
    handlers = {refusals.Refusal: refuse, HTTPException: _no_route}
    kept = StateFile(options.state, world, grants, clock) if options.state else None
    lifespan = _life(courier, kept)
    app = Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)
    # A name other than this machine's is a web page trying its luck through a rebound DNS entry.
    return TrustedHostMiddleware(log.watch(with_faults(app, faults)), ["127.0.0.1", "localhost"])


def _life(
    courier: Courier, kept: StateFile | None
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        if kept:
            kept.load()
        yield
        courier.close()
        if kept:
            kept.save()

    return lifespan


async def _no_route(_request: Request, problem: Exception) -> Response:
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    refusal = refusals.problem(status, "not-found", "Not Found", "There is no such endpoint.")
    return reply(refusal.body, status, refusal.media_type)
