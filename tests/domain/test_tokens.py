"""Access tokens by themselves: who makes them, of what they are made, and how they end (INT-1, INT-2)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from app.domain import tokens
from app.domain.access import ALL_SCOPES, Scope
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.lifecycle import Who
from app.domain.tokens import AccessToken
from tests.domain.build import START, act

LIFETIME, DAY, LATER = timedelta(days=90), timedelta(days=1), START + timedelta(days=30)
SCOPES = (Scope.ORDERS_WRITE, Scope.ORDERS_READ)


def made(who: Who = Who.OWNER, live: int = 0) -> tuple[AccessToken, str]:
    """A token of somebody, and its text."""
    token, text, _ = tokens.create(act(who), " ERP ", SCOPES, LATER, live, LIFETIME)
    return token, text


def codes(doing: Callable[[], object]) -> list[tuple[ErrorCode, tuple[str | int, ...]]]:
    """With which codes and fields something is refused."""
    with pytest.raises(Refusal) as refusal:
        doing()
    return [(each.code, each.field) for each in refusal.value.all]


def test_a_token_is_made_of_what_was_asked_and_keeps_no_text() -> None:
    """INT-1: its label trimmed, each scope once; of its text the hash, and the first four letters."""
    token, text, happening = tokens.create(act(Who.OWNER), " ERP ", (*SCOPES, *SCOPES), LATER, 0, LIFETIME)
    assert (token.label, token.scopes, token.expires_at) == ("ERP", (Scope.ORDERS_READ, Scope.ORDERS_WRITE), LATER)
    assert (token.hash, token.beginning) == (tokens.hashed(text), text[:8])
    assert text not in repr(token)
    assert (happening.kind, happening.version, happening.facts["state"]) == (
        *(EventKind.ACCESS_TOKEN_CHANGED, token.version),
        "CREATED",
    )
    assert (happening.seller_id, happening.buyer_id) == (token.seller_id, None)


def test_a_buyers_token_is_told_of_to_the_buyer_alone() -> None:
    """INT-1: it belongs to no seller."""
    token, _, happening = tokens.create(act(Who.BUYER), "ERP", SCOPES, LATER, 0, LIFETIME)
    assert (token.seller_id, happening.seller_id, happening.buyer_id) == (None, None, token.account_id)


@pytest.mark.parametrize("who", [Who.SALES, Who.FINANCE, Who.OPERATOR, Who.TIME])
def test_nobody_else_makes_tokens(who: Who) -> None:
    """INT-1: neither sales nor finance nor operators."""
    assert codes(lambda: made(who)) == [(ErrorCode.FORBIDDEN, ())]


def test_a_token_makes_no_token() -> None:
    """INT-2: whoever holds one cannot make another, whatever its scopes."""
    doing = act(Who.OWNER)
    assert doing.actor is not None
    program = replace(doing, actor=replace(doing.actor, token_id=UUID(int=1), scopes=ALL_SCOPES))
    token, _ = made()
    for attempt in (
        lambda: tokens.create(program, "ERP", SCOPES, LATER, 0, LIFETIME),
        lambda: tokens.rotate(token, program, DAY, None, LIFETIME),
        lambda: tokens.revoke(token, program),
    ):
        assert codes(attempt) == [(ErrorCode.PERSON_NEEDED, ())]


def test_a_token_whose_end_nobody_names_ends_as_late_as_any() -> None:
    """INT-1: with the lifetime that the setting allows, and no sooner."""
    token, _, _ = tokens.create(act(Who.OWNER), "ERP", SCOPES, None, 0, LIFETIME)
    assert token.expires_at == START + LIFETIME


@pytest.mark.parametrize(
    ("label", "scopes", "expires_at", "refused"),
    [
        ("", SCOPES, LATER, [(ErrorCode.REQUIRED, ("label",))]),
        ("x" * 101, SCOPES, LATER, [(ErrorCode.TOO_LONG, ("label",))]),
        ("ERP", (), LATER, [(ErrorCode.REQUIRED, ("scopes",))]),
        ("ERP", SCOPES, START, [(ErrorCode.OUT_OF_RANGE, ("expiresAt",))]),
        ("ERP", SCOPES, START + LIFETIME + timedelta(microseconds=1), [(ErrorCode.OUT_OF_RANGE, ("expiresAt",))]),
        (
            " ",
            (),
            START,
            [
                (ErrorCode.REQUIRED, ("label",)),
                (ErrorCode.REQUIRED, ("scopes",)),
                (ErrorCode.OUT_OF_RANGE, ("expiresAt",)),
            ],
        ),
    ],
)
def test_what_no_token_is_made_of(
    label: str, scopes: tuple[Scope, ...], expires_at: datetime, refused: list[tuple[ErrorCode, tuple[str, ...]]]
) -> None:
    """INT-1: a label of 1 to 100 characters, a scope at least, an end ahead within the setting; all told at once."""
    assert codes(lambda: tokens.create(act(Who.OWNER), label, scopes, expires_at, 0, LIFETIME)) == refused


def test_at_most_twenty_work() -> None:
    """INT-1: the twentieth is made, the one after is not."""
    made(live=19)
    assert codes(lambda: made(live=20)) == [(ErrorCode.TOO_MANY, ())]


def test_a_rotation_keeps_the_token_and_lets_the_text_before_go_on() -> None:
    """INT-1: the same id and scopes; the text before is good for the overlap, one older than that no longer."""
    first, _ = made()
    second, text, happening = tokens.rotate(first, act(Who.OWNER), DAY, None, LIFETIME)
    assert (second.id, second.scopes, second.expires_at) == (first.id, first.scopes, first.expires_at)
    assert (second.hash, second.beginning) == (tokens.hashed(text), text[:8])
    assert (second.previous_hash, second.previous_until) == (first.hash, START + DAY)
    assert (happening.version, happening.facts["state"]) == (2, "ROTATED")
    third, _, _ = tokens.rotate(second, act(Who.OWNER), timedelta(), None, LIFETIME)
    assert (third.previous_hash, third.previous_until) == (second.hash, START)


def test_the_text_before_never_outlives_its_end() -> None:
    """INT-1: a later end is the new text's alone."""
    token, _ = made()
    late = LATER - timedelta(hours=1)
    renewed, _, _ = tokens.rotate(token, act(Who.OWNER, late), DAY, late + LIFETIME, LIFETIME)
    assert (renewed.expires_at, renewed.previous_until) == (late + LIFETIME, LATER)


