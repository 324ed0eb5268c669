"""Small objects that other types are made of."""

import strawberry

from app.domain import contract
from app.domain.errors import ErrorCode, Refusal
from app.domain.words import camel


@strawberry.type(description="A named fact, as text.")
class Fact:
    """A named fact, as text."""

    name: str = strawberry.field(description="What the fact is about.")
    value: str = strawberry.field(description="The fact.")


def facts_of(facts: dict[str, str]) -> list[Fact]:
    """Facts in the order they were written."""
    return [Fact(name=name, value=value) for name, value in facts.items()]


@strawberry.type(description="Why something was or would be refused.")
class UserError:
    """Why something was or would be refused."""

    code: ErrorCode = strawberry.field(description="The reason, for programs.")
    field: list[str] = strawberry.field(description="The path of the input field at fault; empty if none is.")
    message: str = strawberry.field(description="The reason, for people, and what to do.")
    params: list[Fact] = strawberry.field(description="The facts of the message.")


# what the inputs call by another name than the domain
_RENAMED = {"salespersonId": "memberId", "sourceReference": "reference"}
# the domain's contract is flat, `ContractInput` has its contact and its term in parts
_PARTS = {camel(name): contract.path_of(name).split(".") for name in contract.FIELDS}


def input_path(field: tuple[str | int, ...]) -> list[str]:
    """The path of an input field, as the input types name it."""
    head, *rest = field or ("",)
    if head == "contract" and rest:
        rest = [*_PARTS.get(str(rest[0]), rest[:1]), *rest[1:]]
    return [str(part) for part in (_RENAMED.get(str(head), head), *rest) if part != ""]


def user_errors(refusal: Refusal) -> list[UserError]:
    """A refusal, and whatever else was wrong, as clients see it."""
    return [
        UserError(
            code=each.code,
            field=input_path(each.field),
            message=each.message,
            params=facts_of(each.params),
        )
        for each in refusal.all
    ]
