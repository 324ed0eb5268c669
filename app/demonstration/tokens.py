"""A ready bearer token for everybody in the demonstration; they only work where the development's own key signs."""

import hashlib
import hmac
from datetime import timedelta

from sqlalchemy.dialects.postgresql import insert

from app.auth import issue_jwt
from app.db import tables as t
from app.db.rows import values_of
from app.demonstration.market import Needs, require_demonstration
from app.demonstration.people import MEI, PEOPLE, Person
from app.domain.access import Role, Scope
from app.domain.tokens import BEGINNING, PREFIX, AccessToken, hashed
from app.web.pages import PageToken

LIFETIME = timedelta(days=30)
SCOPES = tuple(sorted(set(Scope) - {Scope.FINANCE_READ, Scope.FINANCE_WRITE}))
_NAMES = {Role.OWNER: "seller"}


async def tokens(needs: Needs) -> list[PageToken]:
    """One token a person, and the access token of an integration; `role` is the one GraphiQL's examples name."""
    require_demonstration(needs.settings)
    made = [PageToken(_role(person), person.label, _jwt(needs, person)) for person in PEOPLE]
    label = f"An integration (ERP) of {MEI.company.name if MEI.company else ''}: everything but finance"
    return [*made, PageToken("integration", label, await _access_token(needs))]


def _role(person: Person) -> str:
    return _NAMES.get(person.role, person.role.lower())


def _jwt(needs: Needs, person: Person) -> str:
    return issue_jwt(needs.settings, person.id, needs.clock.real(), LIFETIME)


async def _access_token(needs: Needs) -> str:
    """The integration's token: made of the development's key, so that every process and every start knows the same."""
    key = needs.settings.jwt_secrets[0].encode()
    text = PREFIX + hmac.new(key, b"the demonstration's integration", hashlib.sha256).hexdigest()
    now = needs.clock.real()
    token = AccessToken(
        id=needs.mint.id(),
        version=0,
        account_id=MEI.id,
        seller_id=MEI.company.id if MEI.company else None,
        label="Demonstration ERP",
        scopes=SCOPES,
        hash=hashed(text),
        beginning=text[:BEGINNING],
        created_at=now,
        expires_at=now + LIFETIME,
    )
    row = values_of(token)
    renewed = insert(t.access_tokens).values(row)
    renewed = renewed.on_conflict_do_update(
        index_elements=["hash"], set_={name: row[name] for name in ("expires_at", "scopes", "seller_id", "beginning")}
    )
    async with needs.engine.begin() as connection:
        await connection.execute(renewed)
    return text
