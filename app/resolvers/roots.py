"""Root fields: a resolver's docstring is its description in the schema."""

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

import strawberry
from strawberry.types.field import StrawberryField


def _description(resolver: Callable[..., Any]) -> str:
    return " ".join((inspect.getdoc(resolver) or "").split())


def query(resolver: Callable[..., Any]) -> StrawberryField:
    """A field of Query that Python answers."""
    return strawberry.field(resolver, description=_description(resolver))


def mutation(resolver: Callable[..., Any]) -> StrawberryField:
    """A mutation; null when it fails on our side, so that the others of its document keep their answers."""
    payload = get_type_hints(resolver, include_extras=True)["return"]
    made: StrawberryField = strawberry.mutation(
        resolver, description=_description(resolver), graphql_type=payload | None
    )
    return made


def subscription(resolver: Callable[..., Any]) -> StrawberryField:
    """A subscription."""
    made: StrawberryField = strawberry.subscription(resolver, description=_description(resolver))
    return made
