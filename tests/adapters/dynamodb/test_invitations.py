"""Invitations and sign-ins in the requests table: valid once, and for a limited time."""

import json

import pytest

from tests.support.aws import World
from tests.support.builders import NOW, later
from ticketing.adapters.dynamodb.invitations import Invitations
from ticketing.adapters.dynamodb.models import RequestRow
from ticketing.organisers.invitation import (
    INVITATION_LIFETIME,
    SIGN_IN_LIFETIME,
    SignIn,
    browser_key,
    connect_url,
    invitation_key,
    sign_in_key,
)

LINKS = Invitations()
KEY, STATE = invitation_key("an invitation"), sign_in_key("a state")
BROWSER = browser_key("a browser")
SIGN_IN = SignIn("harbour-arts", KEY, "a verifier", BROWSER)


def test_an_invitation_names_its_organiser_until_it_expires(world: World) -> None:
    ends = LINKS.invite(KEY, "harbour-arts", NOW)

    assert ends == NOW + INVITATION_LIFETIME
    assert LINKS.invited(KEY, later(days=6)) == "harbour-arts"
    assert LINKS.invited(KEY, ends) is None
    assert world.wire.calls[-1].body["ConsistentRead"] is True


def test_an_invitation_can_be_used_once(world: World) -> None:
    LINKS.invite(KEY, "harbour-arts", NOW)

    assert LINKS.spend(KEY, NOW)
    assert not LINKS.spend(KEY, NOW)
    assert LINKS.invited(KEY, NOW) is None
    assert len(world.items("RequestsTable")) == 1


def test_using_an_invitation_survives_a_lost_response(world: World) -> None:
    LINKS.begin(STATE, SIGN_IN, NOW)
    world.wire.lose_answer("UpdateItem")

    assert LINKS.finish(STATE, BROWSER, NOW) == SIGN_IN
    assert LINKS.finish(STATE, BROWSER, NOW) is None


def test_a_sign_in_expires_after_ten_minutes(world: World) -> None:
    LINKS.begin(STATE, SIGN_IN, NOW)
    before = world.contents()

    assert LINKS.finish(STATE, BROWSER, NOW + SIGN_IN_LIFETIME) is None
    assert not LINKS.spend(STATE, NOW + SIGN_IN_LIFETIME)
    assert world.contents() == before


@pytest.mark.usefixtures("world")
def test_invitations_and_sign_ins_are_not_interchangeable() -> None:
    LINKS.invite(STATE, "harbour-arts", NOW)
    LINKS.begin(KEY, SIGN_IN, NOW)

    assert LINKS.finish(STATE, BROWSER, NOW) is None
    assert LINKS.invited(KEY, NOW) is None


def test_looking_up_an_unknown_link_creates_no_row(world: World) -> None:
    assert LINKS.invited(KEY, NOW) is None
    assert LINKS.finish(STATE, BROWSER, NOW) is None
    assert not LINKS.spend(KEY, NOW)
    assert world.items("RequestsTable") == []


@pytest.mark.usefixtures("world")
def test_an_incomplete_row_is_ignored() -> None:
    LINKS.invite(KEY, "harbour-arts", NOW)
    RequestRow(KEY).update([RequestRow.kind.remove()])

    assert LINKS.invited(KEY, NOW) is None


def test_a_link_contains_the_organiser_and_the_invitation() -> None:
    url = connect_url("https://tickets.example.com/", "harbour-arts", "a-word")

    assert url == (
        "https://tickets.example.com/api/organisers/harbour-arts/connect?invitation=a-word"
    )


def test_a_sign_in_stays_for_the_browser_that_began_it(world: World) -> None:
    LINKS.begin(STATE, SIGN_IN, NOW)
    before = world.contents()

    assert LINKS.finish(STATE, browser_key("another"), NOW) is None
    assert world.contents() == before
    assert LINKS.finish(STATE, BROWSER, NOW) == SIGN_IN


def test_a_sign_in_from_before_browsers_were_noted_is_over(world: World) -> None:
    LINKS.begin(STATE, SIGN_IN, NOW)
    earlier = {"organiser_id": "harbour-arts", "invitation_key": KEY, "verifier": "a verifier"}
    RequestRow(STATE).update([RequestRow.payload.set(json.dumps(earlier))])

    assert LINKS.finish(STATE, BROWSER, NOW) is None
    assert len(world.items("RequestsTable")) == 1
