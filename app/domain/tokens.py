"""Access tokens: what a program holds in place of a person's session, made, renewed and ended by the person (INT-1).

The text of a token is told once; what is kept of it is its hash, and its first letters to recognize it by.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.access import Actor, Role, Scope, require_person
from app.domain.errors import ErrorCode, Refusal, refuse_all
from app.domain.happenings import EventKind, Happening
from app.domain.trade import Act

PREFIX = "ast_"
BEGINNING = len(PREFIX) + 4
LABEL_LONGEST = 100
LIVE_MOST = 20
OVERLAP_MOST = timedelta(days=7)
MAKERS = frozenset({Role.BUYER, Role.OWNER})
NOT_FOUND = "There is no such access token, or it is not yours."


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token of an account, for a seller's member also the seller's; `beginning` is how its text begins.

    After a rotation the text before is good until `previous_until`.
    """

    id: UUID
    version: int
    account_id: UUID
    seller_id: UUID | None
    label: str
    scopes: tuple[Scope, ...]
    hash: str
    beginning: str | None
    created_at: datetime
    expires_at: datetime
    previous_hash: str | None = None
    previous_until: datetime | None = None
    revoked_at: datetime | None = None


Told = tuple[AccessToken, Happening]


def hashed(text: str) -> str:
    """What is kept of a token's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def maker(act: Act) -> Actor:
    """Whoever acts, if they may make and end tokens: a buyer or a seller's owner, in person."""
    actor = act.actor
    if actor is None or actor.role not in MAKERS:
        raise Refusal(ErrorCode.FORBIDDEN, "Access tokens are made and ended by buyers and owners.")
    require_person(actor)
    return actor


def create(
    act: Act, label: str, scopes: Sequence[Scope], expires_at: datetime | None, live: int, lifetime: timedelta
) -> tuple[AccessToken, str, Happening]:
    """A new token of whoever acts, with its text; `live` are those they have, `lifetime` is the longest there is.

    It ends when it is said to, or else when its lifetime does.
    """
    actor, label, wanted = maker(act), label.strip(), tuple(sorted(set(scopes)))
    wrong = []
    if not 0 < len(label) <= LABEL_LONGEST:
        code = ErrorCode.TOO_LONG if label else ErrorCode.REQUIRED
        wrong.append(Refusal(code, f"Name the token in 1 to {LABEL_LONGEST} characters.", ("label",)))
    if not wanted:
        wrong.append(Refusal(ErrorCode.REQUIRED, "Name at least one scope.", ("scopes",)))
    ends = act.now + lifetime if expires_at is None else expires_at
    if (late := _expiry(act.now, ends, lifetime)) is not None:
        wrong.append(late)
    refuse_all(wrong)
    if live >= LIVE_MOST:
        message = f"An account has at most {LIVE_MOST} access tokens that work; revoke one of them."
        raise Refusal(ErrorCode.TOO_MANY, message, (), {"most": str(LIVE_MOST)})
    text = _text(act)
    token = AccessToken(
        id=act.mint.id(),
        version=0,
        account_id=actor.account_id,
        seller_id=actor.seller_id,
        label=label,
        scopes=wanted,
        hash=hashed(text),
        beginning=text[:BEGINNING],
        created_at=act.now,
        expires_at=ends,
    )
    told, happening = _told(token, act, "CREATED")
    return told, text, happening


def rotate(
    token: AccessToken, act: Act, overlap: timedelta, expires_at: datetime | None, lifetime: timedelta
) -> tuple[AccessToken, str, Happening]:
    """A new text of a token, and perhaps a later end; the text before goes on for an overlap, and an older one ends."""
    actor = maker(act)
    if token.account_id != actor.account_id:
        raise Refusal(ErrorCode.FORBIDDEN, "Only whoever made a token is told another text of it.", ("tokenId",))
    _require_live(token, act.now)
    wrong = []
    if not timedelta() <= overlap <= OVERLAP_MOST:
        most = str(int(OVERLAP_MOST.total_seconds()))
        message = f"The text before goes on for 0 to {most} seconds."
        wrong.append(Refusal(ErrorCode.OUT_OF_RANGE, message, ("overlapSeconds",), {"most": most}))
    if expires_at is not None and (late := _expiry(act.now, expires_at, lifetime)) is not None:
        wrong.append(late)
    refuse_all(wrong)
    text = _text(act)
    renewed = replace(
        token,
        hash=hashed(text),
        beginning=text[:BEGINNING],
        expires_at=expires_at or token.expires_at,
        previous_hash=token.hash,
        previous_until=min(act.now + overlap, token.expires_at),
    )
    told, happening = _told(renewed, act, "ROTATED")
    return told, text, happening


def revoke(token: AccessToken, act: Act) -> Told:
    """End a token of one's own, or one of one's company."""
    maker(act)
    _require_live(token, act.now)
    return end(token, act)


def end(token: AccessToken, act: Act) -> Told:
    """The token works no longer, nor does the text before."""
    return _told(replace(token, revoked_at=act.now), act, "REVOKED")


def require_seen(token: AccessToken | None, actor: Actor) -> AccessToken:
    """The token, if the actor may know of it: its account, and the owner of its company."""
    if token is not None and token.account_id == actor.account_id:
        return token
    if token is None or actor.role is not Role.OWNER or token.seller_id != actor.seller_id:
        raise Refusal(ErrorCode.NOT_FOUND, NOT_FOUND, ("tokenId",))
    return token


def _expiry(now: datetime, expires_at: datetime, lifetime: timedelta) -> Refusal | None:
    latest = now + lifetime
    if now < expires_at <= latest:
        return None
    return Refusal(
        ErrorCode.OUT_OF_RANGE,
        "An access token ends after now, and no later than the settings allow.",
        ("expiresAt",),
        {"latest": latest.isoformat()},
    )


def _require_live(token: AccessToken, now: datetime) -> None:
    if token.revoked_at is not None or token.expires_at <= now:
        raise Refusal(ErrorCode.STEP_NOT_ALLOWED, "This access token works no longer; make a new one.", ("tokenId",))


def _text(act: Act) -> str:
    return PREFIX + act.mint.secret()


def _told(token: AccessToken, act: Act, state: str) -> Told:
    """The token one version on, and the event that says so to its account and the company's owners."""
    token = replace(token, version=token.version + 1)
    return token, Happening(
        kind=EventKind.ACCESS_TOKEN_CHANGED,
        version=token.version,
        at=act.now,
        by=act.by,
        by_account_id=act.account_id,
        seller_id=token.seller_id,
        salesperson_id=None,
        buyer_id=token.account_id if token.seller_id is None else None,
        facts={"token": f"tok_{token.id.hex}", "state": state},
    )
