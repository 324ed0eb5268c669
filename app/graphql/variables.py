"""Variables as an operation runs with them: by a function made once a type, where graphql-core walks the type anew.

What is not plainly right is left to graphql-core, which alone says what is wrong with it, and knows the rarer ways to
be right: a variable's default, one value in place of a list, an object of which exactly one field is given.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    TypeNode,
    Undefined,
    VariableDefinitionNode,
    get_variable_values,
    is_required_input_field,
    type_from_ast,
)
from graphql.utilities.coerce_input_value import coerce_default_value

Coerce = Callable[[Any, int], Any]
# How deep plain values are nested at most
DEEPEST = 32


class Unsure(Exception):
    """A value is not plainly right."""


class Variables:
    """Coerces the variables of one schema's operations."""

    def __init__(self, schema: GraphQLSchema, errors: int) -> None:
        self._schema = schema
        self._errors = errors
        self._by_text: dict[str, Coerce] = {}
        self._objects: dict[str, Coerce] = {}

    def coerced(
        self, definitions: Sequence[VariableDefinitionNode], values: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """The values as graphql-core coerces them; None when it refuses them."""
        try:
            return self.plain(definitions, values)
        except Unsure:
            found = get_variable_values(self._schema, definitions, dict(values), self._errors)
            return None if isinstance(found, list) else found.coerced

    def plain(self, definitions: Sequence[VariableDefinitionNode], values: Mapping[str, Any]) -> dict[str, Any]:
        """The same of values that are plainly right; Unsure of others."""
        coerced = {}
        for definition in definitions:
            name = definition.variable.name.value
            value = values.get(name, Undefined)
            if value is not Undefined:
                coerced[name] = self._of(definition.type)(value, 0)
            elif definition.default_value is not None or isinstance(definition.type, NonNullTypeNode):
                raise Unsure
        return coerced

    def _of(self, node: TypeNode) -> Coerce:
        text = _text(node)
        made = self._by_text.get(text)
        if made is None:
            type_: Any = type_from_ast(self._schema, node)
            made = self._by_text[text] = self._make(type_)
        return made

    def _make(self, type_: GraphQLInputType) -> Coerce:
        if isinstance(type_, GraphQLNonNull):
            return _given(self._make(type_.of_type))
        if isinstance(type_, GraphQLList):
            return _list(self._make(type_.of_type))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_)
        return _leaf(type_.coerce_input_value)

    def _object(self, type_: GraphQLInputObjectType) -> Coerce:
        """An object's function; it may hold itself, and so its fields' are made when the first value comes."""
        made = self._objects.get(type_.name)
        if made is not None:
            return made
        fields: dict[str, tuple[str, Coerce, Any]] = {}
        unsure = bool(type_.is_one_of)
        needed = [name for name, field in type_.fields.items() if is_required_input_field(field)]

        def coerce(value: Any, depth: int) -> Any:
            if value is None:
                return None
            if unsure or type(value) is not dict or depth > DEEPEST:
                raise Unsure
            if not fields:
                fields.update({name: self._field(name, field) for name, field in type_.fields.items()})
            if not value.keys() <= fields.keys() or not all(name in value for name in needed):
                raise Unsure
            made = {}
            # in the order of the type's fields, however they were sent
            for name, (out, of, default) in fields.items():
                if name in value:
                    made[out] = of(value[name], depth + 1)
                elif default is not Undefined:
                    made[out] = default
            return type_.out_type(made)

        self._objects[type_.name] = coerce
        return coerce

    def _field(self, name: str, field: GraphQLInputField) -> tuple[str, Coerce, Any]:
        """What a resolver calls a field of an object, how its value becomes that, and what it is when it is absent."""
        return field.out_name or name, self._make(field.type), coerce_default_value(field)


def _text(node: TypeNode) -> str:
    """A type as a document writes it."""
    if isinstance(node, NamedTypeNode):
        return node.name.value
    assert isinstance(node, ListTypeNode | NonNullTypeNode)
    inner = _text(node.type)
    return f"[{inner}]" if isinstance(node, ListTypeNode) else f"{inner}!"


def _given(of: Coerce) -> Coerce:
    def coerce(value: Any, depth: int) -> Any:
        if value is None:
            raise Unsure
        return of(value, depth)

    return coerce


def _list(of: Coerce) -> Coerce:
    def coerce(value: Any, depth: int) -> Any:
        if value is None:
            return None
        if type(value) is not list or depth > DEEPEST:
            raise Unsure
        return [of(each, depth + 1) for each in value]

    return coerce


def _leaf(read: Callable[[Any], Any]) -> Coerce:
    def coerce(value: Any, depth: int) -> Any:
        if value is None:
            return None
        try:
            found = read(value)
        except Exception:
            raise Unsure from None
        if found is Undefined:
            raise Unsure
        return found

    return coerce
