"""The terms of an order and what is guaranteed of it, as its papers say them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from app.domain.exports import Acknowledgement
from app.domain.policy import ExportMethod, Logistics, TransportMode
from app.domain.records import DeadlineKind, DeadlineStatus, DispatchTerm, GuaranteeMethod, Incoterm, PaymentTerms
from app.papers import figures, words
from app.papers.paper import Cell, Fact, Text, Words, lines_of, plain

Json = Mapping[str, Any]
NOTHING: Cell = ()
NOT_PROMISED = Words("Not promised", "未承诺")
DISPATCH = Words("Guaranteed: the buyer can claim compensation if dispatch is late", "承诺准时发货，延迟可申请赔付")
DELIVERY = Words("Guaranteed: the buyer can claim compensation if delivery is late", "承诺准时送达，延迟可申请赔付")


def terms(order: Json) -> Iterator[Fact]:
    """Every term of the contract that it has."""
    contract = order["contract"]
    for name, lines in (
        (Words("Payment terms", "付款方式"), _named_by(words.PAYMENT_TERMS, PaymentTerms, contract["paymentTerms"])),
        (Words("Dispatch term", "发货条款"), _dispatch(contract["dispatchTerm"])),
        (Words("Dispatch deadline", "发货截止"), _due(order)),
        (Words("Transport mode", "运输方式"), _named_by(words.TRANSPORT, TransportMode, contract["transportMode"])),
        (Words("Carrier", "承运人"), lines_of(contract["carrier"])),
        (Words("Lane", "物流线路"), _lane(order)),
        (Words("Incoterms® 2020", "贸易术语"), _incoterm(contract)),
        (Words("Export method", "出口方式"), _named_by(words.EXPORT, ExportMethod, contract["exportMethod"])),
        (Words("Customs title of", "报关抬头"), lines_of(contract["customsTitle"])),
        (Words("Logistics", "物流"), _named_by(words.LOGISTICS, Logistics, contract["logistics"])),
        (Words("Attached contract", "所附合同"), _file(contract["file"])),
        (Words("Acknowledged", "已确认知悉"), _acknowledged(order["acknowledged"])),
    ):
        if lines:
            yield Fact(name, lines)


def _named_by(called: Mapping[Any, Words], kind: Any, value: str | None) -> Cell:
    return NOTHING if value is None else (called[kind(value)],)


def _dispatch(term: Json) -> Cell:
    if term["kind"] is None:
        return NOTHING
    said = words.DISPATCH_TERMS[DispatchTerm(term["kind"])]
    facts = {
        "days": term["days"] if term["days"] is not None else "–",
        "date": date.fromisoformat(term["date"]).isoformat() if term["date"] else "–",
        "instant": figures.instant(term["instant"]) if term["instant"] else "–",
    }
    return (Words(said.en.format(**facts), said.zh.format(**facts)),)


def _due(order: Json) -> Cell:
    """The deadline that is in force, or was met or missed; those that amendments moved are history."""
    gone = {DeadlineStatus.MOVED, DeadlineStatus.VOID}
    found = [
        each["dueAt"]
        for each in order["deadlines"]
        if each["kind"] == DeadlineKind.DISPATCH and each["status"] not in gone
    ]
    return (figures.instant(found[-1]),) if found else NOTHING


def _lane(order: Json) -> Cell:
    contract, transit = order["contract"], order["transit"]
    lane, named = contract["freightLane"], lines_of(contract["lane"])
    lines: list[Text] = list(named)
    if lane and not named:
        lines.append(f"{plain(lane['name'])}, {plain(lane['carrier'])}")
    if transit["maxDays"] is not None:
        days = f"{transit['minDays']}–{transit['maxDays']}"
        business = transit["unit"] == "BUSINESS_DAYS"
        lines.append(
            Words(
                f"{days} {'business' if business else 'calendar'} days in transit from {transit['origin']}",
                f"自 {transit['origin']} 起运输 {days} 个{'工作日' if business else '自然日'}",
            )
        )
    return tuple(lines)


def _incoterm(contract: Json) -> Cell:
    if contract["incoterm"] is None:
        return NOTHING
    place = plain(contract["incotermPlace"] or "")
    return (f"{contract['incoterm']} {place}".strip(), words.INCOTERMS[Incoterm(contract["incoterm"])])


def _acknowledged(codes: Sequence[str]) -> Cell:
    return tuple(words.ACKNOWLEDGED[Acknowledgement(code)] for code in codes)


def _file(file: Json | None) -> Cell:
    return NOTHING if file is None else (plain(file["name"]), f"SHA-256 {file['sha256']}")


def guarantees(order: Json) -> Iterator[Fact]:
    """What is guaranteed of an order: by the seller's quota, of dispatch, of delivery, and by the way back."""
    contract = order["contract"]
    promise, protection = contract["dispatchPromise"], order["protection"]
    method = words.GUARANTEE[GuaranteeMethod(contract["guaranteeMethod"])]
    yield Fact(Words("Quota guarantee", "额度保障"), (method,))
    yield Fact(Words("On-time dispatch", "准时发货"), (DISPATCH if promise["guaranteed"] else NOT_PROMISED,))
    delivery: Cell = (NOT_PROMISED,)
    if order["deliveryGuaranteed"]:
        until = figures.instant(order["promisedAt"]) if order["promisedAt"] else None
        delivery = (DELIVERY, *((Words(f"Promised until {until}", f"承诺送达时间 {until}"),) if until else ()))
    yield Fact(Words("On-time delivery", "准时送达"), delivery)
    until = protection["protectedUntil"]
    lasts = figures.instant(until) if until else protection["protectedFor"]
    if lasts:
        yield Fact(Words("Refund can be asked for until", "可申请退款至"), (lasts,))
