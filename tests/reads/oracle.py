"""The market's answers worked out row by row in Python, by graphql-core over the bare SDL: nothing of the engine's."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from graphql import GraphQLResolveInfo, GraphQLSchema, build_schema, parse
from graphql.execution import ExecutionResult, execute_sync

from app.domain.access import By, Role, Seen, Viewer, party_of
from app.domain.errors import ErrorCode, Refusal

Row = SimpleNamespace
DECIMALS = {"USD": 2, "JPY": 0, "KWD": 3}
PREFIXES = {"Deal": "del", "Line": "lin", "Trader": "trd", "Person": "per", "Payout": "pay", "Happening": "hap"}
SELLERS = {Role.OWNER, Role.FINANCE, Role.SALES}


ORDERS = {
    "Query.deals NEWEST": ("instant", "key"),
    "Query.deals OLDEST": ("instant", "key"),
    "Query.deals LARGEST": ("text", "number", "key"),
    "Query.deals DUE": ("day", "key"),
    "Me.deals": ("instant", "key"),
    "Query.allLines": ("key",),
    "Deal.otherLines": ("key",),
    "Deal.pagedLines": ("number", "key"),
    "Deal.happenings": ("number",),
}
READERS: dict[str, Callable[[str], Any]] = {
    "instant": lambda text: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(text)),
    "key": lambda text: UUID(hex=text),
    "number": int,
    "text": lambda text: bytes.fromhex(text).decode(),
    "day": date.fromisoformat,
}
# how each order of deals goes, and whether it descends
SORTED: dict[str, tuple[Callable[[Row], tuple[Any, ...]], bool]] = {
    "NEWEST": (lambda row: (row.created_at, row.id), True),
    "OLDEST": (lambda row: (row.created_at, row.id), False),
    "LARGEST": (lambda row: (row.currency, row.total, row.id), True),
    "DUE": (lambda row: (row.due or date(9999, 1, 1), row.id), False),
}


@dataclass
class Tables:
    """The market's rows, table by table."""

    traders: list[Row] = field(default_factory=list)
    people: list[Row] = field(default_factory=list)
    deals: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    happenings: list[Row] = field(default_factory=list)
    payouts: list[Row] = field(default_factory=list)


@dataclass
class Thing:
    """An object of the answer: its type and what it was made from."""

    type: str
    row: Any


def money(minor: int | None, currency: str) -> dict[str, str] | None:
    """An amount as text, digit by digit."""
    if minor is None:
        return None
    decimals = DECIMALS[currency]
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    whole, rest = (digits[:-decimals], "." + digits[-decimals:]) if decimals else (digits, "")
    return {"amount": ("-" if minor < 0 else "") + whole + rest, "currencyCode": currency}


def instant(value: datetime | None) -> str | None:
    """An instant as text."""
    if value is None:
        return None
    utc = value.astimezone(UTC)
    fraction = f".{utc.microsecond:06d}".rstrip("0").rstrip(".")
    return utc.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"


