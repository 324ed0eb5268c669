"""The story of one assured order, told over HTTP and WebSocket to a real server on the real clock.

A seller drafts, the buyer confirms and pays in two instalments, the dispatch deadline passes, both sides see it at
once, the goods leave late, the buyer receives them, the money is released, and every cent of it balances.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, STDOUT
from datetime import timedelta

from app.settings import ROOT
from tests.api.contracts import contract, key, soon
from tests.api.ears import Ears, lag
from tests.api.people import Hall, Json, Person
from tests.api.server import Server
from tests.api.statements import landed, paid
from tests.figures import Recorder
from tests.market import Market

M = "{ amount currencyCode }"
PAGE = f"""
query Page($number: String!) {{
  order(number: $number) {{
    id version status stage stages {{ stage reachedAt current }} overdue dispatchedLate
    funds {{
      agreedTotal {M} buyerPayable {M} status received {M} missing {M} released {M} estimatedFee {M} feeCharged {M}
      instalments {{ kind amount {M} received {M} completedAt }}
      collectionAccounts {{ bank number currency }}
      nextPayment {{ instalment amount {M} methods {{ method }} until }}
    }}
    receipts {{ id method unassociated {M} counted {M} }}
    shipments {{ trackingNumber dispatchedAt }}
    deadlines {{ kind status dueAt rule inputs {{ name value }} }}
    availableActions {{ step available reason {{ code message }} }}
    log(first: 100) {{ nodes {{ kind version }} }}
  }}
}}"""
BOOKS = f"""
{{ viewer {{ seller {{
  balances {{ currency amount {M} }}
  quotaOccupied {M}
  statement {{ nodes {{ kind amount {M} balance {M} orderNumber }} }}
}} }} }}"""

# What happens after both sides have begun to listen; the buyer does not hear of what is marked with an S
STORY = """
ORDER_CONFIRMED PAYMENT_STARTED
RECEIPT_RECORDED INSTALMENT_COMPLETED DEADLINE_SET OVERDUE_RAISED
TRANSFER_LANDED FUNDS_ASSOCIATED INSTALMENT_COMPLETED
GOODS_DISPATCHED DEADLINE_SET
RECEIPT_CONFIRMED DEADLINE_SET FUNDS_RELEASED:S FEE_CHARGED:S
"""
FOR_SELLER = [word.removesuffix(":S") for word in STORY.split()]
FOR_BUYER = [word for word in STORY.split() if not word.endswith(":S")]
AHEAD = 6
BOUND = timedelta(seconds=2)


def usd(amount: str) -> Json:
    """An amount of US dollars as the API shows it."""
    return {"amount": amount, "currencyCode": "USD"}


async def page(person: Person, number: str) -> Json:
    """The order's page as this person sees it."""
    shown: Json = (await person.ask(PAGE, number=number))["order"]
    return shown


async def offered(seller: Person, market: Market) -> Json:
    """The order as the seller offers it, its dispatch term an instant some seconds ahead."""
    written = contract(market.buyer.email)
    order = (await seller.do("orderDraft", "order { id status }", idempotencyKey=key(), contract=written))["order"]
    assert order["status"] == "DRAFT"
    matched = await seller.do("orderMatchBuyer", "invited order { buyer { name } }", orderId=order["id"])
    assert matched["invited"] is False and matched["order"]["buyer"]["name"].startswith("Buyer ")
    term = {"dispatchTerm": {"kind": "FIXED_INSTANT", "instant": soon(AHEAD)}}
    await seller.do("orderEdit", orderId=order["id"], contract=term)
    submitted = await seller.do("orderSubmit", "order { id number version status awaiting }", orderId=order["id"])
    shown: Json = submitted["order"]
    assert (shown["status"], shown["awaiting"], len(shown["number"])) == ("PENDING_CONFIRMATION", "BUYER", 20)
    return shown


