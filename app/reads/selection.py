"""What an operation selects and with which arguments, by graphql-core's own rules over symbolic variables."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from graphql import (
    DefinitionNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLResolveInfo,
    OperationDefinitionNode,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments

from app.reads.binds import Binds, Getter, Slot
from app.reads.catalog import Catalog, Field
from app.reads.rendering import DeclarationError

# what most variables are: told apart from the rest by one look
PLAIN = frozenset({str, int, float, Decimal, datetime, date})
Details = list[FieldDetails]
Said = list[Any]
Info = GraphQLResolveInfo[Any]


def variables_of(info: Info) -> dict[str, Any]:
    """The operation's coerced variables, which Strawberry hands on without graphql-core's wrapping."""
    values: Any = info.variable_values
    return getattr(values, "coerced", values)  # type: ignore[no-any-return]


@dataclass(eq=False, slots=True)
class Asked:
    """An operation of a valid document, with the coerced variables that it runs with.

    Whoever coerced them may know their `shape`. Whoever asks the same again brings it along: `bound` are the places
    that a plan filled from it the last time.
    """

    text: str
    definitions: Sequence[DefinitionNode]
    node: OperationDefinitionNode
    variables: dict[str, Any]
    shape: tuple[Hashable, ...] | None = None
    bound: tuple[object, list[Any]] | None = None

    @classmethod
    def of(cls, info: Info) -> "Asked":
        """The operation that graphql-core runs."""
        location = info.operation.loc
        if location is None:
            raise DeclarationError("documents must be parsed with locations")
        return cls(location.source.body, list(info.fragments.values()), info.operation, variables_of(info))

    @property
    def place(self) -> tuple[Hashable, ...]:
        """What a plan may depend on of it: its text, and the shape of its variables."""
        if self.shape is None:
            said: Said = []
            say(self.variables, said)
            self.shape = tuple(said)
        name = self.node.name
        return self.text, name.value if name else None, self.shape


def say(value: Any, said: Said) -> None:
    """Add what a plan may depend on of a variable: nulls, booleans, enums and lengths; of other scalars their type.

    What holds others is said behind them, by its length or its names, so that no two say the same.
    """
    kind = type(value)
    if kind in PLAIN:
        said.append(kind)
    elif value is None or isinstance(value, (bool, Enum)):
        said.append(value)
    elif isinstance(value, list):
        for each in value:
            say(each, said)
        said.append(~len(value))
    elif isinstance(value, dict):
        for each in value.values():
            say(each, said)
        said.append(tuple(value))
    else:
        said.append(kind)


class Selection:
    """The fields and arguments of one operation, for one shape of its variables."""

    def __init__(self, catalog: Catalog, asked: Asked, binds: Binds) -> None:
        self.catalog = catalog
        self.binds = binds
        self._operation = asked.node
        named = [each for each in asked.definitions if isinstance(each, FragmentDefinitionNode)]
        self._fragments = {node.name.value: FragmentDetails(node) for node in named}
        symbolic = {name: self._symbolic(value, (name,)) for name, value in asked.variables.items()}
        self._variables = VariableValues({}, symbolic)

    def roots(self) -> dict[str, Details]:
        """The fields selected of the operation's root, by response key."""
        schema = self.catalog.schema
        root = schema.get_root_type(self._operation.operation)
        assert root is not None
        collected = collect_fields(schema, self._fragments, self._variables, root, self._operation)
        return collected.grouped_field_set

    def fields(self, type_: GraphQLObjectType, details: Details) -> dict[str, Details]:
        """The fields selected of an object of this type, by response key."""
        schema, operation = self.catalog.schema, self._operation
        collected = collect_subfields(schema, self._fragments, self._variables, operation, type_, details)
        return collected.grouped_field_set

    def arguments(self, field: Field, details: Details) -> dict[str, Any]:
        """The field's arguments by Python name, every scalar a place; null is the same as absent."""
        values = get_argument_values(field.graphql, details[0].node, self._variables)
        placed = {name: self._constant(value) for name, value in values.items()}
        converter = self.catalog.strawberry.schema_converter
        converted = convert_arguments(placed, field.arguments, converter.scalar_registry, converter.config)
        return {name: value for name, value in converted.items() if value is not None}

    def _symbolic(self, value: Any, path: tuple[str | int, ...]) -> Any:
        if value is None or isinstance(value, bool | Enum):
            return value
        if isinstance(value, list):
            return [self._symbolic(each, (*path, index)) for index, each in enumerate(value)]
        if isinstance(value, dict):
            return {name: self._symbolic(each, (*path, name)) for name, each in value.items()}
        return self.binds.value(value, _at(path))

    def _constant(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | Enum | Slot):
            return value
        if isinstance(value, list):
            return [self._constant(each) for each in value]
        if isinstance(value, dict):
            return {name: self._constant(each) for name, each in value.items()}
        return self.binds.value(value, lambda moment: value)


def _at(path: tuple[Any, ...]) -> Getter:
    """What reads the variable at a path; most are a few steps away."""
    if len(path) == 1:
        (first,) = path
        return lambda moment: moment.variables[first]
    if len(path) == 2:
        first, second = path
        return lambda moment: moment.variables[first][second]
    if len(path) == 3:
        first, second, third = path
        return lambda moment: moment.variables[first][second][third]
    *above, last = path
    holder = _at(tuple(above))
    return lambda moment: holder(moment)[last]
