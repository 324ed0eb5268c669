"""Payloads as resolvers answer them, made at random: values, and references to rows that may be seen or not."""

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
)
from sqlalchemy import Table

from app.graphql.schema import engine
from app.reads import ref
from app.reads.catalog import BACKREF
from app.reads.expressions import key_of
from tests.reads.stock import Stock


@dataclass
class Payloads:
    """Makes what a root field is resolved to, of any type."""

    chance: random.Random
    stock: Stock

    def of(self, type_: GraphQLOutputType, required: bool = False) -> Any:
        """A value of a type, or null."""
        if isinstance(type_, GraphQLNonNull):
            return self.of(type_.of_type, required=True)
        if not required and self.chance.random() < 0.15:
            return None
        if isinstance(type_, GraphQLList):
            return [self.of(type_.of_type) for _ in range(self.chance.randint(0, 3))]
        if isinstance(type_, GraphQLEnumType):
            return self.chance.choice(list(type_.wrapped_cls))  # type: ignore[attr-defined]
        if isinstance(type_, GraphQLScalarType):
            return self._scalar(type_.name)
        assert isinstance(type_, GraphQLObjectType)
        return self._object(type_)

    def _object(self, type_: GraphQLObjectType) -> Any:
        entity = engine.catalog.entities.get(type_.name)
        if entity is not None and isinstance(entity.row, Table):
            prefix = str(entity.reads.prefix)
            known = [*self.stock.ids.get(prefix, ()), f"{prefix}_{'f' * 32}"]
            key = key_of(prefix, self.chance.choice(known), entity.key_type)
            return ref(entity.cls, key)
        made = {}
        for field in type_.fields.values():
            known_as = field.extensions[BACKREF]
            made[known_as.python_name] = self.of(field.type)
        return type_.extensions[BACKREF].origin(**made)

    def _scalar(self, name: str) -> Any:
        if name == "DateTime":
            return self.stock.now
        if name == "Decimal":
            return Decimal(self.chance.choice(["0", "1.50", "1000000.001"]))
        if name in ("Int", "Float"):
            return self.chance.choice([0, 1, -7])
        if name == "Boolean":
            return self.chance.random() < 0.5
        return self.chance.choice(["", "words", "USD", "a \"quoted\" 'word' \\ \n ⟪p1⟫ 碳 \U0001f600"])
