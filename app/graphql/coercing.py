"""Values of input types as an operation runs with them: by a function made once a type.

Each says the shape of its value on the way (see `reads.selection`), so that no value is walked a second time.
"""

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    TypeNode,
    Undefined,
    is_required_input_field,
    print_ast,
    type_from_ast,
)
from graphql.utilities.coerce_input_value import coerce_default_value

from app.reads.selection import PLAIN, Said, say

# a value, how deep it stands, and where its shape is said
Coerce = Callable[[Any, int, Said], Any]
# the values of a list, how deep they stand, and where their shapes are said
Items = Callable[[list[Any], int, Said], list[Any]]
Read = Callable[[Any], Any]
# How deep plain values are nested at most
DEEPEST = 32
# Of how many ways to fill an object it is kept what there is to do
LAYOUTS_KEPT = 256


class Unsure(Exception):
    """A value is not plainly right."""


class Coercions:
    """The functions of one schema's input types."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._by_text: dict[str, Coerce] = {}
        self._objects: dict[str, Coerce] = {}

    def of(self, node: TypeNode) -> Coerce:
        """The function of a type as a document writes it; it raises Unsure of what is not plainly right."""
        text = print_ast(node)
        if text not in self._by_text:
            type_: Any = type_from_ast(self._schema, node)
            self._by_text[text] = self._make(type_)
        return self._by_text[text]

    def _make(self, type_: GraphQLInputType) -> Coerce:
        if isinstance(type_, GraphQLNonNull):
            return _given(self._make(type_.of_type))
        if isinstance(type_, GraphQLList):
            return _list(self._items(type_.of_type))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_)
        return _leaf(_reader(type_))

    def _items(self, type_: GraphQLInputType) -> Items:
        inner: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if inner is not type_ and not isinstance(inner, GraphQLList | GraphQLInputObjectType):
            return _names(inner) if isinstance(inner, GraphQLEnumType) else _leaves(_reader(inner))
        return _each(self._make(type_))

    def _object(self, type_: GraphQLInputObjectType) -> Coerce:
        """An object's function; it may hold itself, and so its fields' are made when the first value comes."""
        if type_.name not in self._objects:
            self._objects[type_.name] = _filled(type_, self._make)
        return self._objects[type_.name]


def _filled(type_: GraphQLInputObjectType, make: Callable[[GraphQLInputType], Coerce]) -> Coerce:
    """The function of an object: what there is to do is found out once for each set of names that is sent."""
    fields: dict[str, Coerce] = {}
    layouts: dict[tuple[str, ...], list[tuple[str, str, Coerce]]] = {}

    def layout(given: tuple[str, ...]) -> list[tuple[str, str, Coerce]]:
        """How each field comes to its value and what resolvers call it, in the order of the type, however sent."""
        missing = (name for name, each in type_.fields.items() if is_required_input_field(each) and name not in given)
        if type_.is_one_of or any(name not in type_.fields for name in given) or any(missing):
            raise Unsure
        if len(layouts) >= LAYOUTS_KEPT:
            layouts.clear()
        made = layouts[given] = []
        for name, each in type_.fields.items():
            out = each.out_name or name
            if name in given:
                fields[name] = fields.get(name) or make(each.type)
                made.append((name, out, fields[name]))
            elif (default := coerce_default_value(each)) is not Undefined:
                made.append((name, out, _always(default)))
        return made

    def coerce(value: Any, depth: int, said: Said) -> Any:
        if value is None:
            said.append(None)
            return None
        if type(value) is not dict or depth > DEEPEST:
            raise Unsure
        given = tuple(value)
        known, made = layouts.get(given), {}
        for name, out, of in layout(given) if known is None else known:
            made[out] = of(value.get(name), depth + 1, said)
        said.append(tuple(made))
        return type_.out_type(made)

    return coerce


def _always(default: Any) -> Coerce:
    def coerce(value: Any, depth: int, said: Said) -> Any:
        say(default, said)
        return default

    return coerce


def _given(of: Coerce) -> Coerce:
    def coerce(value: Any, depth: int, said: Said) -> Any:
        if value is None:
            raise Unsure
        return of(value, depth, said)

    return coerce


def _list(items: Items) -> Coerce:
    """The function of a list, of what makes its items."""

    def coerce(value: Any, depth: int, said: Said) -> Any:
        if value is None:
            said.append(None)
            return None
        if type(value) is not list or depth > DEEPEST:
            raise Unsure
        found = items(value, depth + 1, said)
        said.append(~len(found))
        return found

    return coerce


def _each(of: Coerce) -> Items:
    """Items of any type, one by one."""
    return lambda values, depth, said: [of(each, depth, said) for each in values]


def _names(type_: GraphQLEnumType) -> Items:
    """Values of an enum of which none is null."""
    known = _known(type_)

    def items(values: list[Any], depth: int, said: Said) -> list[Any]:
        try:
            found = [known[each] for each in values]
        except (KeyError, TypeError):
            raise Unsure from None
        said += found
        return found

    return items


def _leaves(read: Read) -> Items:
    """Scalars of which none is null."""

    def items(values: list[Any], depth: int, said: Said) -> list[Any]:
        if None in values:
            raise Unsure
        try:
            found = [read(each) for each in values]
        except Exception:
            raise Unsure from None
        kinds = [type(each) for each in found]
        if PLAIN.issuperset(kinds):
            said += kinds
        elif Undefined in found:
            raise Unsure
        else:
            for each in found:
                say(each, said)
        return found

    return items


def _leaf(read: Read) -> Coerce:
    def coerce(value: Any, depth: int, said: Said) -> Any:
        if value is None:
            said.append(None)
            return None
        try:
            found = read(value)
        except Exception:
            raise Unsure from None
        if (kind := type(found)) in PLAIN:
            said.append(kind)
        elif found is Undefined:
            raise Unsure
        else:
            say(found, said)
        return found

    return coerce


def _reader(type_: Any) -> Read:
    """What reads a value of a scalar or an enum: what is plain already is taken as it is, an enum's by its name."""
    if isinstance(type_, GraphQLEnumType):
        return _known(type_).__getitem__
    read: Read = type_.coerce_input_value
    if type_ is GraphQLString or type_ is GraphQLID:
        return lambda value: value if type(value) is str else read(value)
    return read


def _known(type_: GraphQLEnumType) -> dict[Any, Any]:
    """What resolvers are given for the names of an enum."""
    return {name: type_.coerce_input_value(name) for name in type_.values}
