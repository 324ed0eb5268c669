"""The orders of the demonstration, made once; and one more at every start, which turns overdue by itself."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions import enrolment, freight, fulfilment, orders, payments, policies, products, sellers
from app.actions.work import Call, Means, call_of
from app.db import tables as t
from app.db.keys import SEED
from app.demonstration import lanes, people
from app.demonstration.contracts import EXAMPLE, Contract, address, contract, deposit, line, until
from app.demonstration.people import ADA, HUA, JONAS, LANTERN, LINH, LOOM, MEI, SAM, TAO, Person
from app.demonstration.shelf import SHELF
from app.domain.buying import Purchase
from app.domain.contract import Line
from app.domain.fulfilment import Parcel, Report
from app.domain.policy import ExportMethod, PaymentMethod, TransportMode
from app.domain.records import GuaranteeMethod, ServiceStatus, TrackingKind
from app.domain.sellers import Verification
from app.settings import Settings, SettingsError
from app.web.provider import NAME, DemonstrationProvider
from app.web.webhooks import Webhooks

RATES: Mapping[tuple[str, str], str] = {
    ("EUR", "USD"): "1.0825",
    ("USD", "EUR"): "0.9237875289",
    ("GBP", "USD"): "1.2640",
    ("USD", "GBP"): "0.7911392405",
    ("CNY", "USD"): "0.1384083045",
    ("USD", "CNY"): "7.2250",
    ("JPY", "USD"): "0.0066945607",
    ("USD", "JPY"): "149.375",
    ("KWD", "USD"): "3.2515",
    ("USD", "KWD"): "0.30755",
    ("BRL", "USD"): "0.1960784314",
    ("USD", "BRL"): "5.1000",
    ("CNY", "EUR"): "0.1278598656",
    ("CNY", "GBP"): "0.1095002409",
    ("CNY", "JPY"): "20.6747404844",
    ("CNY", "KWD"): "0.0425674740",
    ("CNY", "BRL"): "0.7058823529",
}
QUOTA = 200_000_00
AHEAD = timedelta(minutes=2)


class Needs(Means, Protocol):
    """What the demonstration works with."""

    @property
    def settings(self) -> Settings:
        """The settings."""


def require_demonstration(settings: Settings) -> None:
    """Refuse to make the demonstration anywhere but in the embedded default."""
    if not settings.demonstration:
        raise SettingsError(
            ["DATABASE_URL, MODE: the demonstration lives in the embedded database of development; unset them both."]
        )


async def seed(needs: Needs) -> None:
    """Make the market, unless it is there; what an interrupted start has left is completed."""
    require_demonstration(needs.settings)
    async with needs.engine.connect() as held, _alone(held):
        async with needs.engine.connect() as connection:
            done = (await connection.execute(select(t.idempotency_keys.c.key).where(_marked()))).first()
        if done is None:
            market = Market(needs)
            await market.open()
            await market.trade()
            async with needs.engine.begin() as connection:
                await connection.execute(insert(t.idempotency_keys).values(_mark(needs)))


@asynccontextmanager
async def _alone(connection: AsyncConnection) -> AsyncIterator[None]:
    """Let whoever else starts at this moment wait; without a transaction, which would be too long to stay open."""
    await connection.execution_options(isolation_level="AUTOCOMMIT")
    await connection.execute(text("SELECT pg_advisory_lock(hashtext('demonstration'))"))
    try:
        yield
    finally:
        await connection.execute(text("SELECT pg_advisory_unlock(hashtext('demonstration'))"))


def _marked() -> Any:
    keys = t.idempotency_keys
    return (keys.c.actor == NAME) & (keys.c.key == "market")


def _mark(needs: Needs) -> dict[str, Any]:
    return {
        "actor": NAME,
        "key": "market",
        "operation": SEED,
        "input_hash": "",
        "result_id": LANTERN.id,
        "created_at": needs.clock.real(),
    }


async def fresh_order(needs: Needs) -> str:
    """One more paid order, to be dispatched within two minutes; its number. Nobody will, and so it turns overdue."""
    require_demonstration(needs.settings)
    instant = (await needs.clock.learn() + AHEAD).replace(microsecond=0)
    lantern = line("Camping lantern, rechargeable", "24", "18.50", colour="Amber")
    # without a guarantee it leaves the quota alone, however often the server is started
    terms = contract(ADA, lantern, guarantee_method=GuaranteeMethod.NONE, **until(instant))
    market = Market(needs, str(needs.mint.id()))
    order_id = await market.paid("fresh", ADA, terms)
    async with needs.engine.connect() as connection:
        found = await connection.execute(select(t.orders.c.number).where(t.orders.c.id == order_id))
        return str(found.scalar_one())


class Market:
    """Acts for the people of the demonstration; every act has a key, so that doing it again does nothing."""

    def __init__(self, needs: Needs, occasion: str = "seed") -> None:
        self._needs = needs
        self._occasion = occasion
        self._shelf: dict[str, UUID] = {}
        self._lanes: dict[str, UUID] = {}
        settings = needs.settings
        self._provider = DemonstrationProvider(
            needs, Webhooks(needs, settings.payment_secrets, settings.bank_feed_secret)
        )

    def _call(self, person: Person, operation: str, name: str) -> Call:
        return call_of(person.actor, operation, {}, f"{self._occasion}:{operation}:{name}")

    async def open(self) -> None:
        """Accounts and rates, one seller who is active and enrolled, and one whose application waits."""
        needs = self._needs
        async with needs.engine.begin() as connection:
            await people.settle_in(connection, await needs.clock.read(connection))
            found = await connection.execute(select(t.sellers.c.id, t.sellers.c.service, t.sellers.c.quota_limit))
            stands = {row.id: row for row in found}
        for (base, quote), rate in RATES.items():
            call = self._call(SAM, "rateSet", base + quote)
            await policies.set_rate(needs, call, base, quote, Decimal(rate))
        if stands[LANTERN.id].service == ServiceStatus.INACTIVE:
            await sellers.apply(needs, Call(MEI.actor.by, MEI.actor), None)
        await enrolment.join(needs, self._call(MEI, "enrolmentJoin", "lantern"))
        if stands[LANTERN.id].quota_limit == 0:
            call = Call(SAM.actor.by, SAM.actor)
            await sellers.set_quota(needs, call, LANTERN.id, QUOTA, "Quota of the demonstration")
        for name, sheet in SHELF.items():
            product_id = await products.create(needs, self._call(MEI, "productCreate", name), sheet)
            await products.publish(needs, Call(MEI.actor.by, MEI.actor), product_id)
            self._shelf[name] = product_id
        await self._freight()
        if stands[LOOM.id].service == ServiceStatus.INACTIVE:
            form = Verification(LOOM.name, "0109 555 201", "VN", "8 Hang Gai Street, Hanoi", LINH.name)
            await sellers.apply(needs, Call(LINH.actor.by, LINH.actor), form)

    async def _freight(self) -> None:
        """Lanes of the platform, the couriers and the seller, and the templates by which the shelf is sent."""
        needs = self._needs
        for sheet in (*lanes.PLATFORM, *lanes.COURIERS):
            call = self._call(SAM, "laneCreate", sheet.name)
            self._lanes[sheet.name] = await freight.lane_create(needs, call, sheet.provider, sheet.patch, True)
        for sheet in lanes.OWN:
            call = self._call(MEI, "sellerLaneCreate", sheet.name)
            self._lanes[sheet.name] = await freight.own_lane_create(needs, call, sheet.patch, True)
        for name, (held, sent) in lanes.TEMPLATES.items():
            call = self._call(MEI, "templateCreate", name)
            template_id = await freight.template_create(needs, call, name, [self._lanes[lane] for lane in held])
            bound = [self._shelf[product] for product in sent]
            await freight.template_bind(needs, Call(MEI.actor.by, MEI.actor), template_id, bound)

    async def trade(self) -> None:
        """Orders in every state."""
        await self.paid("example", ADA, EXAMPLE)
        await self.drafted("draft", JONAS, {"items": (line("Folding stove", "40", "22.90"),)})
        tents = line("Ridge tent, two persons", "30", "84.00", colour="Moss")
        await self.offered("offer", ADA, contract(ADA, tents, **deposit("756.00")))
        mats = line("Sleeping mat", "75", "735")
        await self.confirmed("yen", JONAS, contract(JONAS, mats, currency="JPY", **deposit("16538")))
        kettles = line("Enamel kettle", "50", "11.025")
        dinar = await self.confirmed("dinar", ADA, contract(ADA, kettles, currency="KWD", **deposit("165.375")))
        await self.pay("dinar", ADA, dinar)
        ropes = line("Climbing rope, 60 m", "20", "96.40", colour="Red")
        waiting = await self.confirmed("transfer", JONAS, contract(JONAS, ropes, currency="EUR"))
        await self._land(waiting, "1928.00", "EUR")
        await self._dispatched()
        await self._completed()
        await self._requested()
        await self._promised()
        await self._bought()

    async def drafted(self, name: str, buyer: Person, terms: Contract) -> UUID:
        """A seller's draft for a buyer, matched."""
        written = {**terms, "email": buyer.email}
        order_id = await orders.draft(self._needs, self._call(TAO, "orderDraft", name), written, None)
        await orders.match_buyer(self._needs, self._call(TAO, "orderMatchBuyer", name), order_id)
        return order_id

    async def offered(self, name: str, buyer: Person, terms: Contract) -> UUID:
        """An order that waits for its buyer."""
        order_id = await self.drafted(name, buyer, terms)
        return await orders.submit(self._needs, self._call(TAO, "orderSubmit", name), order_id)

    async def confirmed(self, name: str, buyer: Person, terms: Contract) -> UUID:
        """An order that waits for money."""
        order_id = await self.offered(name, buyer, terms)
        return await orders.confirm(self._needs, self._call(buyer, "orderConfirm", name), order_id)

    async def paid(self, name: str, buyer: Person, terms: Contract) -> UUID:
        """An order whose first instalment is in."""
        order_id = await self.confirmed(name, buyer, terms)
        await self.pay(name, buyer, order_id)
        return order_id

    async def pay(self, name: str, buyer: Person, order_id: UUID) -> None:
        """The buyer starts a payment, and the provider says that it was paid."""
        call = self._call(buyer, "paymentStart", name)
        payment_id = await payments.start(self._needs, call, order_id, None, PaymentMethod.VISA, NAME)
        response = await self._provider.pay(payment_id)
        if response.status_code != 200:
            raise RuntimeError(f"the demonstration's payment was refused: {bytes(response.body).decode()}")

    async def _land(self, order_id: UUID, amount: str, currency: str) -> None:
        accounts = t.collection_accounts
        async with self._needs.engine.connect() as connection:
            query = select(accounts.c.number).where(accounts.c.order_id == order_id).order_by(accounts.c.id)
            number = (await connection.execute(query)).scalars().first()
        response = await self._provider.land(str(number), f"HH-{order_id.hex[-8:].upper()}", amount, currency)
        if response.status_code != 200:
            raise RuntimeError(f"the demonstration's transfer was refused: {bytes(response.body).decode()}")

    async def _dispatched(self) -> None:
        """An order under way, with what its carrier says."""
        needs = self._needs
        packs = line("Trail backpack, 45 l", "16", "61.20", colour="Ochre")
        shipped = {"transport_mode": TransportMode.EXPRESS, "export_method": ExportMethod.SELF_OPERATED}
        order_id = await self.paid("dispatched", JONAS, contract(JONAS, packs, **shipped))
        call = self._call(TAO, "shipmentDispatch", "dispatched")
        shipment_id = await fulfilment.dispatch(needs, call, order_id, Parcel("DHL", "JD014600006543210987"))
        report = Report(TrackingKind.PICKED_UP, await needs.clock.learn(), "OPERATOR", "1", "Ningbo", "Picked up")
        await fulfilment.track(needs, self._call(SAM, "trackingRecord", "dispatched"), shipment_id, report)

    async def _completed(self) -> None:
        """An order that came to its end, with its review, and some of its money withdrawn."""
        needs = self._needs
        cups = line("Titanium cup", "120", "7.80")
        order_id = await self.paid("completed", ADA, contract(ADA, cups))
        call = self._call(TAO, "shipmentDispatch", "completed")
        await fulfilment.dispatch(needs, call, order_id, Parcel("DHL", "JD014600001234567890"))
        await fulfilment.confirm_receipt(needs, self._call(ADA, "orderConfirmReceipt", "completed"), order_id)
        review = self._call(ADA, "reviewWrite", "completed")
        await fulfilment.review(needs, review, order_id, 5, 5, 4, "Light, and every one of them arrived whole.")
        reply = self._call(MEI, "reviewReply", "completed")
        await fulfilment.reply(needs, reply, order_id, "Thank you. We pack the next ones tighter still.")
        await sellers.withdraw(needs, self._call(HUA, "withdrawalMake", "completed"), 400_00, "USD")

    async def _requested(self) -> None:
        """A buyer's request that waits for the seller to complete it."""
        needs = self._needs
        asked = {**address(JONAS), "items": (line("Storm lantern, brass", "200", "14.20"),), "currency": "EUR"}
        order_id = await orders.draft(needs, self._call(JONAS, "orderDraft", "request"), asked, LANTERN.id)
        await orders.submit(needs, self._call(JONAS, "orderSubmit", "request"), order_id)

    async def _bought(self) -> None:
        """What a buyer bought now, at published prices and by a lane of their choice; it waits for money."""
        mats = Line("", Decimal(10), "", product_id=self._shelf["mat"])
        bought = Purchase((mats,), self._lanes["Europe air, general"], address(JONAS))
        await orders.place(self._needs, self._call(JONAS, "orderPlace", "bought"), bought)

    async def _promised(self) -> None:
        """An order with both promises: ready goods of an enrolled seller, by a guaranteed lane, paid."""
        cups = Line("", Decimal(60), "", product_id=self._shelf["cup"])
        by_lane: dict[str, Any] = {"lane_id": self._lanes["US air, general"], "carrier": None, "dispatch_days": 3}
        await self.paid("promised", ADA, contract(ADA, cups, export_method=ExportMethod.SELF_OPERATED, **by_lane))