@pytest.mark.parametrize(
    ("overlap", "expires_at", "field"),
    [
        (timedelta(seconds=-1), None, "overlapSeconds"),
        (timedelta(days=7, seconds=1), None, "overlapSeconds"),
        (DAY, START, "expiresAt"),
        (DAY, START + LIFETIME + DAY, "expiresAt"),
    ],
)
def test_what_a_rotation_cannot_be(overlap: timedelta, expires_at: datetime | None, field: str) -> None:
    """INT-1: an overlap of at most seven days, an end within the setting."""
    token, _ = made()
    refused = codes(lambda: tokens.rotate(token, act(Who.OWNER), overlap, expires_at, LIFETIME))
    assert refused == [(ErrorCode.OUT_OF_RANGE, (field,))]


def test_what_works_no_longer_is_neither_rotated_nor_revoked() -> None:
    """INT-1: a revoked token, and one that has ended by itself."""
    token, _ = made()
    revoked, happening = tokens.revoke(token, act(Who.OWNER))
    assert (revoked.revoked_at, happening.facts["state"]) == (START, "REVOKED")
    for over, at in ((revoked, START), (token, LATER)):
        for attempt in (
            partial(tokens.rotate, over, act(Who.OWNER, at), DAY, None, LIFETIME),
            partial(tokens.revoke, over, act(Who.OWNER, at)),
        ):
            assert codes(attempt) == [(ErrorCode.STEP_NOT_ALLOWED, ("tokenId",))]


def test_whose_a_token_is() -> None:
    """INT-1: an owner ends every token of the company and is told another text of their own alone."""
    owner, buyer = act(Who.OWNER), act(Who.BUYER)
    assert owner.actor is not None and buyer.actor is not None
    me, (token, _) = owner.actor, made()
    colleague = replace(token, account_id=UUID(int=7))
    assert tokens.require_seen(colleague, me) is colleague
    assert tokens.revoke(colleague, owner)[0].revoked_at == START
    assert codes(lambda: tokens.rotate(colleague, owner, DAY, None, LIFETIME)) == [(ErrorCode.FORBIDDEN, ("tokenId",))]
    strangers = (None, replace(colleague, seller_id=UUID(int=8)), replace(colleague, seller_id=None))
    for stranger in strangers:
        assert codes(partial(tokens.require_seen, stranger, me)) == [(ErrorCode.NOT_FOUND, ("tokenId",))]
    assert codes(partial(tokens.require_seen, token, buyer.actor)) == [(ErrorCode.NOT_FOUND, ("tokenId",))]
