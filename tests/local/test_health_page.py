"""The page of health of the local stack: the operators' own command, run anew now and then."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import local.origin
from local import health_page
from local.health_page import HealthPage
from local.origin import Deployed, create_app
from local.places import STACK, Ports
from local.sumup.server import serving
from tests.local.test_origin import ask, stack

AT = Ports(aws=4570, sumup=0, site=0)


class Commands:
    """Stands for the command line: writes the page that it is asked for, or fails."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.environment: dict[str, str] = {}
        self.fails = False

    def __call__(self, command: list[str], environment: dict[str, str]) -> str:
        self.asked.append(command)
        self.environment = environment
        if self.fails:
            return "ticketing: AWS cannot be reached <b>"
        file = Path(command[command.index("--html") + 1])
        assert not file.exists(), "it overwrites no file"
        file.write_text(f"<h1>health {len(self.asked)}")
        return ""


@pytest.fixture(autouse=True)
def commands(monkeypatch: pytest.MonkeyPatch) -> Commands:
    found = Commands()
    monkeypatch.setattr(health_page, "_said_by", found)
    return found


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[int]:
    """The port of an origin with a page of health."""
    app = create_app(Deployed(AT), tmp_path, HealthPage(AT).content)
    with serving(app) as url:
        yield urlsplit(url).port or 0


def test_the_page_is_what_the_operators_command_writes(origin: int, commands: Commands) -> None:
    answer, body = ask(origin, "/ops/")

    assert (answer.status, body) == (200, b"<h1>health 1")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"] is None, "the page has its own"
    (command,) = commands.asked
    assert command[:4] == [sys.executable, "-m", "ticketing", "report"]
    assert command[-2:] == ["--stack", STACK]
    assert commands.environment["AWS_ENDPOINT_URL"] == AT.aws_url
    assert commands.environment["PATH"] == os.environ["PATH"]


def test_a_page_of_some_seconds_ago_is_shown_again(
    origin: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_page, "NEW_AFTER", 1000)
    assert ask(origin, "/ops/")[1] == ask(origin, "/ops")[1] == b"<h1>health 1"

    monkeypatch.setattr(health_page, "NEW_AFTER", 0)

    assert ask(origin, "/ops/")[1] == b"<h1>health 2"


def test_what_the_command_says_is_shown_if_it_writes_no_page(
    origin: int, commands: Commands
) -> None:
    commands.fails = True

    answer, body = ask(origin, "/ops/")

    assert (answer.status, body) == (503, b"ticketing: AWS cannot be reached <b>")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    commands.fails = False
    assert ask(origin, "/ops/")[0].status == 200, "a failure is not kept"


RUN = health_page._said_by


def test_the_real_command_is_run_and_its_error_returned() -> None:
    said = RUN([sys.executable, "-c", "import sys; sys.exit('no stack')"], {})

    assert said == "no stack"


def test_an_origin_may_have_no_page_of_health(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local.origin, "aws", stack({}))
    with serving(create_app(Deployed(AT), tmp_path)) as url:
        assert ask(urlsplit(url).port or 0, "/ops/")[0].status == 404