def number(value: Decimal | None) -> str | None:
    """A decimal as text."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def micros(value: datetime) -> int:
    """Microseconds since the epoch."""
    delta = value - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds


@dataclass
class Oracle:
    """Answers documents for one viewer at one instant."""

    schema: GraphQLSchema
    tables: Tables
    signatures: dict[str, str]
    viewer: Viewer | None
    now: datetime

    def answer(self, text: str, variables: dict[str, Any]) -> ExecutionResult:
        """The answer to a document."""
        root = Thing("Query", None)
        result = execute_sync(
            self.schema,
            parse(text),
            root,
            variable_values=variables,
            field_resolver=self.resolve,
            type_resolver=lambda thing, *_: thing.type,
        )
        assert isinstance(result, ExecutionResult)
        return result

    @property
    def role(self) -> Role | None:
        """The viewer's role."""
        return self.viewer.role if self.viewer else None

    def resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        """One field of one object."""
        if isinstance(source, dict):
            return source[info.field_name]
        kind = "Happening" if source.type in ("Paid", "Noted", "Other") else source.type
        method: Callable[..., Any] | None = getattr(self, f"{kind}_{info.field_name}", None)
        if method is not None:
            return method(source.row, **arguments)
        if info.field_name == "id":
            key = source.row.id
            return f"{PREFIXES[kind]}_{key.hex if isinstance(key, UUID) else key}"
        return getattr(source.row, info.field_name)

    # --- who sees what ----------------------------------------------------------------------------------------------

    def sees_deal(self, row: Row) -> bool:
        """By the domain's own sentence."""
        if self.viewer is None:
            return False
        seen = Seen(row.seller_id, row.buyer_id, row.salesperson_id, By(row.drafted_by), row.status == "DRAFT")
        return party_of(self.viewer, seen) is not None

    def sees(self, kind: str, row: Row) -> bool:
        """Whether the viewer sees a row as an object of a type."""
        if kind == "Deal":
            return self.sees_deal(row)
        if kind in ("Line", "Happening"):
            return self.sees_deal(self.by_id(self.tables.deals, row.deal_id))
        if kind == "Trader":
            return True
        if self.viewer is None:
            return False
        if self.role is Role.OPERATOR:
            return True
        if kind == "Person":
            return bool(row.id == self.viewer.account_id)
        return self.role in SELLERS and bool(row.trader_id == self.viewer.seller_id)

    @staticmethod
    def by_id(rows: list[Row], key: Any) -> Any:
        """The row with a key, or None."""
        return next((row for row in rows if row.id == key), None)

    def thing(self, kind: str, row: Row | None) -> Thing | None:
        """A row as an object, if it is seen."""
        if row is None or not self.sees(kind, row):
            return None
        if kind == "Happening":
            return Thing({"PAID": "Paid", "NOTED": "Noted"}.get(row.kind, "Other"), row)
        return Thing(kind, row)

    def things(self, kind: str, rows: list[Row]) -> list[Thing]:
        """The rows that are seen, as objects."""
        return [thing for thing in (self.thing(kind, row) for row in rows) if thing]

    # --- pages ------------------------------------------------------------------------------------------------------

    def page(
        self,
        place: str,
        kind: str,
        rows: list[Row],
        key: Callable[[Row], tuple[Any, ...]],
        down: bool = False,
        default: int = 20,
        largest: int = 100,
        **paging: Any,
    ) -> dict[str, Any]:
        """One page of the rows that are seen, cut out of the whole list."""
        paging = {name: value for name, value in paging.items() if value is not None}
        first, last = paging.get("first"), paging.get("last")
        if first is not None and last is not None:
            raise Refusal(ErrorCode.INVALID, "both")
        size: int = next((each for each in (first, last) if each is not None), default)
        if not 0 <= size <= largest:
            raise Refusal(ErrorCode.OUT_OF_RANGE, "size")
        listed = sorted(self.things(kind, rows), key=lambda thing: key(thing.row), reverse=down)
        keys = [key(thing.row) for thing in listed]
        cursors = [self.cursor(place, each) for each in keys]
        low, high = 0, len(listed)
        if "after" in paging:
            bound = self.bound(place, paging["after"])
            low = sum(each >= bound if down else each <= bound for each in keys)
        if "before" in paging:
            bound = self.bound(place, paging["before"])
            high = sum(each > bound if down else each < bound for each in keys)
        chosen = list(range(low, max(low, high)))
        shown = (chosen[-size:] if size else []) if last is not None else chosen[:size]
        more = len(chosen) > len(shown)
        after, before = "after" in paging and low > 0, "before" in paging and high < len(listed)
        info = {
            "hasNextPage": before if last is not None else more or before,
            "hasPreviousPage": more or after if last is not None else after,
            "startCursor": cursors[shown[0]] if shown else None,
            "endCursor": cursors[shown[-1]] if shown else None,
        }
        edges = [{"cursor": cursors[at], "node": listed[at]} for at in shown]
        return {"edges": edges, "nodes": [listed[at] for at in shown], "pageInfo": info, "totalCount": len(listed)}

    def cursor(self, place: str, values: tuple[Any, ...]) -> str:
        """The cursor of a row with these order values."""
        return ".".join([self.signatures[place], *map(self.written, values)])

    @staticmethod
    def written(value: Any) -> str:
        """A value in a cursor."""
        if isinstance(value, datetime):
            return str(micros(value))
        if isinstance(value, date):
            return f"{value:%Y%m%d}"
        if isinstance(value, UUID):
            return value.hex
        return value.encode().hex() if isinstance(value, str) else str(value)

    def bound(self, place: str, cursor: str) -> tuple[Any, ...]:
        """The order values in a cursor of this list."""
        head, *parts = cursor.split(".")
        if head != self.signatures[place] or len(parts) != len(ORDERS[place]):
            raise Refusal(ErrorCode.CURSOR_INVALID, "cursor")
        return tuple(READERS[kind](part) for kind, part in zip(ORDERS[place], parts, strict=True))

    # --- fields -----------------------------------------------------------------------------------------------------

    def Query_deal(self, _: Any, id: str) -> Any:
        return self.find(id, {"Deal"})

    def Query_dealByNumber(self, _: Any, number: str) -> Any:
        return self.thing("Deal", next((row for row in self.tables.deals if row.number == number), None))

    def Query_deals(self, _: Any, filter: dict[str, Any] | None = None, sort: str | None = None, **paging: Any) -> Any:
        rows = [row for row in self.tables.deals if self.matches(row, filter or {})]
        order = sort or "NEWEST"
        return self.page(f"Query.deals {order}", "Deal", rows, SORTED[order][0], down=SORTED[order][1], **paging)

    def Query_dealCounts(self, _: Any, filter: dict[str, Any] | None = None) -> Any:
        rows = [row for row in self.tables.deals if self.matches(row, filter or {})]
        return self.counts(rows, len(self.tables.traders))

    def Me_dueCounts(self, _: Any) -> Any:
        return self.counts([row for row in self.tables.deals if row.due is not None], 1)

    def counts(self, rows: list[Row], ceiling: int) -> list[dict[str, Any]]:
        """How many of these deals are seen in each status, no further than the ceiling."""
        seen = Counter(row.status for row in rows if self.sees_deal(row))
        found = [(status, seen[status]) for status in ("DRAFT", "OPEN", "PAID", "CLOSED")]
        return [{"status": status, "count": min(n, ceiling), "more": n > ceiling} for status, n in found]

    def matches(self, row: Row, filter: dict[str, Any]) -> bool:
        """Whether a deal passes a filter."""
        wanted = {name: value for name, value in filter.items() if value is not None}
        seller = wanted.get("sellerId")
        return (
            wanted.get("status", row.status) == row.status
            and ("numbers" not in wanted or row.number in wanted["numbers"])
            and ("since" not in wanted or row.created_at >= datetime.fromisoformat(wanted["since"]))
            and wanted.get("urgent", row.urgent) == row.urgent
            and (seller is None or f"trd_{row.seller_id.hex}" == seller)
            and ("noted" not in wanted or (self.Deal_note(row) is not None) == wanted["noted"])
            and ("anyOf" not in wanted or any(self.matches(row, each) for each in wanted["anyOf"]))
            and ("noneOf" not in wanted or not self.matches(row, wanted["noneOf"]))
        )

    def Query_allLines(self, _: Any, **paging: Any) -> Any:
        return self.page("Query.allLines", "Line", self.tables.lines, lambda row: (row.id,), largest=50, **paging)

    def Query_happenings(self, _: Any) -> Any:
        return self.things("Happening", sorted(self.tables.happenings, key=lambda row: row.id))

    def Query_traders(self, _: Any) -> Any:
        return self.things("Trader", sorted(self.tables.traders, key=lambda row: (row.name, row.id)))

    def Query_people(self, _: Any) -> Any:
        people = sorted(self.tables.people, key=lambda row: (row.email, row.id))
        return self.things("Person", people) if self.role is Role.OPERATOR else None

    def Query_me(self, _: Any) -> Any:
        return Thing("Me", None) if self.viewer else None

    def Query_node(self, _: Any, id: str) -> Any:
        return self.find(id, set(PREFIXES) - {"Happening"})

    def Query_nodes(self, _: Any, ids: list[str]) -> Any:
        return [self.find(each, set(PREFIXES) - {"Happening"}) for each in ids]

    def find(self, public: str, kinds: set[str]) -> Any:
        """The object with a public id."""
        tables = {"Deal": "deals", "Line": "lines", "Trader": "traders", "Person": "people", "Payout": "payouts"}
        for kind in kinds:
            for row in getattr(self.tables, tables[kind]):
                if f"{PREFIXES[kind]}_{row.id.hex}" == public:
                    return self.thing(kind, row)
        return None

    def Query_touched(self, _: Any, id: str) -> Any:
        found = self.find(id, {"Deal"})
        return {"deal": found, "others": [found, None, None], "note": "seen"}

    def Query_told(self, _: Any) -> str:
        return f"{'nobody' if self.viewer is None else self.viewer.role.value} at {self.now:%H:%M}"

    def Query_word(self, _: Any) -> str:
        return "word"

    def Me_deals(self, _: Any, **paging: Any) -> Any:
        return self.page("Me.deals", "Deal", self.tables.deals, lambda row: (row.created_at, row.id), **paging)

    def Me_person(self, _: Any) -> Any:
        return self.thing("Person", self.by_id(self.tables.people, self.viewer and self.viewer.account_id))

    def Me_trader(self, _: Any) -> Any:
        return self.thing("Trader", self.by_id(self.tables.traders, self.viewer and self.viewer.seller_id))

    def Deal_headline(self, row: Row) -> str:
        return ("URGENT " if row.urgent else "") + str(row.status if row.note is None else row.note)

    def Deal_note(self, row: Row) -> Any:
        return row.note if self.role in SELLERS | {Role.OPERATOR} else None

    def Deal_due(self, row: Row) -> Any:
        return row.due and row.due.isoformat()

    def Deal_paidAt(self, row: Row) -> Any:
        return instant(row.paid_at)

    def Deal_createdAt(self, row: Row) -> Any:
        return instant(row.created_at)

    def Deal_fee(self, row: Row) -> Any:
        return money(row.fee, row.currency) if self.role in SELLERS | {Role.OPERATOR} else None

    def Deal_funds(self, row: Row) -> Any:
        return Thing("Funds", row)

    def Deal_dueFunds(self, row: Row) -> Any:
        return Thing("Funds", row) if row.paid_at is None else None

    def own_lines(self, row: Row) -> list[Row]:
        """The lines of a deal."""
        return sorted((line for line in self.tables.lines if line.deal_id == row.id), key=lambda line: line.position)

    def Deal_lineCount(self, row: Row) -> int:
        return len(self.own_lines(row))

    def Deal_lines(self, row: Row) -> Any:
        return self.things("Line", self.own_lines(row))

    def Deal_pagedLines(self, row: Row, **paging: Any) -> Any:
        lines = self.own_lines(row)
        return self.page("Deal.pagedLines", "Line", lines, lambda line: (line.position, line.id), default=2, **paging)

    def Deal_otherLines(self, row: Row, **paging: Any) -> Any:
        lines = [line for line in self.tables.lines if line.deal_id != row.id]
        return self.page("Deal.otherLines", "Line", lines, lambda line: (line.id,), default=3, **paging)

    def Deal_seller(self, row: Row) -> Any:
        return self.thing("Trader", self.by_id(self.tables.traders, row.seller_id))

    def Deal_buyer(self, row: Row) -> Any:
        return self.thing("Person", self.by_id(self.tables.people, row.buyer_id))

    def own_happenings(self, row: Row) -> list[Row]:
        """What happened to a deal."""
        return [each for each in self.tables.happenings if each.deal_id == row.id]

    def Deal_happenings(self, row: Row, **paging: Any) -> Any:
        rows = self.own_happenings(row)
        return self.page("Deal.happenings", "Happening", rows, lambda each: (each.id,), down=True, **paging)

    def Deal_lastHappening(self, row: Row) -> Any:
        return self.thing("Happening", max(self.own_happenings(row), key=lambda each: each.id, default=None))

    def Deal_earlier(self, row: Row) -> Any:
        rows = [each for each in self.tables.deals if each.seller_id == row.seller_id]
        earlier = [each for each in rows if each.created_at < row.created_at]
        return self.things("Deal", sorted(earlier, key=lambda each: (-micros(each.created_at), each.id)))

    def Deal_steps(self, row: Row) -> Any:
        lines = self.own_lines(row)
        late = row.due is not None and row.due < self.now.date() and row.paid_at is None
        ship = f"SHIP {sum((line.quantity for line in lines), Decimal(0))}"
        pay = row.status == "OPEN" and self.role is Role.BUYER
        since = instant(self.now)
        return [
            {
                "name": "PAY",
                "possible": pay,
                "costs": money(100 * len(lines), "USD") if lines else None,
                "since": since,
            },
            {"name": ship, "possible": late, "costs": None, "since": since},
        ]

    def Funds_total(self, row: Row) -> Any:
        return money(row.total, row.currency)

    def Funds_linesTotal(self, row: Row) -> Any:
        return money(sum(line.amount for line in self.own_lines(row)), row.currency)

    def Funds_lines(self, row: Row) -> Any:
        return self.Deal_lines(row)

    def Line_quantity(self, row: Row) -> Any:
        return number(row.quantity)

    def Line_attributes(self, row: Row) -> Any:
        return [{"name": each.get("name"), "value": each.get("value")} for each in row.attributes]

    def Line_deal(self, row: Row) -> Any:
        return self.thing("Deal", self.by_id(self.tables.deals, row.deal_id))

    def Happening_at(self, row: Row) -> Any:
        return instant(row.at)

    def Happening_by(self, row: Row) -> Any:
        trader = self.thing("Trader", self.by_id(self.tables.traders, row.by_trader))
        return trader or self.thing("Person", self.by_id(self.tables.people, row.by_person))

    def Happening_amount(self, row: Row) -> Any:
        return money(int(row.data["minor"]) if "minor" in row.data else None, "USD")

    def Happening_text(self, row: Row) -> Any:
        return row.data.get("text")

    def Person_email(self, row: Row) -> Any:
        return row.email if self.role is Role.OPERATOR else None

    def Trader_rating(self, row: Row) -> Any:
        return number(row.rating)

    def Trader_quota(self, row: Row) -> Any:
        allowed = self.role is Role.OPERATOR or (
            self.role in (Role.OWNER, Role.FINANCE) and self.viewer is not None and row.id == self.viewer.seller_id
        )
        return money(row.quota, "USD") if allowed else None

    def Trader_payouts(self, row: Row) -> Any:
        rows = [each for each in self.tables.payouts if each.trader_id == row.id]
        return self.things("Payout", sorted(rows, key=lambda each: (-each.amount, each.id)))

    def Payout_amount(self, row: Row) -> Any:
        return money(row.amount, row.currency)


def bare_schema(sdl: str) -> GraphQLSchema:
    """The schema as its SDL says, with no resolver of ours."""
    return build_schema(sdl)
