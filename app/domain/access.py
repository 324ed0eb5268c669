"""Who acts and what they may see: the one frozen type that visibility reads, and the audiences of section 13."""

from dataclasses import dataclass, field
from enum import StrEnum, unique
from uuid import UUID

from app.domain.errors import ErrorCode, Refusal


@unique
class Role(StrEnum):
    """A column of section 13's table: in which role somebody looks at an order."""

    BUYER = "BUYER"
    OWNER = "OWNER"
    FINANCE = "FINANCE"
    SALES = "SALES"
    OPERATOR = "OPERATOR"


@unique
class Scope(StrEnum):
    """What an access token may be used for; a person's own session has all of them."""

    ORDERS_READ = "ORDERS_READ"
    ORDERS_WRITE = "ORDERS_WRITE"
    SHIPMENTS_READ = "SHIPMENTS_READ"
    SHIPMENTS_WRITE = "SHIPMENTS_WRITE"
    CLAIMS_READ = "CLAIMS_READ"
    CLAIMS_WRITE = "CLAIMS_WRITE"
    FINANCE_READ = "FINANCE_READ"
    FINANCE_WRITE = "FINANCE_WRITE"


ALL_SCOPES = frozenset(Scope)
SELLER_ROLES = frozenset({Role.OWNER, Role.FINANCE, Role.SALES})

# Section 13, one name per kind of row
Audience = frozenset[Role]
PARTIES: Audience = frozenset(Role)
BUYER_SIDE: Audience = frozenset({Role.BUYER, Role.OPERATOR})
SELLER_SIDE: Audience = SELLER_ROLES | {Role.OPERATOR}
SELLER_FINANCE: Audience = frozenset({Role.OWNER, Role.FINANCE, Role.OPERATOR})
OPERATORS: Audience = frozenset({Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Viewer:
    """The viewer scope: all that visibility may read from an actor, and so part of every sharing key.

    `role` is the role to look in: an owner's or finance's token without FINANCE_READ looks as sales does.
    `sees_all` is False only for sales who see the orders assigned to them. `acts_as` and `scopes` say which steps can
    be taken, which is shown as well; without `acts_as` it is the role to look in.
    """

    role: Role
    account_id: UUID
    seller_id: UUID | None = None
    sees_all: bool = True
    reads: bool = True
    acts_as: Role | None = None
    scopes: frozenset[Scope] = ALL_SCOPES


def plain_email(email: str) -> str:
    """An e-mail as it is kept and compared: case and surrounding space are no difference, all else is (ORD-2)."""
    return email.strip().lower()


@unique
class By(StrEnum):
    """What kind of actor did something, time included."""

    BUYER = "BUYER"
    SELLER = "SELLER"
    OPERATOR = "OPERATOR"
    PROVIDER = "PROVIDER"
    TRACKING = "TRACKING"
    TIME = "TIME"


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated account acting as one party; `scopes` cut what its role may do."""

    account_id: UUID
    email: str
    email_verified: bool
    role: Role
    seller_id: UUID | None = None
    sales_see_all: bool = True
    scopes: frozenset[Scope] = ALL_SCOPES
    token_id: UUID | None = None
    # what this actor may see, and nothing else about them (section 13); made once, because it is asked at every turn
    viewer: Viewer = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "viewer", self._viewer())

    @property
    def by(self) -> By:
        """The side this actor stands on."""
        return By(self.role) if self.role in (Role.BUYER, Role.OPERATOR) else By.SELLER

    @property
    def keeper(self) -> UUID:
        """Whose idempotency keys and whose budget these are: a token's own, else the account's."""
        return self.token_id or self.account_id

    @property
    def drafts(self) -> bool:
        """Whether this actor writes orders: buyers, owners and sales do."""
        return self.role in (Role.BUYER, Role.OWNER, Role.SALES)

    def _viewer(self) -> Viewer:
        finance = Scope.FINANCE_READ in self.scopes
        role = Role.SALES if self.role in (Role.OWNER, Role.FINANCE) and not finance else self.role
        return Viewer(
            role=role,
            account_id=self.account_id,
            seller_id=self.seller_id,
            sees_all=self.role is not Role.SALES or self.sales_see_all,
            reads=Scope.ORDERS_READ in self.scopes,
            acts_as=self.role,
            scopes=self.scopes,
        )


def missing_scope(scopes: frozenset[Scope], needed: Scope) -> Refusal | None:
    """Why a token with these scopes cannot be used for something, or None when it can."""
    if needed in scopes:
        return None
    return Refusal(ErrorCode.SCOPE_MISSING, f"This token lacks the scope {needed}.", params={"scope": str(needed)})


def require_person(actor: Actor) -> None:
    """Refuse an access token: what decides who may do what, or by which rules, somebody does in person (INT-2)."""
    if actor.token_id is not None:
        raise Refusal(ErrorCode.PERSON_NEEDED, "An access token cannot do this: sign in yourself.")


def party_of(viewer: Viewer, order: "Seen") -> Role | None:
    """The role in which a viewer sees an order, or None for a stranger; `reads.visibility` is its SQL twin."""
    if not viewer.reads:
        return None
    if viewer.role is Role.OPERATOR:
        return Role.OPERATOR
    if viewer.role is Role.BUYER:
        hidden = order.draft and order.drafted_by is not By.BUYER
        return Role.BUYER if order.buyer_id == viewer.account_id and not hidden else None
    hidden = order.draft and order.drafted_by is not By.SELLER
    mine = viewer.sees_all or order.salesperson_id == viewer.account_id
    return viewer.role if order.seller_id == viewer.seller_id and mine and not hidden else None


@dataclass(frozen=True, slots=True)
class Seen:
    """The facts of an order on which visibility rests."""

    seller_id: UUID
    buyer_id: UUID | None
    salesperson_id: UUID | None
    drafted_by: By
    draft: bool
