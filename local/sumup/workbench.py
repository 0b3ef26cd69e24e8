"""The control endpoints for the simulator itself: faults, logs, time, webhooks, reset."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.sumup.api import reply
from local.sumup.control_bodies import FAULT, fault_from, read_body
from local.sumup.faults import FaultList
from local.sumup.grants import GrantBook
from local.sumup.middleware import RequestLog
from local.sumup.webhooks import Courier
from local.sumup.world import World


class Workbench:
    """The endpoints over everything that is not money."""

    def __init__(
        self,
        world: World,
        grants: GrantBook,
        faults: FaultList,
        log: RequestLog,
        courier: Courier,
    ) -> None:
        self._world, self._grants = world, grants
        self._faults, self._log, self._courier = faults, log, courier

    def routes(self) -> list[Route]:
        """The endpoints, relative to the control prefix."""
        return [
            Route("/health", self.health, methods=["GET"]),
            Route("/reset", self.reset, methods=["POST"]),
            Route("/clock", self.clock, methods=["POST"]),
            Route("/faults", self.add_fault, methods=["POST"]),
            Route("/faults", self.list_faults, methods=["GET"]),
            Route("/faults", self.clear_faults, methods=["DELETE"]),
            Route("/faults/{fault_id:int}", self.remove_fault, methods=["DELETE"]),
            Route("/requests", self.list_requests, methods=["GET"]),
            Route("/requests", self.clear_requests, methods=["DELETE"]),
            Route("/webhooks", self.list_deliveries, methods=["GET"]),
            Route("/webhooks", self.switch_webhooks, methods=["POST"]),
        ]

    async def health(self, _request: Request) -> Response:
        """Whether it is up, and how much there is."""
        counts = {"merchants": len(self._world.merchants), "checkouts": len(self._world.checkouts)}
        return reply({"status": "ok", "now": self._world.now().isoformat()} | counts)

    async def reset(self, request: Request) -> Response:
        """Forget everything: merchants, tokens, checkouts, faults, logs, time shifts."""
        await read_body(request)
        self._courier.reset()
        self._world.clear()
        self._grants.clear()
        self._faults.clear()
        self._log.seen.clear()
        self._world.clock.reset()
        return reply({})

    async def clock(self, request: Request) -> Response:
        """{"advance": seconds}: let time pass."""
        seconds = (await read_body(request, "advance")).required_number("advance")
        return reply({"now": self._world.clock.advance(float(seconds)).isoformat()})

    async def add_fault(self, request: Request) -> Response:
        """Put a fault in force; `Fault` has its fields."""
        fault = self._faults.add(fault_from(await read_body(request, *FAULT)))
        return reply(asdict(fault), 201)

    async def list_faults(self, _request: Request) -> Response:
        """The faults in force, with how often each was used."""
        return reply({"items": [asdict(fault) for fault in self._faults.faults.values()]})

    async def clear_faults(self, _request: Request) -> Response:
        """Lift all faults."""
        self._faults.clear()
        return reply({})

    async def remove_fault(self, request: Request) -> Response:
        """Lift one fault."""
        self._faults.remove(request.path_params["fault_id"])
        return reply({})

    async def list_requests(self, _request: Request) -> Response:
        """What was asked of the API and how it was answered, oldest first."""
        seen = [asdict(one) | {"at": one.at.isoformat()} for one in self._log.seen]
        return reply({"items": seen})

    async def clear_requests(self, _request: Request) -> Response:
        """Forget the request log."""
        self._log.seen.clear()
        return reply({})

    async def list_deliveries(self, _request: Request) -> Response:
        """Every attempt to notify a `return_url`, oldest first."""
        done = [asdict(one) | {"at": one.at.isoformat()} for one in self._courier.deliveries]
        return reply({"enabled": self._courier.enabled, "items": done})

    async def switch_webhooks(self, request: Request) -> Response:
        """{"enabled"}: deliver notifications from now on, or lose them."""
        self._courier.enabled = (await read_body(request, "enabled")).flag("enabled")
        return reply({"enabled": self._courier.enabled})
