"""How an enum of the domain becomes one of GraphQL, each value with what it means."""

from enum import Enum
from typing import Any

import strawberry


def described(kind: type[Enum], name: str, about: str, values: str) -> None:
    """Declare an enum with the descriptions in `values`, one `NAME: text` a line: one for each value, and no other."""
    strawberry.enum(kind, name=name, description=about)
    texts = dict(line.strip().split(": ", 1) for line in values.strip().splitlines())
    definition: Any = kind.__strawberry_definition__  # type: ignore[attr-defined]
    odd = set(texts) ^ {value.name for value in definition.values}
    if odd:
        raise TypeError(f"{name} and its descriptions do not agree on {', '.join(sorted(odd))}")
    for value in definition.values:
        value.description = texts[value.name]
