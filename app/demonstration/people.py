"""Who takes part in the demonstration: made-up people and companies, with ids that never change."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.domain.access import Actor, Role
from app.domain.records import Membership, ServiceStatus


def _id(number: int) -> UUID:
    return UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0000 + number)


@dataclass(frozen=True, slots=True)
class Company:
    """A seller of the demonstration."""

    id: UUID
    name: str
    country: str
    membership: Membership


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the demonstration; `label` says in the list of tokens whose it is."""

    id: UUID
    email: str
    name: str
    country: str
    role: Role
    label: str
    company: Company | None = None

    @property
    def actor(self) -> Actor:
        """This person acting."""
        return Actor(self.id, self.email, True, self.role, None if self.company is None else self.company.id)


LANTERN = Company(_id(0x201), "Blue Lantern Outdoor (Ningbo)", "CN", Membership.PAID)
LOOM = Company(_id(0x202), "Red River Loom (Hanoi)", "VN", Membership.FREE)


def _member(number: int, company: Company, domain: str, name: str, role: Role, whose: str) -> Person:
    email = f"{name.lower().replace(' ', '.')}@{domain}"
    label = f"{whose} {role.lower()}: {name}, {company.name}"
    return Person(_id(number), email, name, company.country, role, label, company)


ADA = Person(
    _id(0x101), "ada@harbour-pine.example", "Harbour & Pine", "US", Role.BUYER, "A buyer: Harbour & Pine (US), USD"
)
JONAS = Person(
    _id(0x102), "jonas@kellerhaus.example", "Kellerhaus Import", "DE", Role.BUYER, "A buyer: Kellerhaus Import (DE)"
)
MEI = _member(0x111, LANTERN, "blue-lantern.example", "Mei Lin", Role.OWNER, "A seller's")
TAO = _member(0x112, LANTERN, "blue-lantern.example", "Tao Wu", Role.SALES, "A seller's")
HUA = _member(0x113, LANTERN, "blue-lantern.example", "Hua Chen", Role.FINANCE, "A seller's")
LINH = _member(0x121, LOOM, "red-river-loom.example", "Linh Tran", Role.OWNER, "Another seller's")
MINH = _member(0x122, LOOM, "red-river-loom.example", "Minh Pham", Role.SALES, "Another seller's")
HOA = _member(0x123, LOOM, "red-river-loom.example", "Hoa Le", Role.FINANCE, "Another seller's")
SAM = Person(_id(0x131), "sam@assured.example", "Sam Rivera", "US", Role.OPERATOR, "The operator: Sam Rivera")

COMPANIES = (LANTERN, LOOM)
PEOPLE = (ADA, JONAS, MEI, TAO, HUA, LINH, MINH, HOA, SAM)


async def settle_in(connection: AsyncConnection, now: datetime) -> None:
    """Make the companies, the accounts and the memberships that are not there yet."""
    companies = (
        {
            "id": company.id,
            "name": company.name,
            "country": company.country,
            "membership": str(company.membership),
            "service": str(ServiceStatus.INACTIVE),
            "quota_limit": 0,
            "sales_see_all": True,
            "version": 0,
            "created_at": now,
        }
        for company in COMPANIES
    )
    accounts = (
        {
            "id": person.id,
            "email": person.email,
            "email_verified": True,
            "name": person.name,
            "country": person.country,
            "operator": person.role is Role.OPERATOR,
            "disabled_at": None,
            "created_at": now,
        }
        for person in PEOPLE
    )
    members = (
        {
            "id": UUID(int=person.id.int + 0x1000),
            "seller_id": person.company.id,
            "account_id": person.id,
            "role": str(person.role),
            "removed_at": None,
            "created_at": now,
        }
        for person in PEOPLE
        if person.company is not None
    )
    for table, rows in ((t.sellers, companies), (t.accounts, accounts), (t.members, members)):
        await _add(connection, table, rows)


async def _add(connection: AsyncConnection, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    await connection.execute(insert(table).on_conflict_do_nothing(), list(rows))
