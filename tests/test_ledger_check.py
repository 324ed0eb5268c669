"""The check of the ledger: what is right passes, and whatever is altered behind its back is found."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.actions import ledger, orders, payments, sellers
from app.db import proofs
from app.db.engine import write_engine
from tests import nursery
from tests.databases import copy_of
from tests.domain.build import one_line, terms
from tests.market import Market, by, completed, confirmed, dispatched, open_market, paid, pay, submitted, transfer
from tests.means import TestMeans


@pytest.fixture
async def market(fresh_engine: AsyncEngine) -> Market:
    """A market of this test alone: the check is over everything."""
    return await open_market(TestMeans(fresh_engine))


async def busy(market: Market) -> dict[str, UUID]:
    """Orders in which every act of the ledger has happened."""
    means, finance, operator = market.means, by(market.seller.finance), by(market.operator)
    made = {name: await completed(market, terms(name)) for name in ("USD", "JPY", "KWD")}
    await sellers.withdraw(means, finance, 100_00, "USD")
    await sellers.withdraw(means, finance, 40_000, "JPY")
    made["excess"] = await confirmed(market, one_line("50.00"))
    await pay(market, made["excess"], 70_00)
    made["transfer"] = await confirmed(market, one_line("50.00"))
    receipt_id = await transfer(market, made["transfer"], 60_00)
    await payments.associate(means, finance, made["transfer"], receipt_id)
    await payments.undo_association(means, operator, made["transfer"], receipt_id)
    await payments.associate(means, finance, made["transfer"], receipt_id)
    await payments.refund_held(means, operator, made["transfer"], receipt_id)
    made["waiting"] = await confirmed(market, one_line("50.00"))
    await transfer(market, made["waiting"], 20_00)
    await transfer(market, made["waiting"], 20_00, "EUR")
    made["early"] = await submitted(market, one_line("50.00"))
    await transfer(market, made["early"], 50_00)
    await orders.confirm(means, by(market.buyer), made["early"])
    made["late"] = await dispatched(market, terms())
    made["unpaid"] = await confirmed(market, terms())
    return made


async def test_a_busy_market_is_right(market: Market) -> None:
    """Every act of the ledger has happened, and the report says what stands where."""
    made = await busy(market)
    heard: list[int] = []
    report = await ledger.check(market.means, tell=heard.append)
    assert report.faults == []
    assert report.right
    assert (report.orders, heard) == (len(made), [len(made)])
    async with market.means.engine.connect() as connection:
        kinds = set((await connection.execute(text("SELECT DISTINCT kind FROM entries"))).scalars())
        entries = (await connection.execute(text("SELECT count(*) FROM entries"))).scalar_one()
    assert report.entries == entries
    assert kinds >= {
        "RECEIPT_COUNTED",
        "RECEIPT_HELD",
        "TRANSFER_LANDED",
        "TRANSFER_ASSOCIATED",
        "ASSOCIATION_UNDONE",
        "HELD_REFUNDED",
        "RELEASE",
        "FEE",
        "WITHDRAWAL",
    }
    said = "\n".join(report.lines())
    assert "The ledger is right." in said
    assert "KWD: escrow 0.000 KWD, fee 11.025 KWD, seller 540.205 KWD, world -551.230 KWD; sum 0" in said


async def test_an_empty_ledger_is_right(market: Market) -> None:
    """Nothing is wrong with nothing."""
    report = await ledger.check(market.means)
    assert (report.right, report.orders, report.entries) == (True, 0, 0)


async def test_batches_cover_every_order(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are."""
    made = [await paid(market, one_line("50.00")) for _ in range(5)]
    monkeypatch.setattr(ledger, "BATCH", 2)
    heard: list[int] = []
    report = await ledger.check(market.means, tell=heard.append)
    assert (report.faults, report.orders, heard) == ([], len(made), [2, 4, 5])


async def test_one_order_by_its_number_or_id(market: Market) -> None:
    """The others are left alone, and an unknown one is a fault."""
    made = await busy(market)
    async with market.means.engine.connect() as connection:
        query = text("SELECT number FROM orders WHERE id = :id")
        number = str((await connection.execute(query, {"id": made["USD"]})).scalar_one())
    async with market.means.engine.begin() as connection:
        await connection.execute(text("UPDATE orders SET received = received + 1 WHERE id = :id"), {"id": made["JPY"]})
    for named in (number, f"ord_{made['USD'].hex}", str(made["USD"])):
        report = await ledger.check(market.means, named)
        assert (report.faults, report.orders) == ([], 1)
    assert not (await ledger.check(market.means, str(made["JPY"]))).right
    for unknown in ("12345678901234567890", "ord_", "ord_" + "0" * 32, "nonsense"):
        assert (await ledger.check(market.means, unknown)).faults == [f"there is no order {unknown}"]


