"""Webhook endpoints by themselves: who keeps them, how many, their secrets, and when they are paused (INT-7)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import deliveries, webhooks
from app.domain.deliveries import AT_ONCE, Attempt, Delivery, DeliveryFailure, DeliveryState, Terms, wait_after
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.lifecycle import Who
from app.domain.webhooks import ENDPOINTS_MOST, OVERLAP_MOST, Endpoint, Place, Wanted, WebhookState, WebhookTrouble
from tests.domain.build import START, act

WANTED = Wanted("https://erp.example.com/", "subscription { events { cursor } }", None, {})
TERMS, FIRST = Terms(), timedelta(seconds=5)


def made(who: Who = Who.OWNER, there: int = 0) -> Endpoint:
    """An endpoint of somebody."""
    return webhooks.create(act(who), WANTED, Place(7, 8), "a key", there)[0]


def code(doing: Callable[[], object]) -> ErrorCode:
    """With which code something is refused."""
    with pytest.raises(Refusal) as refusal:
        doing()
    return refusal.value.code


def attempt(failure: DeliveryFailure | None, status: int | None = None) -> Attempt:
    """An attempt that came to something."""
    return Attempt(UUID(int=1), UUID(int=2), 1, START, 5, status, failure, None)


def delivery(attempts: int, event_id: int | None = 9) -> Delivery:
    """A delivery that was attempted so often."""
    number, waiting = UUID(int=3), DeliveryState.WAITING
    return Delivery(
        number, UUID(int=4), event_id, 7, number, "ORDER_DRAFTED", START, waiting, START, START, attempts, attempts
    )


def failing(times: int, lasting: timedelta, failure: DeliveryFailure = DeliveryFailure.STATUS) -> WebhookTrouble | None:
    """What an endpoint comes to that has failed so often over so long, evenly."""
    endpoint, trouble = made(), None
    for number in range(times):
        now: datetime = START + lasting * number / max(times - 1, 1)
        endpoint, trouble = deliveries.judged(endpoint, now, attempt(failure, 500), TERMS)
    return trouble


@pytest.mark.parametrize("who", [Who.SALES, Who.FINANCE, Who.OPERATOR, Who.TIME])
def test_nobody_else_keeps_endpoints(who: Who) -> None:
    """INT-7: neither sales nor finance nor operators."""
    assert code(lambda: made(who)) is ErrorCode.FORBIDDEN


def test_an_access_token_keeps_no_endpoint() -> None:
    """INT-2, INT-7: it would be told more than its scopes, and for longer than it lasts."""
    doing = act(Who.OWNER)
    assert doing.actor is not None
    by_token = replace(doing, actor=replace(doing.actor, token_id=UUID(int=5)))
    endpoint = made()
    for refused in (
        lambda: webhooks.create(by_token, WANTED, Place(0, 0), "a key", 0),
        lambda: webhooks.change(endpoint, by_token, WANTED),
        lambda: webhooks.pause(endpoint, by_token),
        lambda: webhooks.delete(endpoint, by_token),
        lambda: webhooks.rotate(endpoint, by_token, "a key", timedelta()),
        lambda: webhooks.redeliver(endpoint, by_token, Place(0, 0)),
    ):
        assert code(refused) is ErrorCode.PERSON_NEEDED


def test_there_are_ten_at_most() -> None:
    """INT-7: the eleventh is refused."""
    assert ENDPOINTS_MOST == 10
    assert made(there=9).state is WebhookState.ACTIVE
    assert code(lambda: made(there=10)) is ErrorCode.TOO_MANY


def test_events_tell_its_keepers_and_nobody_else() -> None:
    """INT-7: the company's owners, or the buyer; with what was done, and never where it leads."""
    for who in (Who.OWNER, Who.BUYER):
        endpoint, happening = webhooks.create(act(who), WANTED, Place(7, 8), "a key", 0)
        assert (happening.kind, happening.version) == (EventKind.WEBHOOK_CHANGED, 1)
        assert (happening.seller_id is None, happening.buyer_id is None) == (who is Who.BUYER, who is Who.OWNER)
        assert happening.facts == {"endpoint": f"whk_{endpoint.id.hex}", "change": "CREATED"}
        assert endpoint.place == Place(7, 8)


