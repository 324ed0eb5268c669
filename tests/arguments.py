"""Generated arguments: literals and variables, given, null or left out, of values that exist and values that do not."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    get_named_type,
    get_nullable_type,
    is_required_argument,
    is_required_input_field,
)

# Values for an argument: asked with the field's coordinate, the path of the argument and its named type
Values = Callable[[str, str, GraphQLNamedType], Sequence[Any]]

BACKWARD, FORWARD = {"last", "before"}, {"first", "after"}
NONE: Any = object()


@dataclass
class Arguments:
    """Writes the arguments of one document; `values` says what they may be, an empty answer that one is left out."""

    chance: random.Random
    values: Values
    declared: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    # the ids given since somebody last asked
    ids: list[str] = field(default_factory=list)
    _drawn: dict[str, Callable[[], Any]] = field(default_factory=dict)
    _conditions: set[str] = field(default_factory=set)

    def text(self, coordinate: str, chosen: GraphQLField) -> str | None:
        """The arguments of a field; None when a required one has no value."""
        skipped, before = self._paging(set(chosen.args)), len(self.declared)
        self.ids = []
        texts = []
        for name, argument in chosen.args.items():
            if name in skipped:
                continue
            text = self._argument(coordinate, name, argument)
            if text is None and is_required_argument(argument):
                self._forget(before)
                return None
            texts += [f"{name}: {text}"] if text is not None else []
        return f"({', '.join(texts)})" if texts else ""

    def again(self) -> dict[str, Any]:
        """The variables with other values, where there are any; of some documents those of directives stay."""
        kept = self._conditions if self.chance.random() < 0.6 else set()
        drawn = {name: draw() for name, draw in self._drawn.items() if name not in kept}
        return self.variables | {name: value for name, value in drawn.items() if value is not NONE}

    def _forget(self, before: int) -> None:
        """Take back the variables that were declared since."""
        for name in list(self._drawn)[before:]:
            del self._drawn[name]
            self.variables.pop(name, None)
        del self.declared[before:]

    def condition(self, value: bool) -> str:
        """What a directive's `if` is given, for it to be this value."""
        roll = self.chance.random()
        if roll < 0.4:
            return "true" if value else "false"
        default = f" = {'true' if value else 'false'}" if roll < 0.55 else ""
        draw = partial(self.chance.choice, [True, False])
        self._conditions.add(f"v{len(self.declared)}")
        return self._variable(f"Boolean!{default}", NONE if default else value, draw)

    def _paging(self, names: set[str]) -> set[str]:
        """The arguments of a page that are left out, so that it mostly goes one way."""
        if not names >= FORWARD | BACKWARD or self.chance.random() < 0.03:
            return set()
        roll = self.chance.random()
        if roll < 0.45:
            return {"last", *(["before"] if self.chance.random() < 0.7 else [])}
        if roll < 0.8:
            return {"first", *(["after"] if self.chance.random() < 0.7 else [])}
        return FORWARD | BACKWARD if roll < 0.95 else {"first", "last"}

    def _argument(self, coordinate: str, name: str, argument: GraphQLArgument) -> str | None:
        required = is_required_argument(argument)
        roll = self.chance.random()
        if not required and roll < 0.2:
            return None
        nullable, draw = get_nullable_type(argument.type), partial(self._value, coordinate, name, argument.type)
        if not required and roll < 0.33 and nullable is argument.type:
            return "null" if roll < 0.26 else self._variable(str(nullable), self.chance.choice([None, NONE]), draw)
        if roll < 0.65:
            return self._literal(coordinate, name, argument.type)
        value = self._value(coordinate, name, argument.type)
        if value is NONE:
            return None
        if self.chance.random() < 0.15 and not isinstance(value, dict | list):
            literal = literal_of(value, get_named_type(argument.type))
            return self._variable(f"{argument.type} = {literal}", NONE, draw)
        return self._variable(str(argument.type if required else nullable), value, draw)

    def _variable(self, type_: str, value: Any, draw: Callable[[], Any]) -> str:
        """A variable with a value, or with none; `draw` makes another."""
        name = f"v{len(self.declared)}"
        self.declared.append(f"${name}: {type_}")
        self._drawn[name] = draw
        if value is not NONE:
            self.variables[name] = value
        return f"${name}"

    # --- literals ---------------------------------------------------------------------------------------------------

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
            return self._variable(f"{type_.name}!", value, partial(self._value, coordinate, path, type_))
        return literal_of(value, type_)

    def _object_literal(self, coordinate: str, path: str, type_: GraphQLInputObjectType) -> str | None:
        texts = []
        for name, each in self._given(type_):
            text = self._literal(coordinate, f"{path}.{name}", each.type)
            if text is None and is_required_input_field(each):
                return None
            texts += [f"{name}: {text}"] if text is not None else []
        return "{" + ", ".join(texts) + "}"

    def _given(self, type_: GraphQLInputObjectType) -> list[tuple[str, GraphQLInputField]]:
        """The fields of an input object that are given: those that must be, and of the others one in a few."""
        share = max(0.1, min(0.4, 2 / len(type_.fields)))
        return [
            (name, each)
            for name, each in type_.fields.items()
            if is_required_input_field(each) or self.chance.random() < share
        ]

    # --- values -----------------------------------------------------------------------------------------------------

    def _value(self, coordinate: str, path: str, type_: GraphQLInputType) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self._value(coordinate, path, type_.of_type)
        if isinstance(type_, GraphQLList):
            values = [self._value(coordinate, path, type_.of_type) for _ in range(self.chance.randint(0, 3))]
            return [value for value in values if value is not NONE]
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(coordinate, path, type_)
        if known := self.values(coordinate, path, type_):
            value = self.chance.choice(known)
            self.ids += [value] if type_.name == "ID" else []
            return value
        if isinstance(type_, GraphQLEnumType):
            return self.chance.choice(list(type_.values))
        if type_.name == "Boolean":
            return self.chance.random() < 0.5
        if type_.name == "Int" and path in ("first", "last"):
            return self.chance.randint(0, 4)
        return NONE

    def _object(self, coordinate: str, path: str, type_: GraphQLInputObjectType) -> Any:
        made = {}
        for name, each in self._given(type_):
            value = self._value(coordinate, f"{path}.{name}", each.type)
            if value is not NONE:
                nullable = get_nullable_type(each.type) is each.type
                made[name] = None if nullable and self.chance.random() < 0.1 else value
            elif is_required_input_field(each):
                return NONE
        return made


def literal_of(value: Any, type_: GraphQLNamedType) -> str:
    """A value as it stands in a document."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(type_, GraphQLEnumType) or isinstance(value, int | float):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'