FREE = (
    "SET LOCAL session_replication_role = replica",
    "ALTER TABLE balances DROP CONSTRAINT ck_balances_protected",
    "ALTER TABLE receipts DROP CONSTRAINT ck_receipts_parts",
    "ALTER TABLE receipts DROP CONSTRAINT ck_receipts_positive",
)


@asynccontextmanager
async def tampering(market: Market) -> AsyncIterator[AsyncConnection]:
    """A transaction of somebody who may do everything: no trigger and no constraint stops them. It is rolled back."""
    async with market.means.engine.connect() as connection:
        for statement in FREE:
            await connection.execute(text(statement))
        yield connection
        await connection.rollback()


_FIRST = "(SELECT id FROM entries WHERE order_id = :USD ORDER BY sequence LIMIT 1)"
_LAST = "(SELECT id FROM entries WHERE order_id = :USD ORDER BY sequence DESC LIMIT 1)"
_LINE = "(SELECT id FROM statement_lines WHERE currency = 'USD' ORDER BY ordinal LIMIT 1)"
# each is something an attacker, a bad migration or a bug could do, and a part of what must be said of it
TAMPERINGS: dict[str, tuple[str, str]] = {
    "an amount": (f"UPDATE moves SET amount = amount + 1 WHERE entry_id = {_FIRST}", "entry 1 was altered"),
    "a target": (f"UPDATE moves SET to_account = 'FEE', to_owner = NULL WHERE entry_id = {_FIRST}", "was altered"),
    "a kind": (f"UPDATE entries SET kind = 'RECEIPT_HELD' WHERE id = {_FIRST}", "entry 1 was altered"),
    "an instant": (f"UPDATE entries SET at = at - interval '1 day' WHERE id = {_FIRST}", "entry 1 was altered"),
    "a cause": (f"UPDATE entries SET cause = gen_random_uuid() WHERE id = {_FIRST}", "a receipt that is not there"),
    "a hash": (f"UPDATE entries SET hash = 'x' WHERE id = {_FIRST}", "does not follow the entry before it"),
    "an entry gone": (f"DELETE FROM entries WHERE id = {_FIRST}", "one is missing"),
    "the last entry gone": (f"DELETE FROM entries WHERE id = {_LAST}", "counts"),
    "the moves gone": (f"DELETE FROM moves WHERE entry_id = {_FIRST}", "entry 1 moves nothing"),
    "the order's hash": ("UPDATE orders SET entry_hash = 'x' WHERE id = :USD", "hash is not that of its last entry"),
    "received": ("UPDATE orders SET received = received - 1 WHERE id = :USD", "received is 551.22 USD"),
    "refunded": ("UPDATE orders SET refunded = 1 WHERE id = :USD", "refunded is 0.01 USD"),
    "released": ("UPDATE orders SET released = 0 WHERE id = :USD", "released is 0.00 USD"),
    "fee": ("UPDATE orders SET fee_charged = 0 WHERE id = :USD", "fee_charged is 0.00 USD"),
    "an instalment": (
        "UPDATE instalments SET received = 0 WHERE order_id = :USD AND position = 0",
        "the instalments have received 385.86 USD",
    ),
    "a receipt's amount": ("UPDATE receipts SET amount = 1 WHERE order_id = :waiting", "amount is 0.01"),
    "a receipt's part": (
        "UPDATE receipts SET held = held - 1, returned = returned + 1 WHERE order_id = :excess",
        "held is 19.99 USD, and the ledger says 20.00 USD",
    ),
    "a receipt's currency": (
        "UPDATE receipts SET currency = 'KWD' WHERE order_id = :excess",
        "entries in another currency",
    ),
    "a receipt gone": ("DELETE FROM receipts WHERE order_id = :excess", "a receipt that is not there"),
    "an order's balance": (
        "UPDATE balances SET amount = amount - 1 WHERE owner_id = :waiting AND account = 'UNASSOCIATED'",
        "the balance of UNASSOCIATED is 19.99 USD, and the ledger says 20.00 USD",
    ),
    "an order's balance gone": ("DELETE FROM balances WHERE owner_id = :excess", "the balance of ESCROW is 0.00 USD"),
    "a balance of nobody": (
        "INSERT INTO balances VALUES ('ESCROW', gen_random_uuid(), 'USD', 5, 0)",
        "all accounts in USD add up to 0.05 USD",
    ),
    "a protected balance": (
        "UPDATE balances SET amount = -1 WHERE account = 'SELLER' AND currency = 'USD'",
        "stands at -0.01 USD",
    ),
    "a seller's balance": (
        "UPDATE balances SET amount = amount + 100 WHERE account = 'SELLER' AND currency = 'USD'",
        "its moves add up to",
    ),
    "money in escrow after completion": (
        "UPDATE orders SET status = 'COMPLETED' WHERE id = :late",
        "something is left in escrow",
    ),
    "a statement's balance": (
        f"UPDATE statement_lines SET balance = balance + 1 WHERE id = {_LINE}",
        "in USD is wrong at line 1",
    ),
    "a statement's amount": (
        f"UPDATE statement_lines SET amount = amount + 1 WHERE id = {_LINE}",
        "in USD is wrong at line 1",
    ),
    "a statement's instant": (
        f"UPDATE statement_lines SET at = at + interval '1 day' WHERE id = {_LINE}",
        "in USD goes back in time at line 2",
    ),
    "a statement's line gone": (f"DELETE FROM statement_lines WHERE id = {_LINE}", "lines and counts"),
    "a statement's line of another entry": (
        f"UPDATE statement_lines SET entry_id = {_FIRST} WHERE id = {_LINE}",
        "the statement has",
    ),
    "a withdrawal": ("UPDATE withdrawals SET amount = 1 WHERE currency = 'JPY'", "has entries of 40000 JPY"),
    "a debt of nothing": (
        "INSERT INTO recoveries (id, seller_id, order_id, cause, status, amount, collected, currency, owed_at)"
        " SELECT gen_random_uuid(), seller_id, id, 'REFUND_ADVANCED', 'OWED', 500, 100, 'USD', now()"
        " FROM orders WHERE id = :USD",
        "owes 0.00 USD, and the recoveries add up to 4.00 USD",
    ),
    "a seller's own chain": (
        "UPDATE entries SET at = at - interval '1 day' WHERE order_id IS NULL AND sequence = 1",
        "entry 1 was altered",
    ),
    "a foreign seller": (
        "UPDATE orders SET seller_id = gen_random_uuid() WHERE id = :USD",
        "moves the SELLER account of somebody else",
    ),
}


