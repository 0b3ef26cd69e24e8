"""The routes that take an organiser's browser to SumUp's consent page, and back from it."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from ticketing.bootstrap import services
from ticketing.bootstrap.connect_organiser import connect_organiser
from ticketing.errors import MissingSetting, NotConnected, Refusal, UnknownOrganiser
from ticketing.flows.connect_organiser import Return
from ticketing.observability import logger
from ticketing.organisers.invitation import SIGN_IN_LIFETIME, WORD, new_word
from ticketing.web import connect_page
from ticketing.web.connect_page import Page

COOKIE = "sumup-sign-in"
"""This cookie ties a sign-in to its browser. A second tab of that browser shares it."""

app = APIGatewayHttpResolver()


@app.get("/api/organisers/<organiser_id>/connect")
def connect(organiser_id: str) -> Response[str]:
    """Redirect the holder of an invitation to SumUp."""
    browser = _browser() or new_word()
    consent_page = connect_organiser(services()).begin(
        organiser_id, _parameter("invitation"), browser, datetime.now(UTC)
    )
    headers = {**connect_page.HEADERS, "Location": consent_page}
    cookies = [_cookie(browser, SIGN_IN_LIFETIME)]
    return Response(HTTPStatus.FOUND.value, "text/plain", "", headers, cookies)


@app.get("/api/organisers/callback")
def callback() -> Response[str]:
    """Connect the organiser with the code that SumUp sent, and show the result."""
    back = Return(_parameter("state"), _browser(), _parameter("code"), _parameter("error"))
    done = connect_organiser(services()).finish(back, datetime.now(UTC))
    response = _response(connect_page.connected(done.organiser, done.merchant))
    response.cookies = [_cookie("", timedelta())]
    return response


@app.exception_handler(NotConnected)  # type: ignore[untyped-decorator]  # Powertools leaves it so
def refused(error: NotConnected) -> Response[str]:
    """Show the organiser what went wrong."""
    logger.info("not connected", reason=str(error))
    return _response(connect_page.refused(error))


@app.exception_handler([MissingSetting, UnknownOrganiser])  # type: ignore[untyped-decorator]  # as above
def not_set_up(error: MissingSetting | UnknownOrganiser) -> Response[str]:
    """Say that the fault is ours; the log has the reason."""
    logger.error("no organiser can be connected", problem=str(error))
    return _response(connect_page.refused(NotConnected(Refusal.NOT_SET_UP)))


@app.not_found
def unknown(_: NotFoundError) -> Response[str]:
    """Answer every other address."""
    return _response(connect_page.UNKNOWN)


def _parameter(name: str) -> str:
    return app.current_event.query_string_parameters.get(name, "")


def _is_secure() -> bool:
    return services().settings.public_url.startswith("https://")


def _cookie_name() -> str:
    """Return the cookie's name; browsers keep `__Host-` cookies only of https sites.

    The local stack is none.
    """
    return f"__Host-{COOKIE}" if _is_secure() else COOKIE


def _cookie(browser: str, lifetime: timedelta) -> Cookie:
    """Return the cookie for a browser to keep until SumUp redirects it back to us.

    It is `Lax`, because SumUp's redirect is a visit from another site.
    """
    return Cookie(
        _cookie_name(),
        browser,
        path="/",
        secure=_is_secure(),
        http_only=True,
        max_age=int(lifetime.total_seconds()),
        same_site=SameSite.LAX_MODE,
    )


def _browser() -> str:
    """Return the random text in the browser's cookie, or an empty one if it has none of ours."""
    event = app.current_event
    # API Gateway takes the cookies out of the headers; the local stack leaves them there.
    cookies = [*event.cookies, *event.headers.get("cookie", "").split(";")]
    named = (cookie.strip().partition("=") for cookie in cookies)
    found = next((value for name, _, value in named if name == _cookie_name()), "")
    return found if WORD.fullmatch(found) else ""


def _response(page: Page) -> Response[str]:
    body = connect_page.html(page, services().brand)
    return Response(page.status.value, "text/html; charset=utf-8", body, dict(connect_page.HEADERS))
