"""The routes of an organiser's browser: to SumUp's consent page, and back from it."""

from datetime import UTC, datetime
from http import HTTPStatus

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from ticketing.bootstrap import services
from ticketing.bootstrap.connect_organiser import connect_organiser
from ticketing.errors import MissingSetting, NotConnected, Refusal, UnknownOrganiser
from ticketing.flows.connect_organiser import Return
from ticketing.observability import logger
from ticketing.web import connect_page
from ticketing.web.connect_page import Page

app = APIGatewayHttpResolver()


@app.get("/api/organisers/<organiser_id>/connect")
def connect(organiser_id: str) -> Response[str]:
    """Redirect the holder of an invitation to SumUp."""
    consent_page = connect_organiser(services()).begin(
        organiser_id, _parameter("invitation"), datetime.now(UTC)
    )
    headers = {**connect_page.HEADERS, "Location": consent_page}
    return Response(HTTPStatus.FOUND.value, "text/plain", "", headers)


@app.get("/api/organisers/callback")
def callback() -> Response[str]:
    """Connect the organiser with what SumUp sent along, and show the result."""
    back = Return(_parameter("state"), _parameter("code"), _parameter("error"))
    done = connect_organiser(services()).finish(back, datetime.now(UTC))
    return _response(connect_page.connected(done.organiser, done.merchant))


@app.exception_handler(NotConnected)  # type: ignore[untyped-decorator]  # Powertools leaves it so
def refused(error: NotConnected) -> Response[str]:
    """Show the organiser what went wrong."""
    logger.info("not connected", reason=str(error))
    return _response(connect_page.refused(error))


@app.exception_handler([MissingSetting, UnknownOrganiser])  # type: ignore[untyped-decorator]  # as above
def not_set_up(error: MissingSetting | UnknownOrganiser) -> Response[str]:
    """Show that the fault is ours; the log has the reason."""
    logger.error("no organiser can be connected", problem=str(error))
    return _response(connect_page.refused(NotConnected(Refusal.NOT_SET_UP)))


@app.not_found
def unknown(_: NotFoundError) -> Response[str]:
    """Answer every other address."""
    return _response(connect_page.UNKNOWN)


def _parameter(name: str) -> str:
    return app.current_event.query_string_parameters.get(name, "")


def _response(page: Page) -> Response[str]:
    body = connect_page.html(page, services().brand)
    return Response(page.status.value, "text/html; charset=utf-8", body, dict(connect_page.HEADERS))
