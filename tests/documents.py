"""Generated GraphQL documents: valid ones for any schema, with fragments, aliases, merges, directives and variables."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
# Values for an argument: asked with the field's coordinate, the path of the argument and its named type
Values = Callable[[str, str, GraphQLNamedType], Sequence[Any]]

BACKWARD, FORWARD = {"last", "before"}, {"first", "after"}


@dataclass
class Document:
    """A document with the variables to run it with."""

    text: str
    variables: dict[str, Any]


@dataclass
class Generator:
    """Writes documents; `values` says what arguments may be, an empty answer that one is left out."""

    schema: GraphQLSchema
    chance: random.Random
    values: Values
    depth: int = 5
    width: int = 5
    budget: int = 60
    without: frozenset[str] = frozenset()
    _declared: list[str] = field(default_factory=list)
    _variables: dict[str, Any] = field(default_factory=dict)
    _fragments: list[str] = field(default_factory=list)
    _keys: dict[str, str] = field(default_factory=dict)
    _left: int = 0

    def document(self, roots: int = 2) -> Document:
        """A query with some root fields."""
        self._declared, self._variables, self._fragments, self._keys = [], {}, [], {}
        self._left = self.budget
        query = self.schema.query_type
        assert query is not None
        selection = self._selection(query, self.depth, roots, narrowed=False)
        declared = f"({', '.join(self._declared)})" if self._declared else ""
        return Document("\n".join([f"query Generated{declared} {selection}", *self._fragments]), self._variables)

    # --- selections -------------------------------------------------------------------------------------------------

    def _selection(self, type_: Composite, depth: int, width: int, narrowed: bool) -> str:
        parts = [self._part(type_, depth, narrowed) for _ in range(self.chance.randint(1, width))]
        chosen = [part for part in parts if part]
        if self.chance.random() < 0.15 or not chosen:
            chosen.append(self.chance.choice(["__typename", "is: __typename"]))
        return "{ " + " ".join(chosen) + " }"

    def _part(self, type_: Composite, depth: int, narrowed: bool) -> str:
        roll = self.chance.random()
        if roll < 0.12:
            return f"... {self._directive()}{self._selection(type_, depth, 3, narrowed)}"
        if roll < 0.20:
            return f"... on {type_.name} {self._directive()}{self._selection(type_, depth, 3, narrowed)}"
        if roll < 0.30:
            name = f"F{len(self._fragments)}"
            self._fragments.append("")
            selection = self._selection(type_, depth, 3, narrowed)
            self._fragments[int(name[1:])] = f"fragment {name} on {type_.name} {selection}"
            return f"...{name} {self._directive()}"
        if is_abstract_type(type_) and (roll < 0.75 or isinstance(type_, GraphQLUnionType)):
            member = self.chance.choice(self.schema.get_possible_types(type_))
            return f"... on {member.name} {self._directive()}{self._selection(member, depth, 4, narrowed=True)}"
        return "" if isinstance(type_, GraphQLUnionType) else self._field(type_, depth, narrowed)

    def _field(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int, narrowed: bool) -> str:
        fields = [name for name in type_.fields if f"{type_.name}.{name}" not in self.without]
        deep = depth > 0 and self._left > 0
        possible = [name for name in fields if deep or not is_composite_type(get_named_type(type_.fields[name].type))]
        if not possible:
            return ""
        self._left -= 1
        name = self.chance.choice(possible)
        chosen = type_.fields[name]
        arguments = self._arguments(f"{type_.name}.{name}", chosen)
        if arguments is None:
            return ""
        key = self._key(type_.name, name, arguments, narrowed)
        inner = get_named_type(chosen.type)
        selection = ""
        if isinstance(inner, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
            selection = " " + self._selection(inner, depth - 1, self.width, narrowed=False)
        return f"{key}{name}{arguments} {self._directive()}{selection}"

    def _key(self, type_: str, name: str, arguments: str, narrowed: bool) -> str:
        """An alias that only ever stands for this field with these arguments, so that all selections merge."""
        identity = f"{type_ if narrowed else ''}.{name}{arguments}"
        if identity not in self._keys:
            plain = not arguments and not narrowed and self.chance.random() < 0.7
            self._keys[identity] = "" if plain else f"k{len(self._keys)}: "
        return self._keys[identity]

    def _directive(self) -> str:
        if self.chance.random() > 0.12:
            return ""
        name = self.chance.choice(["skip", "include"])
        if self.chance.random() < 0.5:
            return f"@{name}(if: {self.chance.choice(['true', 'false'])}) "
        return f"@{name}(if: ${self._variable('Boolean!', self.chance.random() < 0.6)}) "

    # --- arguments --------------------------------------------------------------------------------------------------

    def _arguments(self, coordinate: str, chosen: GraphQLField) -> str | None:
        """The text of the arguments; None when a required one has no value."""
        skipped = self._paging(set(chosen.args))
        texts = []
        for name, argument in chosen.args.items():
            if name in skipped:
                continue
            text = self._argument(coordinate, name, argument)
            if text is None and is_required_argument(argument):
                return None
            texts += [f"{name}: {text}"] if text is not None else []
        return f"({', '.join(texts)})" if texts else ""

    def _paging(self, names: set[str]) -> set[str]:
        """The arguments of a page that are left out, so that it mostly goes one way."""
        if not names >= FORWARD | BACKWARD or self.chance.random() < 0.04:
            return set()
        roll = self.chance.random()
        if roll < 0.4:
            return {"last", *(["before"] if self.chance.random() < 0.7 else [])}
        if roll < 0.75:
            return {"first", *(["after"] if self.chance.random() < 0.7 else [])}
        return FORWARD | BACKWARD if roll < 0.9 else {"first", "last"}

    def _argument(self, coordinate: str, name: str, argument: GraphQLArgument) -> str | None:
        required = is_required_argument(argument)
        roll = self.chance.random()
        if not required and roll < 0.25:
            return None
        if not required and roll < 0.33:
            return "null"
        if roll < 0.65:
            return self._literal(coordinate, name, argument.type)
        if not required and roll < 0.70:
            self._declared.append(f"$v{len(self._declared)}: {argument.type}")
            return f"$v{len(self._declared) - 1}"
        value = self._value(coordinate, name, argument.type)
        if value is NONE:
            return None
        if self.chance.random() < 0.15 and not isinstance(value, dict | list):
            literal = _literal_of(value, get_named_type(argument.type))
            self._declared.append(f"$v{len(self._declared)}: {argument.type} = {literal}")
            return f"$v{len(self._declared) - 1}"
        return f"${self._variable(str(argument.type), value)}"

    def _variable(self, type_: str, value: Any) -> str:
        name = f"v{len(self._declared)}"
        self._declared.append(f"${name}: {type_}")
        self._variables[name] = value
        return name

    def _literal(self, coordinate: str, path: str, type_: GraphQLInputType) -> str | None:
        if isinstance(type_, GraphQLNonNull):
            return self._literal(coordinate, path, type_.of_type)
        if isinstance(type_, GraphQLList):
            texts = [self._literal(coordinate, path, type_.of_type) for _ in range(self.chance.randint(0, 3))]
            return f"[{', '.join(text for text in texts if text)}]"
        if isinstance(type_, GraphQLInputObjectType):
            return self._object_literal(coordinate, path, type_)
        value = self._value(coordinate, path, type_)
        if value is NONE:
            return None
        if self.chance.random() < 0.3:
            return f"${self._variable(f'{type_.name}!', value)}"
        return _literal_of(value, type_)

    def _object_literal(self, coordinate: str, path: str, type_: GraphQLInputObjectType) -> str | None:
        texts = []
        for name, each in type_.fields.items():
            required = is_required_input_field(each)
            if not required and self.chance.random() < 0.6:
                continue
            text = self._literal(coordinate, f"{path}.{name}", each.type)
            if text is None and required:
                return None
            texts += [f"{name}: {text}"] if text is not None else []
        return "{" + ", ".join(texts) + "}"

    def _value(self, coordinate: str, path: str, type_: GraphQLInputType) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self._value(coordinate, path, type_.of_type)
        if isinstance(type_, GraphQLList):
            values = [self._value(coordinate, path, type_.of_type) for _ in range(self.chance.randint(0, 3))]
            return [value for value in values if value is not NONE]
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(coordinate, path, type_)
        if known := self.values(coordinate, path, type_):
            return self.chance.choice(known)
        if isinstance(type_, GraphQLEnumType):
            return self.chance.choice(list(type_.values))
        if type_.name == "Boolean":
            return self.chance.random() < 0.5
        if type_.name == "Int" and path in ("first", "last"):
            return self.chance.randint(0, 4)
        return NONE

    def _object(self, coordinate: str, path: str, type_: GraphQLInputObjectType) -> Any:
        made = {}
        for name, each in type_.fields.items():
            required = is_required_input_field(each)
            if not required and self.chance.random() < 0.6:
                continue
            value = self._value(coordinate, f"{path}.{name}", each.type)
            if value is not NONE:
                made[name] = None if not required and self.chance.random() < 0.1 else value
            elif required:
                return NONE
        return made


NONE: Any = object()


def _literal_of(value: Any, type_: GraphQLNamedType) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(type_, GraphQLEnumType) or isinstance(value, int | float):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'