async def pay_deposit(server: Server, buyer: Person, order: Json) -> None:
    """The buyer starts a payment by card, which moves nothing, and the provider says that it was paid."""
    selection = f"payment {{ reference provider amount {M} expiresAt }}"
    started = await buyer.do("paymentStart", selection, idempotencyKey=key(), orderId=order["id"], method="VISA")
    assert started["payment"]["amount"] == usd("165.37")
    assert (await page(buyer, order["number"]))["funds"]["received"] == usd("0.00")
    statement = paid(started["payment"])
    answers = [await statement.send(server) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    # said twice, it counts once
    assert answers[0].json() == answers[1].json()


async def pay_balance(server: Server, buyer: Person, finance: Person, number: str) -> None:
    """The buyer transfers the balance; it counts from the moment finance associates it."""
    funds = (await page(buyer, number))["funds"]
    assert (funds["nextPayment"]["instalment"], funds["nextPayment"]["amount"]) == (2, usd("385.86"))
    answer = await landed(funds["collectionAccounts"][0]["number"], "385.86").send(server)
    assert answer.status_code == 200, answer.text
    assert (await page(buyer, number))["funds"]["received"] == usd("165.37")
    await finance.do("receiptAssociate", receiptId=answer.json()["receipt"])
    assert (await page(buyer, number))["funds"]["status"] == "FULLY_RECEIVED"


async def deliver(seller: Person, buyer: Person, id: str) -> None:
    """The seller dispatches, too late, and the buyer confirms the receipt."""
    shipped = await seller.do(
        "shipmentDispatch",
        "shipment { trackingNumber } order { status overdue dispatchedLate }",
        idempotencyKey=key(),
        orderId=id,
        carrier="DHL",
        trackingNumber="1Z 999",
    )
    assert shipped["order"] == {"status": "DISPATCHED", "overdue": True, "dispatchedLate": True}
    received = await buyer.do("orderConfirmReceipt", "order { status stage }", orderId=id)
    assert received["order"] == {"status": "COMPLETED", "stage": "REVIEWS"}


async def test_the_story_of_an_order(server: Server, market: Market, hall: Hall, figures: Recorder) -> None:
    """From draft to receipt: both sides hear everything once and in order, overdue at once, and it balances."""
    seller, finance = await hall.enter(server, market.seller.owner), await hall.enter(server, market.seller.finance)
    buyer = await hall.enter(server, market.buyer)
    order = await offered(seller, market)
    sellers, buyers = Ears(seller, order["id"]), Ears(buyer, order["id"])
    ears = (*sellers.both, *buyers.both)
    async with sellers.open(), buyers.open():
        confirmed = await buyer.do(
            "orderConfirm", "order { status }", orderId=order["id"], expectedVersion=order["version"]
        )
        assert confirmed["order"]["status"] == "PENDING_PAYMENT"
        await pay_deposit(server, buyer, order)
        lags = [lag(await ear.kind("OVERDUE_RAISED")) for ear in ears]
        figures("overdue on the slowest of four open subscriptions", f"{max(lags).total_seconds():.3f} s")
        assert timedelta(0) <= min(lags) and max(lags) < 5 * BOUND
    # nobody listens while the balance comes in
    await pay_balance(server, buyer, finance, order["number"])
    async with sellers.open(), buyers.open():
        for ear in ears:
            await ear.kind("INSTALMENT_COMPLETED")
            assert ear.listener.kinds == ["TRANSFER_LANDED", "FUNDS_ASSOCIATED", "INSTALMENT_COMPLETED"]
        await deliver(seller, buyer, order["id"])
        for ear in sellers.both:
            await ear.kind("FEE_CHARGED")
        for ear in buyers.both:
            await ear.listener.until(lambda message: "PROTECTION_END" in str(message["event"]))
    await check_heard(sellers, order["version"], FOR_SELLER)
    await check_heard(buyers, order["version"], FOR_BUYER)
    await check_page(await page(seller, order["number"]), released="551.23", fee="11.02")
    await check_page(await page(buyer, order["number"]), released=None, fee=None)
    await check_books(finance, order["number"])
    *_, sums, _, verdict = (await ledger_check(server)).splitlines()
    stands = "escrow 0.00 USD, fee 11.02 USD, seller 0.00 USD, unassociated 0.00 USD, world -11.02 USD"
    assert sums == f"USD: {stands}; sum 0"
    assert verdict == "The ledger is right."


async def check_heard(ears: Ears, version: int, kinds: list[str]) -> None:
    """Both ears heard these kinds, each once, in the order of their versions; paging the feed says the same."""
    assert [ear.messages[0]["event"] for ear in ears.both] == [None, None]
    snapshot = ears.order.messages[0]["order"]
    assert snapshot == {"version": version, "status": "PENDING_CONFIRMATION", "overdue": False}
    heard = [(event["kind"], event["version"]) for event in ears.order.events]
    assert [kind for kind, _ in heard] == kinds
    assert [number for _, number in heard] == list(range(version + 1, version + 1 + len(kinds)))
    assert [(event["kind"], event["version"]) for event in ears.feed.events] == heard
    for message in ears.order.messages:
        assert message["order"]["version"] >= (message["event"] or snapshot)["version"]
    assert ears.order.messages[-1]["order"]["status"] == "COMPLETED"
    assert await ears.paged() == ears.feed.messages[1:]


async def check_page(shown: Json, released: str | None, fee: str | None) -> None:
    """All has come in, all stages are reached, and the overdue deadline stays to be seen."""
    funds = shown["funds"]
    assert (funds["agreedTotal"], funds["received"], funds["missing"]) == (usd("551.23"), usd("551.23"), usd("0.00"))
    assert [row["received"] for row in funds["instalments"]] == [usd("165.37"), usd("385.86")]
    assert funds["nextPayment"] is None
    assert [funds["released"], funds["feeCharged"]] == [each and usd(each) for each in (released, fee)]
    assert [stamp["stage"] for stamp in shown["stages"] if stamp["reachedAt"]] == [
        *("CONTRACT", "PAYMENT", "SHIPMENT", "RECEIVING", "REVIEWS")
    ]
    deadlines = {row["kind"]: row["status"] for row in shown["deadlines"]}
    assert (deadlines["DISPATCH"], deadlines["AUTO_RECEIPT"]) == ("LAPSED", "VOID")


async def check_books(finance: Person, number: str) -> None:
    """551.23 were released, 11.02 stay as the fee, and the 540.21 that are the seller's leave by a withdrawal."""
    books = (await finance.ask(BOOKS))["viewer"]["seller"]
    assert books["balances"] == [{"currency": "USD", "amount": usd("540.21")}]
    assert books["quotaOccupied"] == usd("0.00")
    expected = [("FEE", usd("-11.02"), usd("540.21"), number), ("RELEASE", usd("551.23"), usd("551.23"), number)]
    assert lines(books) == expected
    too_much = await finance.refused("withdrawalMake", idempotencyKey=key(), amount=usd("540.22"))
    assert too_much == [("BALANCE_TOO_SMALL", "amount")]
    await finance.do("withdrawalMake", idempotencyKey=key(), amount=usd("540.21"))
    books = (await finance.ask(BOOKS))["viewer"]["seller"]
    assert books["balances"] == [{"currency": "USD", "amount": usd("0.00")}]
    assert lines(books) == [("WITHDRAWAL", usd("-540.21"), usd("0.00"), None), *expected]


def lines(books: Json) -> list[tuple[str, Json, Json, str | None]]:
    """The lines of the statement, newest first."""
    return [
        (line["kind"], line["amount"], line["balance"], line["orderNumber"]) for line in books["statement"]["nodes"]
    ]


async def ledger_check(server: Server) -> str:
    """What the command that proves the ledger says."""
    given = [f"{name}={value}" for name, value in server.given.items()]
    command = ("/usr/bin/env", "-i", *given, sys.executable, "-m", "app", "ledger", "check")
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=STDOUT)
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode().strip()
