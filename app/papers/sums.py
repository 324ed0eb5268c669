"""What is sold for how much, and how it is paid: the goods, the payment schedule and the collection accounts."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from app.domain.records import InstalmentKind, PaymentTerms
from app.papers import figures, words
from app.papers.paper import Cell, Column, Fact, Table, Text, Words, lines_of, plain

Json = Mapping[str, Any]


def goods(contract: Json) -> Table:
    """The lines of a contract, or what an attached one says instead, with the sums they come to (ORD-3)."""
    currency = contract["currency"]
    columns = (
        Column(Words("No.", "序号"), number=True),
        Column(Words("Description", "品名"), wide=True),
        Column(Words("Quantity", "数量"), number=True),
        Column(Words(f"Unit price ({currency})", f"单价（{currency}）"), number=True),
        Column(Words(f"Amount ({currency})", f"金额（{currency}）"), number=True),
    )
    rows = [_line(item) for item in contract["items"]]
    if not rows and contract["file"]:
        said: Cell = (Words("As the attached contract says", "以所附合同为准"), plain(contract["file"]["name"]))
        rows = [((), said, (), (), (figures.amount(contract["products"]),))]
    return Table(Words("Goods", "货物明细"), columns, tuple(rows), tuple(_sums(contract)))


def _line(item: Json) -> tuple[Cell, ...]:
    said: list[Text] = [*lines_of(item["description"])]
    said += [f"{plain(each['name'] or '')}: {plain(each['value'] or '')}" for each in item["attributes"]]
    for label, name in (("Packaging 包装", "packaging"), ("Remark 备注", "remark")):
        if told := lines_of(item[name]):
            said += [f"{label}: {told[0]}", *told[1:]]
    if item["minimumQuantity"]:
        said.append(f"Minimum quantity 起订量: {figures.number(item['minimumQuantity'])}")
    return (
        (str(item["position"]),),
        tuple(said),
        (figures.number(item["quantity"]), plain(item["unit"])),
        (figures.amount(item["unitPrice"]),),
        (figures.amount(item["amount"]),),
    )


def _sums(contract: Json) -> Iterator[Fact]:
    currency = contract["currency"]
    yield Fact(Words("Products", "货款"), (figures.amount(contract["products"]),))
    yield Fact(Words("Shipping fee", "运费"), (figures.amount(contract["shippingFee"]),))
    yield Fact(Words("Shipping discount", "运费折扣"), (figures.off(contract["shippingDiscount"]),))
    yield Fact(Words("Store coupon", "店铺优惠券"), (figures.off(contract["storeCoupon"]),))
    yield Fact(Words("Agreed total", "订单总额"), (f"{currency} {figures.amount(contract['agreedTotal'])}",))


def schedule(order: Json) -> Table:
    """The instalments: amount, what a platform coupon pays of it, what is left to pay (ORD-4, PAY-5)."""
    contract, funds = order["contract"], order["funds"]
    title, currency = Words("Payment schedule", "付款计划"), contract["currency"]
    columns = (
        Column(Words("Instalment", "期次"), wide=True),
        Column(Words(f"Amount ({currency})", f"金额（{currency}）"), number=True),
        Column(Words("Platform coupon", "平台优惠券"), number=True),
        Column(Words(f"To pay ({currency})", f"应付（{currency}）"), number=True),
        Column(Words("Received in full", "付清时间")),
    )
    rows = tuple(_instalment(each) for each in funds["instalments"]) or tuple(_planned(contract))
    payable = Fact(Words("Buyer pays", "买方应付"), (f"{currency} {figures.amount(funds['buyerPayable'])}",))
    return Table(title, columns, rows, (payable,))


def _instalment(each: Json) -> tuple[Cell, ...]:
    paid = (figures.instant(each["completedAt"]),) if each["completedAt"] else ("–",)
    amounts = (figures.amount(each["amount"]), figures.off(each["couponOffset"]), figures.amount(each["payable"]))
    return ((words.INSTALMENTS[InstalmentKind(each["kind"])],), *((amount,) for amount in amounts), paid)


def _planned(contract: Json) -> Iterator[tuple[Cell, ...]]:
    """The instalments as they will be once both have agreed (ORD-4)."""
    total, deposit = Decimal(contract["agreedTotal"]["amount"]), contract["deposit"]
    parts = {InstalmentKind.FULL: total}
    if contract["paymentTerms"] == PaymentTerms.DEPOSIT_BALANCE and deposit:
        first = Decimal(deposit["amount"])
        parts = {InstalmentKind.DEPOSIT: first, InstalmentKind.BALANCE: total - first}
    for kind, amount in parts.items():
        yield ((words.INSTALMENTS[kind],), (f"{amount:,f}",), ("–",), (f"{amount:,f}",), ("–",))


def accounts(order: Json) -> Table:
    """The accounts that receive transfers for this order alone (ORD-7)."""
    names = (Words("Bank", "银行"), Words("Holder", "户名"), Words("Number", "账号"), Words("BIC", "银行代码"))
    columns = tuple(Column(name, wide=at == 1) for at, name in enumerate((*names, Words("Currency", "币种"))))
    rows = tuple(
        tuple((plain(account[name]),) for name in ("bank", "holder", "number", "bic", "currency"))
        for account in order["funds"]["collectionAccounts"]
    )
    return Table(Words("Collection accounts", "收款账户"), columns, rows)