@pytest.fixture(scope="module")
async def everything(template: str, admin_url: str) -> AsyncIterator[tuple[Market, dict[str, UUID]]]:
    """One busy market for all that is only tried and taken back."""
    with copy_of(template, admin_url) as url:
        engine = write_engine(url)
        market = await open_market(TestMeans(engine))
        yield market, await busy(market)
        await engine.dispose()


@pytest.mark.parametrize("what", TAMPERINGS)
async def test_what_was_altered_is_found(everything: tuple[Market, dict[str, UUID]], what: str) -> None:
    """The fault says what it is and, if it is an order's, which."""
    market, made = everything
    statement, fault = TAMPERINGS[what]
    used = {name: value for name, value in made.items() if f":{name}" in statement}
    async with tampering(market) as connection:
        assert (await ledger.prove(connection, lambda done: None)).right
        changed = await connection.execute(text(statement), used)
        assert changed.rowcount >= 1
        report = await ledger.prove(connection, lambda done: None)
    assert any(fault in said for said in report.faults), report.faults
    assert any(line.endswith(("fault:", "faults:")) for line in report.lines())


async def test_the_check_sees_one_moment(market: Market) -> None:
    """Money that moves meanwhile is no fault."""
    order_id = await confirmed(market, terms())
    heard: list[int] = []

    def tell(done: int) -> None:
        heard.append(done)

    async with proofs.snapshot(market.means.engine) as connection:
        assert (await connection.execute(text("SELECT count(*) FROM entries"))).scalar_one() == 0
        await pay(market, order_id)
        assert (await connection.execute(text("SELECT count(*) FROM entries"))).scalar_one() == 0
        assert (await connection.execute(text("SHOW transaction_read_only"))).scalar_one() == "on"
    assert (await ledger.check(market.means, tell=tell)).right
    assert heard == [1]


async def command(url: str, folder: Path, *arguments: str) -> tuple[int, str]:
    """Run `python -m app ledger check` on a database: its exit code, and what it said."""
    environment = {**os.environ, "DATABASE_URL": url, "DATA_FOLDER": str(folder)}
    async with asyncio.timeout(120):
        process = await nursery.run("app", "ledger", "check", *arguments, environ=environment)
        said = await process.stdout.read()
        return await process.wait(), said.decode()


async def test_the_command_says_what_is_wrong_and_fails(
    market: Market, fresh_database_url: str, tmp_path: Path
) -> None:
    """Its exit code is for scripts, its words are for people."""
    order_id = await paid(market, terms())
    code, said = await command(fresh_database_url, tmp_path)
    assert (code, said.splitlines()[-1]) == (0, "The ledger is right.")
    async with market.means.engine.begin() as connection:
        await connection.execute(text("UPDATE orders SET received = 1 WHERE id = :id"), {"id": order_id})
    for arguments in ((), ("--order", f"ord_{order_id.hex}")):
        code, said = await command(fresh_database_url, tmp_path, *arguments)
        assert code == 1
        assert "1 fault:" in said
        assert "received is 0.01 USD, and the ledger says 551.23 USD" in said
