"""Two addresses for an organiser's browser: to SumUp's consent page, and back from it."""

from datetime import UTC, datetime
from http import HTTPStatus

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from ticketing.bootstrap import services
from ticketing.errors import MissingSetting, NotConnected, Refusal, UnknownOrganiser
from ticketing.flows.connect_organiser import Return
from ticketing.observability import fails_in_words, logger, metrics
from ticketing.web import connect_page
from ticketing.web.connect_page import Page

app = APIGatewayHttpResolver()


@app.get("/api/organisers/<organiser_id>/connect")
def connect(organiser_id: str) -> Response[str]:
    """Send whoever has an invitation to SumUp."""
    consent_page = services().connect_organiser.begin(
        organiser_id, _asked("invitation"), datetime.now(UTC)
    )
    headers = {**connect_page.HEADERS, "Location": consent_page}
    return Response(HTTPStatus.FOUND.value, "text/plain", "", headers)


@app.get("/api/organisers/callback")
def callback() -> Response[str]:
    """Take over what SumUp says, and tell how it went."""
    back = Return(_asked("state"), _asked("code"), _asked("error"))
    done = services().connect_organiser.finish(back, datetime.now(UTC))
    return _shown(connect_page.connected(done.organiser, done.merchant))


@app.exception_handler(NotConnected)  # type: ignore[untyped-decorator]  # Powertools leaves it so
def refused(error: NotConnected) -> Response[str]:
    """Say what went wrong, in the organiser's words."""
    logger.info("not connected", reason=str(error))
    return _shown(connect_page.refused(error))


@app.exception_handler([MissingSetting, UnknownOrganiser])  # type: ignore[untyped-decorator]  # as above
def not_set_up(error: MissingSetting | UnknownOrganiser) -> Response[str]:
    """Say that the fault is ours; the log says which."""
    logger.error("nobody can be connected", problem=str(error))
    return _shown(connect_page.refused(NotConnected(Refusal.NOT_SET_UP)))


@app.not_found
def unknown(_: NotFoundError) -> Response[str]:
    """Answer every other address."""
    return _shown(connect_page.UNKNOWN)


def _asked(name: str) -> str:
    return app.current_event.query_string_parameters.get(name, "")


def _shown(shown: Page) -> Response[str]:
    body = connect_page.html(shown, services().brand)
    return Response(
        shown.status.value, "text/html; charset=utf-8", body, dict(connect_page.HEADERS)
    )


@fails_in_words
@logger.inject_lambda_context(
    correlation_id_path=correlation_paths.API_GATEWAY_HTTP, clear_state=True
)
@metrics.log_metrics
def handler(event: dict[str, object], context: LambdaContext) -> dict[str, object]:
    """Answer one request."""
    return app.resolve(event, context)
