"""From draft to agreement: who is matched, what submission gives, who may confirm, and who hears of a draft."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain import drafts, orders
from app.domain.access import By, plain_email
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.lifecycle import Who
from app.domain.records import CloseReason, Incoterm, OrderType, ServiceStatus, Status
from app.domain.trade import Act
from tests.domain.build import (
    ACTORS,
    BUYER_EMAIL,
    BUYER_ID,
    HOUR,
    POLICY,
    RATES,
    SALES_ID,
    SELLER,
    START,
    act,
    answer,
    answered_request,
    confirmed,
    drafted,
    pay,
    propose,
    request_draft,
    requested,
    submitted,
    terms,
)


def buyer(**changes: object) -> Act:
    """The buyer's act, with another e-mail or one that is not verified."""
    return replace(act(Who.BUYER), actor=replace(ACTORS[Who.BUYER], **changes))  # type: ignore[arg-type]


# --- drafting and matching --------------------------------------------------------------------------------------


def test_who_drafts_decides_the_type() -> None:
    """ORD-1: a seller's draft is submitted to the buyer, a buyer's request to the seller."""
    offer, request = submitted().order, requested().order
    assert (offer.type, offer.drafted_by, offer.awaiting) == (OrderType.SELLER_DRAFT, By.SELLER, By.BUYER)
    assert (request.type, request.drafted_by, request.awaiting) == (OrderType.START_ORDER, By.BUYER, By.SELLER)
    assert answered_request().order.awaiting is By.BUYER


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("buyer.one@example.com", "  Buyer.One@EXAMPLE.com\t", True),
        ("buyer.one@example.com", "buyerone@example.com", False),
        ("buyer.one@example.com", "buyer.one+spring@example.com", False),
        ("buyer.one@example.com", "buyer.one@examp1e.com", False),
        ("buyer.one@example.com", "buyer.one@example.co", False),
        ("buyer.one@example.com", "buуer.one@example.com", False),
        ("buyer.one@example.com", "buyer .one@example.com", False),
    ],
)
def test_when_two_emails_are_the_same(one: str, other: str, same: bool) -> None:
    """ORD-2: case and blanks around are no difference; dots, plus signs and look-alike letters are."""
    assert (plain_email(one) == plain_email(other)) is same


def test_a_contract_keeps_the_email_it_compares() -> None:
    """ORD-2: however draft and account write an e-mail, its buyer can confirm."""
    offer = submitted(terms(email=f" {BUYER_EMAIL.upper()} "))
    assert offer.contact.email == BUYER_EMAIL
    assert orders.confirm(offer, buyer(email="Buyer.One@Example.com")).order.status is Status.PENDING_PAYMENT


def test_without_a_match_there_is_an_invitation_and_no_submission() -> None:
    """ORD-2: the answer says that nobody has the e-mail, an invitation is kept once, and the draft waits."""
    trade = drafted(registered_buyer=None)
    trade = drafts.match_buyer(trade, act(Who.SALES))
    assert [invitation.email for invitation in trade.invitations] == [BUYER_EMAIL]
    assert trade.happenings[-1].facts == {"registered": "no"}
    with pytest.raises(Refusal) as refused:
        orders.submit(trade, act(Who.OWNER))
    assert (refused.value.code, refused.value.field) == (ErrorCode.BUYER_NOT_MATCHED, ("contract", "email"))
    found = drafts.match_buyer(replace(trade, registered_buyer=BUYER_ID), act(Who.SALES))
    assert orders.submit(found, act(Who.OWNER)).order.buyer_id == BUYER_ID


def test_invitations_have_a_limit() -> None:
    """ORD-2: a draft invites at most 20 people, so that nobody invites the world with one; a known one is no more."""
    trade = drafted(registered_buyer=None)
    for number in range(1, 20):
        trade = drafts.edit(trade, act(Who.OWNER), {"email": f"buyer.{number}@example.com"})
        trade = drafts.match_buyer(trade, act(Who.OWNER))
    known = drafts.edit(trade, act(Who.OWNER), {"email": BUYER_EMAIL})
    assert len(drafts.match_buyer(known, act(Who.OWNER)).invitations) == 20
    another = drafts.edit(trade, act(Who.OWNER), {"email": "one.more@example.com"})
    with pytest.raises(Refusal) as refused:
        drafts.match_buyer(another, act(Who.OWNER))
    assert (refused.value.code, refused.value.field) == (ErrorCode.TOO_MANY, ("contract", "email"))
    assert drafts.match_buyer(replace(another, registered_buyer=BUYER_ID), act(Who.OWNER)).order.buyer_id == BUYER_ID


