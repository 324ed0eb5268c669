"""What the domain computed on a buyer's page as JSON, field by field, as the query of the page selects it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from app.domain.protection import Panel, Part
from app.schema.actions import ActionState
from app.schema.claims import ClaimCheck
from app.schema.explanations import Explanation
from app.schema.exports import ExportRequirements
from app.schema.forecast import ScheduledTransition
from app.schema.freight import DeliveryEstimate
from app.schema.funds import NextPayment
from app.schema.money import Money
from app.schema.scalars import decimal_text, instant_text
from app.schema.stages import StageStamp

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def rendered(value: Any) -> bytes:
    """The JSON of what the functions below make."""
    return orjson.dumps(value, default=_plain, option=_OPTIONS)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, Money):
        return {"amount": format(value.amount, "f"), "currencyCode": value.currency_code}
    raise TypeError(f"{value!r} has no JSON")


def stamp(each: StageStamp) -> dict[str, Any]:
    """A stage."""
    return {"stage": each.stage, "reachedAt": each.reached_at, "current": each.current}


def payment(found: NextPayment) -> dict[str, Any]:
    """What is to be paid next."""
    methods = [{"method": each.method, "paymentFee": each.payment_fee} for each in found.methods]
    return {"instalment": found.instalment, "amount": found.amount, "methods": methods, "until": found.until}


def delivery(found: DeliveryEstimate) -> dict[str, Any]:
    """When it should arrive."""
    return {"earliest": found.earliest, "latest": found.latest}


def export(found: ExportRequirements) -> dict[str, Any]:
    """What its export method asks of it."""
    asked = [{"kind": each.kind, "met": each.met, "lacking": each.lacking} for each in found.requirements]
    return {"method": found.method, "withdrawalRoute": found.withdrawal_route, "requirements": asked}


def panel(found: Panel) -> dict[str, Any]:
    """The protection."""
    parts = {name: _part(getattr(found, name)) for name in ("payment", "dispatch", "quality", "delivery")}
    return {**parts, "protectedUntil": found.until, "protectedFor": found.words}


def _part(part: Part) -> dict[str, Any]:
    return {"state": part.state, "activeAt": part.active_at, "endedAt": part.ended_at}


def check(found: ClaimCheck) -> dict[str, Any]:
    """Why a claim can or cannot be filed."""
    promises = [
        {
            "guarantee": promise.guarantee,
            "claimable": promise.claimable,
            "conditions": [{"code": each.code, "met": each.met, "fact": each.fact} for each in promise.conditions],
        }
        for promise in found.promises
    ]
    return {
        "claimable": found.claimable,
        "promises": promises,
        "total": found.total,
        "rate": found.rate,
        "totalUsd": found.total_usd,
        "percentage": found.percentage,
        "cap": found.cap,
        "amount": found.amount,
        "changesAt": found.changes_at,
    }


def transition(each: ScheduledTransition) -> dict[str, Any]:
    """What happens next."""
    return {
        "clock": each.clock,
        "about": each.about,
        "at": each.at,
        "secondsLeft": each.seconds_left,
        "follows": each.follows,
        "rule": each.rule,
        "policyVersion": each.policy_version,
        "event": each.event,
        "cancelledBy": each.cancelled_by,
        "atStake": [
            {"kind": stake.kind, "whom": stake.whom, "amount": stake.amount, "points": stake.points}
            for stake in each.at_stake
        ],
    }


def explanation(each: Explanation) -> dict[str, Any]:
    """How an amount or a date comes about."""
    inputs = [{"name": fact.name, "value": fact.value} for fact in each.inputs]
    policy = each.policy_version
    return {"of": each.of, "rule": each.rule, "policyVersion": policy, "inputs": inputs, "arithmetic": each.arithmetic}


def action(each: ActionState) -> dict[str, Any]:
    """A step, and whether it can be taken."""
    reason = None if each.reason is None else {"code": each.reason.code, "message": each.reason.message}
    return {"step": each.step, "available": each.available, "reason": reason}
