"""The ledger's chain: whatever is altered, removed or reordered afterwards is found."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import fulfilment
from app.domain.ledger import (
    FEE,
    PAYMENT_FEE,
    WORLD,
    Account,
    AccountKind,
    Entry,
    EntryKind,
    Move,
    chain_faults,
    deltas,
    digest,
    sealed,
)
from app.domain.lifecycle import Who
from tests.domain.build import MINT, SECOND, START, act, associate, confirmed, pay, send, transfer

STORY = fulfilment.confirm_receipt(send(associate(transfer(pay(confirmed()), 400_00))), act(Who.BUYER))
CHAIN = list(STORY.posted)


def test_a_chain_as_it_was_written_holds() -> None:
    """PAY-10: entries are numbered from 1 and each carries the hash of the one before it."""
    assert chain_faults([]) == []
    assert chain_faults(CHAIN) == []
    assert [entry.sequence for entry in CHAIN] == [1, 2, 3, 4, 5]
    assert [entry.previous_hash for entry in CHAIN] == [None, *(entry.hash for entry in CHAIN[:-1])]
    assert (STORY.order.entries, STORY.order.entry_hash) == (5, CHAIN[-1].hash)


def _moved(entry: Entry, **changes: Any) -> Entry:
    return replace(entry, moves=(replace(entry.moves[0], **changes), *entry.moves[1:]))


ALTERATIONS: dict[str, Callable[[Entry], Entry]] = {
    "id": lambda entry: replace(entry, id=MINT.id()),
    "order": lambda entry: replace(entry, order_id=MINT.id()),
    "seller": lambda entry: replace(entry, seller_id=None),
    "kind": lambda entry: replace(entry, kind=EntryKind.WITHDRAWAL),
    "cause": lambda entry: replace(entry, cause=MINT.id()),
    "instant": lambda entry: replace(entry, at=entry.at + timedelta(microseconds=1)),
    "amount": lambda entry: _moved(entry, amount=entry.moves[0].amount + 1),
    "currency": lambda entry: _moved(entry, currency="EUR"),
    "source": lambda entry: _moved(entry, source=FEE),
    "target": lambda entry: _moved(entry, target=PAYMENT_FEE),
    "owner": lambda entry: _moved(entry, target=Account(entry.moves[0].target.kind, MINT.id())),
    "one move more": lambda entry: replace(entry, moves=(*entry.moves, Move(WORLD, FEE, 1, "USD"))),
    "no moves": lambda entry: replace(entry, moves=()),
    "hash": lambda entry: replace(entry, hash="0" * 64),
}


@pytest.mark.parametrize("alteration", ALTERATIONS)
@pytest.mark.parametrize("at", range(5))
def test_an_altered_entry_is_found(alteration: str, at: int) -> None:
    """PAY-10: whatever is changed in an entry, wherever it stands, no longer agrees with its hash."""
    forged = [ALTERATIONS[alteration](entry) if entry.sequence == at + 1 else entry for entry in CHAIN]
    assert f"entry {at + 1} was altered" in chain_faults(forged)


@pytest.mark.parametrize("at", range(4))
def test_an_entry_sealed_anew_breaks_the_next_link(at: int) -> None:
    """PAY-10: whoever alters an entry and seals it again is found by the entry that follows."""
    forged = list(CHAIN)
    forged[at] = sealed(_moved(CHAIN[at], amount=1))
    assert chain_faults(forged) == [f"entry {at + 2} does not follow the entry before it"]


@pytest.mark.parametrize("at", range(4))
def test_a_removed_entry_is_found(at: int) -> None:
    """PAY-10: a gap shows in the numbers and in the broken link."""
    faults = chain_faults([entry for entry in CHAIN if entry is not CHAIN[at]])
    assert f"entry {at + 2} does not follow the entry before it" in faults
    assert f"entry {at + 2} stands where {at + 1} should: one is missing" in faults


def test_a_removed_last_entry_shows_at_the_order() -> None:
    """PAY-10: a chain cut at its end is whole in itself, so the order keeps its length and last hash beside it."""
    cut = CHAIN[:-1]
    assert chain_faults(cut) == []
    assert (STORY.order.entries, STORY.order.entry_hash) != (len(cut), cut[-1].hash)


@given(st.permutations(CHAIN))
def test_reordered_entries_are_found(shuffled: list[Entry]) -> None:
    """PAY-10: no other order of the same entries is a chain."""
    assert bool(chain_faults(shuffled)) == (shuffled != CHAIN)


def test_a_repeated_entry_is_found() -> None:
    """PAY-10: the same entry twice is not a chain."""
    assert chain_faults([*CHAIN, CHAIN[-1]]) != []


@pytest.mark.parametrize("changes", [{"sequence": 9}, {"previous_hash": "0" * 64}], ids=["number", "link"])
def test_a_hash_is_of_number_and_link_too(changes: dict[str, Any]) -> None:
    """PAY-10: an entry cannot be given another place in the chain without another hash."""
    assert digest(replace(CHAIN[2], **changes)) != CHAIN[2].hash


def test_a_hash_is_of_the_instant_and_not_of_its_zone() -> None:
    """PAY-10: the same instant read back in another zone has the same hash; another fraction of a second has not."""
    elsewhere = START.astimezone(timezone(timedelta(hours=8)))
    entry = CHAIN[0]
    assert digest(replace(entry, at=elsewhere)) == digest(replace(entry, at=START))
    assert digest(replace(entry, at=START + SECOND)) != digest(entry)


@given(
    st.lists(
        st.builds(
            Move,
            st.builds(Account, st.sampled_from(AccountKind)),
            st.builds(Account, st.sampled_from(AccountKind)),
            st.integers(1, 10**15),
            st.sampled_from(["USD", "JPY", "KWD"]),
        ),
        max_size=20,
    )
)
def test_over_all_accounts_each_currency_sums_to_zero(moves: list[Move]) -> None:
    """Section 15: a move takes from one account what it gives to another."""
    changes = deltas([replace(CHAIN[0], moves=tuple(moves))])
    for currency in ("USD", "JPY", "KWD"):
        assert sum(amount for (_, of), amount in changes.items() if of == currency) == 0