@pytest.mark.parametrize("offered_before", [False, True])
def test_another_email_needs_another_match(offered_before: bool) -> None:
    """ORD-2: who was matched by the old e-mail is not the buyer of the new one, also after an offer was taken back."""
    trade = orders.revise(submitted(), act(Who.OWNER)) if offered_before else drafted()
    kept = drafts.edit(trade, act(Who.OWNER), {"email": BUYER_EMAIL.upper(), "city": "Oakland"})
    assert kept.order.buyer_id == BUYER_ID
    moved = drafts.edit(trade, act(Who.OWNER), {"email": "else@example.com"})
    assert moved.order.buyer_id is None
    with pytest.raises(Refusal) as refused:
        orders.submit(moved, act(Who.OWNER))
    assert refused.value.code is ErrorCode.BUYER_NOT_MATCHED


def test_a_request_is_made_in_ones_own_name() -> None:
    """ORD-2: a buyer's request carries the e-mail of the buyer's account and no other."""
    assert request_draft().contact.email == BUYER_EMAIL
    with pytest.raises(Refusal) as refused:
        drafts.edit(request_draft(), act(Who.BUYER), {"email": "else@example.com"})
    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID, ("contract", "email"))


# --- submitting -------------------------------------------------------------------------------------------------


def test_submission_gives_number_accounts_and_link() -> None:
    """ORD-7: a number of 20 digits, an account of the order's own at each bank, and a link; no two orders share any."""
    one, two = submitted(), submitted(at=START + HOUR)
    for trade in (one, two):
        assert trade.order.number is not None
        assert len(trade.order.number) == 20
        assert {account.bank for account in trade.collection_accounts} == {bank.name for bank in POLICY.banks}
        assert {account.currency for account in trade.collection_accounts} == {"USD"}
    assert str(one.order.number) < str(two.order.number)
    assert one.order.link != two.order.link
    numbers = [account.number for trade in (one, two) for account in trade.collection_accounts]
    assert len(set(numbers)) == len(numbers) == 4


def test_an_offer_made_again_keeps_what_it_was_given() -> None:
    """ORD-7: number, link and accounts stay with the order; another currency adds accounts of its own."""
    first = submitted()
    back = orders.revise(first, act(Who.OWNER))
    again = orders.submit(back, act(Who.OWNER))
    assert (again.order.number, again.order.link) == (first.order.number, first.order.link)
    assert again.collection_accounts == first.collection_accounts
    in_yen = orders.submit(drafts.edit(back, act(Who.OWNER), terms("JPY")), act(Who.OWNER))
    assert [account.currency for account in in_yen.collection_accounts] == ["USD", "USD", "JPY", "JPY"]


def test_the_link_masks_the_email() -> None:
    """ORD-7: a stranger with the link learns the first letter, and that is all."""
    assert orders.link_answer(BUYER_EMAIL) == "b•••@…"
    assert orders.link_answer(None) == "•••@…"


@pytest.mark.parametrize("service", [ServiceStatus.INACTIVE, ServiceStatus.PENDING])
def test_both_directions_need_an_active_seller(service: ServiceStatus) -> None:
    """SVC-3: without the service a seller cannot draft or submit, and a buyer cannot ask."""
    closed = replace(SELLER, service=service)
    for who in (Who.OWNER, Who.BUYER):
        with pytest.raises(Refusal) as refused:
            drafts.draft(act(who), closed, POLICY, RATES, {})
        assert refused.value.code is ErrorCode.SERVICE_NOT_ACTIVE
    for trade, who in ((drafted(), Who.OWNER), (request_draft(), Who.BUYER)):
        with pytest.raises(Refusal) as refused:
            orders.submit(replace(trade, seller=closed), act(who))
        assert refused.value.code is ErrorCode.SERVICE_NOT_ACTIVE


# --- confirming -------------------------------------------------------------------------------------------------