def test_the_secret_before_goes_on_for_a_while() -> None:
    """INT-7: for seven days at most, and only the one before."""
    endpoint, _ = webhooks.rotate(made(), act(Who.OWNER), "another", OVERLAP_MOST)
    assert endpoint.secrets(START) == [("another", 2), ("a key", 1)]
    assert endpoint.secrets(START + timedelta(days=7)) == [("another", 2)]
    endpoint, _ = webhooks.rotate(endpoint, act(Who.OWNER), "another", timedelta())
    assert endpoint.secrets(START) == [("another", 3)]
    late = timedelta(days=7, seconds=1)
    assert code(lambda: webhooks.rotate(made(), act(Who.OWNER), "a", late)) is ErrorCode.OUT_OF_RANGE


def test_what_is_accepted() -> None:
    """INT-7: every status of success, and nothing that points elsewhere."""
    failures = {status: deliveries.failure_of(status) for status in (101, 199, 200, 204, 299, 300, 302, 308, 400, 503)}
    assert {status for status, failure in failures.items() if failure is None} == {200, 204, 299}
    assert {status for status, failure in failures.items() if failure is DeliveryFailure.REDIRECT} == {300, 302, 308}


def test_the_schedule() -> None:
    """INT-7: four times as long each time up to six hours, a fifth shorter or longer, and never out of bounds."""
    waits = [wait_after(FIRST, number, 0.5) for number in range(1, 12)]
    seconds = [5, 20, 80, 320, 1_280, 5_120, 20_480, 21_600, 21_600, 21_600, 21_600]
    assert waits == [timedelta(seconds=each) for each in seconds]
    assert wait_after(FIRST, 1, 0.0) == timedelta(seconds=4)
    assert wait_after(FIRST, 1, 1.0) == timedelta(seconds=6)
    assert wait_after(FIRST, 10**9, 1.0) == timedelta(hours=7.2)


def test_twelve_attempts_are_made() -> None:
    """INT-7: after the twelfth it is given up; a test is sent once."""
    eleventh = deliveries.fail(delivery(11), START, TERMS, 0.5)
    assert (eleventh.state, eleventh.next_attempt_at) == (DeliveryState.WAITING, START + timedelta(hours=6))
    assert deliveries.fail(delivery(12), START, TERMS, 0.5).state is DeliveryState.DEAD
    assert deliveries.fail(delivery(1, event_id=None), START, TERMS, 0.5).state is DeliveryState.DEAD


def test_when_an_endpoint_is_paused() -> None:
    """INT-7: after 24 hours in which nothing was accepted, in five attempts at least; what is our fault counts not."""
    day = timedelta(hours=24)
    assert failing(5, day) is WebhookTrouble.FAILING
    assert failing(5, day - timedelta(seconds=1)) is None
    assert failing(4, 10 * day) is None
    assert failing(9, 10 * day, DeliveryFailure.NOT_MADE) is None
    endpoint, _ = deliveries.judged(made(), START, attempt(DeliveryFailure.TIMED_OUT), TERMS)
    well, trouble = deliveries.judged(endpoint, START, attempt(None, 204), TERMS)
    assert (well.failures, well.failing_since, trouble) == (0, None, None)


