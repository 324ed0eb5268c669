"""What an operation selects and with which arguments, by graphql-core's own rules over symbolic variables."""

from enum import Enum
from typing import Any

from graphql import GraphQLObjectType, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_subfields
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments

from app.reads.binds import Binds, Moment, Slot
from app.reads.catalog import Catalog, Field

Details = list[FieldDetails]
Info = GraphQLResolveInfo[Any]


def variables_of(info: Info) -> dict[str, Any]:
    """The operation's coerced variables, which Strawberry hands on without graphql-core's wrapping."""
    values: Any = info.variable_values
    return getattr(values, "coerced", values)  # type: ignore[no-any-return]


def shape(value: Any) -> Any:
    """What a plan may depend on of a variable: nulls, booleans, enums and lengths; of other scalars their type."""
    if value is None or isinstance(value, bool | Enum):
        return value
    if isinstance(value, list):
        return tuple(shape(each) for each in value)
    if isinstance(value, dict):
        return tuple((name, shape(each)) for name, each in value.items())
    return type(value)


class Selection:
    """The fields and arguments of one operation, for one shape of its variables."""

    def __init__(self, catalog: Catalog, info: Info, binds: Binds) -> None:
        self.catalog = catalog
        self.binds = binds
        self._schema = info.schema
        self._operation = info.operation
        self._fragments = {name: FragmentDetails(node) for name, node in info.fragments.items()}
        symbolic = {name: self._symbolic(value, (name,)) for name, value in variables_of(info).items()}
        self._variables = VariableValues({}, symbolic)

    def fields(self, type_: GraphQLObjectType, details: Details) -> dict[str, Details]:
        """The fields selected of an object of this type, by response key."""
        collected = collect_subfields(self._schema, self._fragments, self._variables, self._operation, type_, details)
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
        return self.binds.value(value, lambda moment: _at(moment, path))

    def _constant(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | Enum | Slot):
            return value
        if isinstance(value, list):
            return [self._constant(each) for each in value]
        if isinstance(value, dict):
            return {name: self._constant(each) for name, each in value.items()}
        return self.binds.value(value, lambda moment: value)


def _at(moment: Moment, path: tuple[str | int, ...]) -> Any:
    value: Any = moment.variables
    for step in path:
        value = value[step]
    return value
