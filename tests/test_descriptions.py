"""The schema as a manual: what it says of a thing is more than the thing's name in words."""

from graphql import GraphQLEnumType, build_schema

from app.domain.lifecycle import PARTY_STEPS
from app.graphql.schema import schema

SDL = build_schema(schema.as_str())


def _values(name: str) -> dict[str, str]:
    kind = SDL.type_map[name]
    assert isinstance(kind, GraphQLEnumType)
    return {value: definition.description or "" for value, definition in kind.values.items()}


def test_no_value_is_described_by_its_own_name() -> None:
    """Who reads `ASSOCIATE: Associate.` has learnt nothing."""
    kinds = [name for name, kind in SDL.type_map.items() if isinstance(kind, GraphQLEnumType) and name[:2] != "__"]
    empty = [
        f"{name}.{value}"
        for name in kinds
        for value, text in _values(name).items()
        if text.rstrip(".").upper().replace(" ", "_") in (value, "")
    ]
    assert kinds
    assert empty == []


def test_every_step_of_a_party_names_the_mutation_that_takes_it() -> None:
    """From `availableActions` a client must find its way to the button's mutation."""
    assert SDL.mutation_type is not None
    steps = _values("OrderStep")
    for step in PARTY_STEPS:
        assert steps[step].split("`")[1] in SDL.mutation_type.fields
