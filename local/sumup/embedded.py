"""A simulator inside this process, for tests."""

import contextlib
from collections.abc import Iterator

from local.sumup.app import Options, create_app
from local.sumup.control import Simulator
from local.sumup.server import serving


@contextlib.contextmanager
def running(options: Options | None = None, port: int = 0) -> Iterator[Simulator]:
    """A simulator in a thread, for the length of a `with` block; port 0 takes any free one."""
    with serving(create_app(options), port) as base_url:
        yield Simulator(base_url)
