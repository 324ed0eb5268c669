"""Arguments: how what graphql-core coerced becomes what a resolver takes, found out once a type.

It comes to what Strawberry makes of it, who finds it out anew for each value.
"""

from collections.abc import Callable
from dataclasses import MISSING
from typing import Any, cast

from strawberry import UNSET
from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryList, StrawberryOptional, has_object_definition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

Convert = Callable[[Any], Any]
Resolver = Callable[..., Any]


class Arguments:
    """The conversions of one schema."""

    def __init__(self, converter: GraphQLCoreConverter) -> None:
        self._converter = converter
        self._inputs: dict[type, Convert] = {}

    def resolver(self, field: StrawberryField) -> Resolver | None:
        """What calls an asynchronous resolver as Strawberry does; None where it does more than that."""
        resolver = field.base_resolver
        if resolver is None or not field.is_async or field.extensions:
            return None
        if resolver.parent_parameter or resolver.root_parameter:
            return None
        names, info_class = self._converter.config.name_converter, self._converter.config.info_class
        parts = {names.from_argument(each): (each.python_name, self.of(each.type)) for each in field.arguments}
        informed = resolver.info_parameter.name if resolver.info_parameter else None
        method, function = bool(resolver.self_parameter), cast(Resolver, resolver.wrapped_func)

        async def resolve(source: Any, info: Any, **given: Any) -> Any:
            taken = {}
            for name, value in given.items():
                called, convert = parts[name]
                taken[called] = convert(value)
            if informed is not None:
                taken[informed] = info_class(_raw_info=info, _field=field)
            return await (function(source, **taken) if method else function(**taken))

        return resolve

    def of(self, type_: Any) -> Convert:
        """The conversion of values of a type."""
        if type(type_) is StrawberryOptional:
            return self.of(type_.of_type)
        if isinstance(type_, StrawberryList):
            return _each(self.of(type_.of_type))
        registry, config = self._converter.scalar_registry, self._converter.config
        if isinstance(type_, StrawberryEnumDefinition) or (is_scalar(type_, registry) and type_ is not GlobalID):
            return _as_it_is
        if has_object_definition(type_):
            definition = type_.__strawberry_definition__
            if definition.is_input and definition.from_input is None:
                return self._inputs.get(type_) or self._input(type_)
        return lambda value: convert_argument(value, type_, registry, config)

    def _input(self, type_: Any) -> Convert:
        parts: dict[str, tuple[str, Convert]] = {}
        absent: dict[str, Any] = {}

        def convert(value: Any) -> Any:
            if value is None or value is UNSET:
                return value
            given = absent.copy()
            for name, part in value.items():
                called, converted = parts[name]
                given[called] = converted(part)
            return type_(**given)

        # before its fields, of which one may be of the same type
        self._inputs[type_] = convert
        definition = type_.__strawberry_definition__
        for field in definition.fields:
            name = self._converter.config.name_converter.from_field(field)
            parts[name] = field.python_name, self.of(field.resolve_type(type_definition=definition))
            if field.default_value is MISSING and field.default_factory is MISSING:
                absent[field.python_name] = None
        return convert


def _as_it_is(value: Any) -> Any:
    return value


def _each(convert: Convert) -> Convert:
    def listed(value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        return list(value) if convert is _as_it_is else [convert(each) for each in value]

    return listed