def test_gone_is_gone() -> None:
    """INT-7: whoever answers 410 is paused at once."""
    assert deliveries.judged(made(), START, attempt(DeliveryFailure.STATUS, 410), TERMS)[1] is WebhookTrouble.GONE
    assert deliveries.judged(made(), START, attempt(DeliveryFailure.STATUS, 404), TERMS)[1] is None


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("1", timedelta(seconds=1)),
        (" 0120 ", timedelta(minutes=2)),
        ("21599", 6 * HOUR - timedelta(seconds=1)),
        ("21600", 6 * HOUR),
        ("21601", 6 * HOUR),
        ("9" * 5_000, 6 * HOUR),
        (format_datetime(START + HOUR, usegmt=True), HOUR),
        (format_datetime(START + 7 * HOUR, usegmt=True), 6 * HOUR),
        ((START + HOUR).strftime("%A, %d-%b-%y %H:%M:%S GMT"), HOUR),
        ((START + HOUR).strftime("%a %b %d %H:%M:%S %Y"), HOUR),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 6 * HOUR),
        ("0", None),
        ("-5", None),
        ("1.5", None),
        ("², ٣", None),
        ("soon", None),
        ("", None),
        (None, None),
        (format_datetime(START, usegmt=True), None),
        (format_datetime(START - HOUR, usegmt=True), None),
        ("Mon, 01 Jan 2024 00:00:00 +9999999999", None),
    ],
)
def test_a_receiver_says_when_to_come_again(said: str | None, wait: timedelta | None) -> None:
    """INT-7: in seconds or as any of HTTP's dates, for six hours at most; what is past or no time says nothing."""
    assert deliveries.quiet_until(503, said, START) == (None if wait is None else START + wait)
    assert deliveries.quiet_until(429, said, START) == deliveries.quiet_until(503, said, START)


@given(st.text(max_size=60) | st.from_regex(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{1,9} \d{2}:\d{2}:\d{2} [+-]?\w+"))
def test_whatever_a_receiver_says_is_within_bounds(said: str) -> None:
    """INT-7: and nothing that it says is an error of ours."""
    until = deliveries.quiet_until(503, said, START)
    assert until is None or START < until <= START + 6 * HOUR


@pytest.mark.parametrize("status", [None, 200, 302, 400, 404, 410, 500, 502, 504])
def test_other_answers_do_not_say_when_to_come_again(status: int | None) -> None:
    """INT-7: only 429 and 503 do."""
    assert deliveries.quiet_until(status, "60", START) is None


def test_who_asked_for_it_is_left_alone() -> None:
    """INT-7: until the very instant, whatever else is answered meanwhile, unless its keepers say otherwise."""
    endpoint, _ = deliveries.judged(made(), START, attempt(DeliveryFailure.STATUS, 429), TERMS, "60")
    for after in (attempt(None, 200), attempt(DeliveryFailure.STATUS, 500), attempt(DeliveryFailure.TIMED_OUT)):
        quiet, _ = deliveries.judged(endpoint, START, after, TERMS)
        assert not quiet.sends(START + timedelta(seconds=59.999))
        assert quiet.sends(START + timedelta(seconds=60))
    longer, _ = deliveries.judged(endpoint, START, attempt(DeliveryFailure.STATUS, 503), TERMS, "90")
    assert not longer.sends(START + timedelta(seconds=60))
    for eager in (
        webhooks.change(endpoint, act(Who.OWNER), WANTED),
        webhooks.resume(webhooks.pause(endpoint, act(Who.OWNER))[0], act(Who.OWNER)),
        webhooks.redeliver(endpoint, act(Who.OWNER), Place(0, 0)),
    ):
        assert eager[0].sends(START)
    assert not webhooks.pause(made(), act(Who.OWNER))[0].sends(START)


def test_how_many_attempts_are_made_at_once() -> None:
    """INT-7: four, and one alone while nothing is accepted."""
    endpoint = made()
    assert [deliveries.room(endpoint, busy) for busy in (0, 3, 4, 9)] == [4, 1, 0, 0]
    assert AT_ONCE == 4
    assert [deliveries.room(replace(endpoint, failures=1), busy) for busy in (0, 1)] == [1, 0]


def test_the_server_says_why_it_paused_an_endpoint() -> None:
    """INT-7: an event to its keepers, by time."""
    endpoint = replace(made(), failures=6, failing_since=START)
    paused, happening = webhooks.suspend(endpoint, START + timedelta(days=1), WebhookTrouble.FAILING)
    assert (paused.state, paused.trouble) == (WebhookState.UNHEALTHY, WebhookTrouble.FAILING)
    assert (happening.kind, happening.seller_id) == (EventKind.WEBHOOK_UNHEALTHY, endpoint.seller_id)
    assert happening.facts["trouble"] == "FAILING"
    assert happening.facts["failingSince"] == START.isoformat()
