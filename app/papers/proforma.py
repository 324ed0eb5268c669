"""The proforma invoice of an order (ORD-12): the contract with every agreed term, as its viewer may see it.

What it says is read by `DOCUMENT`, a query of the product's own schema, so that nothing can stand on the paper that its
reader could not have asked for.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from app.domain.records import AmendmentStatus, Status
from app.papers import figures, sums, terms, words
from app.papers.paper import Cell, Fact, Facts, Note, Paper, Part, Words, lines_of, plain

DOCUMENT = """
query Proforma($id: ID!) { node(id: $id) { ... on Order {
  id number status awaiting createdAt updatedAt submittedAt confirmedAt closedAt
  seller { name country } buyer { name country }
  contract {
    currency notes paymentTerms transportMode carrier lane incoterm incotermPlace exportMethod customsTitle logistics
    guaranteeMethod
    products { amount } shippingFee { amount } shippingDiscount { amount } storeCoupon { amount }
    agreedTotal { amount } deposit { amount }
    dispatchTerm { kind days date instant } dispatchPromise { guaranteed days }
    items {
      position description packaging remark quantity unit minimumQuantity
      attributes { name value } unitPrice { amount } amount { amount }
    }
    file { name sha256 } freightLane { name carrier }
    contact { recipient email phone lines city region postalCode country }
    destination { city region postalCode country }
  }
  transit { minDays maxDays unit origin }
  deliveryGuaranteed promisedAt acknowledged
  funds {
    couponOffset { amount } buyerPayable { amount }
    instalments { kind amount { amount } couponOffset { amount } payable { amount } completedAt }
    collectionAccounts { bank holder number bic currency }
  }
  deadlines { kind status dueAt }
  amendments { status decidedAt }
  protection { protectedUntil protectedFor }
} } }
"""
Json = Mapping[str, Any]


def proforma(order: Json) -> Paper:
    """The paper of an order, as `DOCUMENT` has found it."""
    status = Status(order["status"])
    return Paper(
        title=Words("Proforma invoice", "形式发票"),
        number=order["number"] or order["id"],
        standing=words.STANDING[status],
        binding=order["confirmedAt"] is not None and status is not Status.CLOSED,
        as_of=datetime.fromisoformat(order["updatedAt"]),
        stamps=tuple(_stamps(order)),
        parties=tuple(_parties(order)),
        parts=tuple(_parts(order)),
        closing=Words("Pay to the accounts listed here only: they belong to this order alone.", "请仅向所列账户付款。"),
    )


def _parts(order: Json) -> Iterator[Part]:
    contract = order["contract"]
    yield sums.goods(contract)
    yield Facts(Words("Terms", "条款"), tuple(terms.terms(order)))
    yield sums.schedule(order)
    yield sums.accounts(order)
    yield Facts(Words("Guarantees", "保障"), tuple(terms.guarantees(order)))
    if notes := lines_of(contract["notes"]):
        yield Note(Words("Notes", "备注"), notes)


def _stamps(order: Json) -> Iterator[Fact]:
    yield Fact(Words("Order number", "订单号"), (order["number"] or "–",))
    yield Fact(Words("Drafted", "起草"), (figures.instant(order["createdAt"]),))
    for name, stamp in (("submittedAt", Words("Offered", "发出")), ("confirmedAt", Words("Agreed", "确认"))):
        if order[name]:
            yield Fact(stamp, (figures.instant(order[name]),))
    agreed = [each["decidedAt"] for each in order["amendments"] if each["status"] == AmendmentStatus.CONFIRMED]
    if agreed:
        yield Fact(Words("Amended", "变更"), tuple(figures.instant(at) for at in sorted(agreed)))
    if order["closedAt"]:
        yield Fact(Words("Closed", "关闭"), (figures.instant(order["closedAt"]),))


def _parties(order: Json) -> Iterator[Note]:
    contract, buyer = order["contract"], order["buyer"]
    yield Note(Words("Supplier", "供应商"), _named(order["seller"]))
    yield Note(Words("Buyer", "买方"), _named(buyer) if buyer else ())
    title = Words("Deliver to", "收货信息")
    if contact := contract["contact"]:
        lines = (contact["recipient"], *contact["lines"], *_town(contact), contact["phone"], contact["email"])
        yield Note(title, tuple(plain(line) for line in lines if line))
    elif destination := contract["destination"]:
        yield Note(title, _town(destination))


def _named(party: Json) -> Cell:
    return plain(party["name"]), figures.country(party["country"])


def _town(place: Json) -> Cell:
    town = " ".join(plain(place[name]) for name in ("city", "region", "postalCode") if place[name])
    return tuple(line for line in (town, place["country"] and figures.country(place["country"])) if line)