def test_a_request_is_completed_before_the_buyer_confirms_it() -> None:
    """ORD-8: the seller must add what is missing; what the buyer then confirms is the completed version."""
    with pytest.raises(Refusal) as refused:
        orders.submit(requested(), act(Who.OWNER))
    assert refused.value.code is ErrorCode.REQUIRED
    confirmed_order = orders.confirm(answered_request(), act(Who.BUYER)).order
    assert (confirmed_order.total, confirmed_order.status) == (551_23, Status.PENDING_PAYMENT)


def test_only_the_verified_email_of_the_contract_confirms() -> None:
    """ORD-8, ORD-2: neither another account nor an e-mail nobody vouches for may confirm."""
    for who in (buyer(email="else@example.com"), buyer(email_verified=False)):
        with pytest.raises(Refusal) as refused:
            orders.confirm(submitted(), who)
        assert refused.value.code is ErrorCode.FORBIDDEN
    assert orders.confirm(answered_request(), act(Who.BUYER)).order.confirmed_at == START


def test_what_the_buyer_confirms_is_pinned() -> None:
    """FEE-4, ORD-8: policy, rate, fee and quota stand on the order from its confirmation."""
    order = confirmed().order
    assert (order.policy_id, order.usd_rate) == (POLICY.id, Decimal(1))
    assert (order.fee, order.quota_occupied) == (11_02, 551_23)
    assert (order.confirmed_at, order.awaiting) == (START, None)


# --- stepping back ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1_001])
def test_closing_needs_a_reason(reason: str) -> None:
    """ORD-11: cancelling and declining say why, in 1 to 1,000 characters."""
    for close in (orders.cancel, orders.decline):
        with pytest.raises(Refusal) as refused:
            close(submitted(), act(Who.BUYER), reason)
        assert refused.value.field == ("reason",)


def test_who_closed_it_is_kept() -> None:
    """ORD-11: the order says by whom and in which status it was closed."""
    reasons = {
        CloseReason.CANCELLED_BY_BUYER: orders.cancel(confirmed(), act(Who.BUYER), "x"),
        CloseReason.CANCELLED_BY_SELLER: orders.cancel(confirmed(), act(Who.SALES), "x" * 1_000),
        CloseReason.DECLINED_BY_BUYER: orders.decline(submitted(), act(Who.BUYER), "x"),
        CloseReason.DECLINED_BY_SELLER: orders.decline(requested(), act(Who.OWNER), "x"),
    }
    for reason, trade in reasons.items():
        assert trade.order.close_reason is reason
        assert trade.order.closed_at == START
    assert reasons[CloseReason.CANCELLED_BY_BUYER].order.closed_in is Status.PENDING_PAYMENT


# --- whose events ----------------------------------------------------------------------------------------------


def test_every_act_is_on_the_log() -> None:
    """ORD-13, section 18: each act is an event that says who and when, in versions without a gap."""
    trade = confirmed(at=START + HOUR)
    assert [event.version for event in trade.happenings] == list(range(1, trade.order.version + 1))
    assert [(event.kind, event.by, event.by_account_id) for event in trade.happenings] == [
        (EventKind.ORDER_DRAFTED, By.SELLER, ACTORS[Who.OWNER].account_id),
        (EventKind.BUYER_MATCHED, By.SELLER, ACTORS[Who.OWNER].account_id),
        (EventKind.ORDER_SUBMITTED, By.SELLER, ACTORS[Who.OWNER].account_id),
        (EventKind.ORDER_CONFIRMED, By.BUYER, BUYER_ID),
    ]
    assert {event.at for event in trade.happenings} == {START + HOUR}


def test_a_draft_is_heard_of_by_its_drafter_alone() -> None:
    """Section 13, section 18: drafting, writing and matching reach one side; submitting and taking back reach both."""
    private = {EventKind.ORDER_DRAFTED, EventKind.ORDER_EDITED, EventKind.BUYER_MATCHED}
    back = drafts.edit(orders.revise(submitted(), act(Who.OWNER)), act(Who.OWNER), {"notes": "Blue."})
    for event in back.happenings:
        assert event.seller_id == SELLER.id
        assert event.buyer_id == (None if event.kind in private else BUYER_ID)
    for event in drafts.edit(request_draft(), act(Who.BUYER), {"notes": "Blue."}).happenings:
        assert (event.seller_id, event.buyer_id) == (None, BUYER_ID)


def test_the_log_says_what_terms_were_before() -> None:
    """ORD-13: who writes on or amends leaves before and after of each term that is different, and of no other."""
    written: dict[str, Any] = {
        "carrier": "UPS",
        "dispatch_days": 9,
        "deposit": Decimal(100),
        "incoterm_place": "Oakland",
        "notes": "n",
    }
    expected = {
        ("deposit", "165.37 USD", "100.00 USD"),
        ("dispatchTerm.days", "7", "9"),
        ("carrier", "DHL", "UPS"),
    }
    edited = drafts.edit(drafted(), act(Who.OWNER), {**written, "incoterm": Incoterm.DAP})
    amended = answer(propose(confirmed(), **written))
    for trade, kind in ((edited, EventKind.ORDER_EDITED), (amended, EventKind.AMENDMENT_CONFIRMED)):
        event = next(event for event in trade.happenings if event.kind is kind)
        assert {(change.field, change.before, change.after) for change in event.changes} == expected
    dearer = drafts.edit(drafted(), act(Who.OWNER), {"shipping_fee": Decimal("35.00")})
    assert {(change.field, change.before, change.after) for change in dearer.happenings[-1].changes} == {
        ("shippingFee", "25.00 USD", "35.00 USD"),
        ("total", "551.23 USD", "561.23 USD"),
    }
    dated = drafts.edit(drafted(), act(Who.OWNER), {"dispatch_instant": START})
    assert [change.after for change in dated.happenings[-1].changes] == [START.isoformat()]


def test_events_name_no_person() -> None:
    """Section 18: an event says that the contact changed and which version holds it, and copies nothing of it."""
    trade = drafts.edit(drafted(), act(Who.OWNER), {"phone": "+49 30 555", "recipient": "Eva Muster", "city": "Berlin"})
    assert trade.happenings[-1].facts == {"contactVersion": "2"}
    said = str([event.data for event in trade.happenings])
    for word in ("+49", "Eva", "Berlin", BUYER_EMAIL, "Ada Buyer", "Market Street"):
        assert word not in said


def test_an_order_is_assigned_to_a_member() -> None:
    """ORD-13: assigning names a member of the seller, and says who had it before."""
    trade = orders.assign(drafted(), act(Who.OWNER), SALES_ID)
    assert trade.order.salesperson_id == SALES_ID
    assert trade.happenings[-1].changes[0].after == f"acc_{SALES_ID.hex}"
    with pytest.raises(Refusal) as refused:
        orders.assign(trade, act(Who.OWNER), BUYER_ID)
    assert (refused.value.code, refused.value.field) == (ErrorCode.NOT_FOUND, ("salespersonId",))
    assert orders.assign(trade, act(Who.OWNER), None).order.salesperson_id is None


def test_each_side_has_its_own_reference() -> None:
    """ORD-13: a reference belongs to its side; up to 100 characters, or none."""
    trade = orders.set_reference(drafted(), act(Who.SALES), "S" * 100)
    trade = orders.set_reference(orders.submit(trade, act(Who.OWNER)), act(Who.BUYER), "PO-7")
    assert (trade.order.seller_reference, trade.order.buyer_reference) == ("S" * 100, "PO-7")
    assert orders.set_reference(trade, act(Who.BUYER), None).order.buyer_reference is None
    for bad in ("", "S" * 101):
        with pytest.raises(Refusal) as refused:
            orders.set_reference(trade, act(Who.BUYER), bad)
        assert refused.value.field == ("reference",)


def test_whoever_gets_an_order_hears_of_it() -> None:
    """Section 13: sales who see their own orders only are told of a new one."""
    trade = drafted()
    member = ACTORS[Who.SALES].account_id
    assigned = orders.assign(replace(trade, salespeople=frozenset({member})), act(Who.OWNER), member)
    assert assigned.happenings[-1].salesperson_id == member


def test_an_order_stays_with_its_buyer_once_money_has_landed() -> None:
    """ORD-2, PAY-6: what one buyer paid never counts for another."""
    paid_early = pay(submitted(), 100_00)
    taken_back = orders.revise(paid_early, act(Who.OWNER))
    with pytest.raises(Refusal) as refused:
        drafts.edit(taken_back, act(Who.OWNER), {"email": "another@example.com"})
    assert refused.value.code is ErrorCode.MONEY_LANDED
    assert refused.value.field == ("contract", "email")
