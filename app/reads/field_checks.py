"""What is checked of one field: its type, whether it may be NULL, who may see what it leads to."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from graphql import get_named_type, is_composite_type, is_list_type, is_non_null_type, is_nullable_type
from sqlalchemy import Column, ColumnElement, Table, literal_column
from sqlalchemy.sql import operators

from app.domain.access import PARTIES, Role
from app.reads.binds import Binds
from app.reads.catalog import Catalog, Entity, Field, decoders
from app.reads.compiling import Compiler
from app.reads.declare import (
    NOTHING,
    AloneField,
    ColumnField,
    ComputedField,
    ElementsField,
    ListField,
    Narrow,
    NestedField,
    OneField,
    PageField,
    PartField,
    TallyField,
)
from app.reads.nulls import never_null
from app.reads.objects import Row
from app.reads.paging import codec
from app.reads.rendering import conjuncts, direction, filled, template
from app.reads.samples import sample_arguments
from app.reads.scalar_types import mismatch
from app.reads.visibility import Rule, Standing

_EITHER = (True, False)
STANDINGS = [
    Standing(role, sees, reads, whole, whole, whole)
    for role in [*Role, None]
    for sees, reads, whole in product(_EITHER, _EITHER, _EITHER)
]


def try_rule(entity: Entity, rule: Rule) -> None:
    """Compile a rule for every standing."""
    for standing in STANDINGS:
        entity.predicate(rule, standing, "a")


def field_problems(catalog: Catalog, entity: Entity, field: Field) -> Iterator[str]:
    """What is wrong with a field of a row."""
    reads = field.reads
    cut = reads.to != PARTIES or reads.only is not None
    if reads.only is not None:
        try_rule(entity, reads.only)
    if cut and not is_nullable_type(field.graphql.type):
        yield "it is not shown to everybody and must be nullable"
    yield from shape_problems(field)
    if isinstance(reads, ColumnField):
        yield from _column(entity, field, reads)
    elif isinstance(reads, NestedField):
        yield from _nested(catalog, entity, field, reads)
    elif isinstance(reads, PartField):
        yield from _part(catalog, entity, field, reads)
    elif isinstance(reads, ElementsField):
        entity.text(reads.expression, "a")
        if catalog.entity(field.target).row.c.keys() != ["value", "ordinality"]:
            yield f"{field.target} must stand on `element(…)`"
        yield from not_null_problems(field, never_null(reads.expression))
    elif isinstance(reads, ComputedField):
        _compiler(catalog).try_inputs(reads.inputs, Row("a", entity, entity))
        decoders(reads)
    elif isinstance(reads, OneField | ListField):
        yield from relation_problems(catalog, entity, field, reads)
    elif isinstance(reads, TallyField):
        yield from tally_problems(catalog, entity, field, reads)
    else:
        yield "it belongs on a root type"


def shape_problems(field: Field) -> Iterator[str]:
    """Whether the GraphQL type is a list, an object or a value as its specifier answers."""
    reads, type_ = field.reads, field.graphql.type
    inner = type_.of_type if is_non_null_type(type_) else type_
    rows = isinstance(reads, ListField) and not isinstance(reads, PageField)
    listed = rows or isinstance(reads, ElementsField | TallyField)
    if listed and not (is_list_type(inner) and is_non_null_type(inner.of_type)):
        yield "it must be a list without nulls"
    single = isinstance(reads, NestedField | PartField | OneField | AloneField | PageField)
    if single and is_list_type(inner):
        yield "it is one object, not a list"
    if isinstance(reads, PageField) and not get_named_type(type_).name.endswith("Connection"):
        yield "it must be a Connection"
    if isinstance(reads, ColumnField) and is_composite_type(get_named_type(type_)):
        yield "a column is no object"


def not_null_problems(field: Field, proved: bool) -> Iterator[str]:
    """A field that may be NULL must be nullable."""
    if not proved and not is_nullable_type(field.graphql.type):
        yield "it may be NULL: make it nullable, or prove that it is not"


def _column(entity: Entity, field: Field, reads: ColumnField) -> Iterator[str]:
    entity.json(reads.expression, "a")
    if problem := mismatch(field.graphql.type, reads.expression):
        yield problem
    if isinstance(entity.row, Table) or entity.row is NOTHING:
        yield from not_null_problems(field, never_null(reads.expression))


def _nested(catalog: Catalog, entity: Entity, field: Field, reads: NestedField) -> Iterator[str]:
    target = catalog.entity(field.target)
    if isinstance(target.row, Table) or set(target.row.c.keys()) != set(reads.columns):
        yield f"{target.name} must stand on a stand-in row with the columns {', '.join(reads.columns)}"
        return
    first, *_ = reads.columns
    present: ColumnElement[Any] = literal_column("1", reads.columns[first].type)
    given: Mapping[str, Any] = {**reads.columns, first: present}
    yield from not_null_problems(field, never_null(reads.columns[first]))
    for inner in target.fields.values():
        if isinstance(inner.reads, ColumnField):
            entity.filled_json(inner.reads.expression, target, reads, "a")
            if not is_nullable_type(inner.graphql.type):
                proved = never_null(filled(inner.reads.expression, target.row, given))
                yield from () if proved else [f"its {inner.name} may be NULL"]
        else:
            yield f"{target.name}.{inner.name} must be a column"


def _part(catalog: Catalog, entity: Entity, field: Field, reads: PartField) -> Iterator[str]:
    target = catalog.entity(field.target)
    if not target.reads.part or target.row is not entity.row:
        yield f"{target.name} must be a part over the same table"
    if reads.when is not None:
        entity.text(reads.when, "a")
    yield from not_null_problems(field, reads.when is None)


# --- relations --------------------------------------------------------------------------------------------------


def relation_problems(
    catalog: Catalog, entity: Entity | None, field: Field, reads: OneField | ListField
) -> Iterator[str]:
    """What is wrong with a relation, from a row or at the root."""
    targets: list[tuple[Entity, Any]]
    if isinstance(reads, OneField) and isinstance(reads.on, Mapping):
        targets = [(catalog.of(cls), on) for cls, on in reads.on.items()]
    else:
        targets = [(catalog.entity(field.target), reads.on)]
    for target, on in targets:
        if target.reads.part:
            yield f"{target.name} is a part: nothing says who may see it"
        if on is not None and entity is not None:
            target.join(on, entity, "a", "b")
            conjuncts(on, target.row, entity.row)
        elif isinstance(on, ColumnElement):
            target.text(on, "a")
    target, on = targets[0]
    for column, _ in map(direction, reads.order):
        target.text(column, "a")
    if isinstance(reads, OneField):
        proved = len(targets) == 1 and entity is not None and _always_joined(target, on, entity)
        yield from not_null_problems(field, proved)
        return
    if isinstance(reads, PageField):
        yield from _page(target, reads)
    _try_narrow(catalog, field, reads.narrow, target)


def tally_problems(catalog: Catalog, entity: Entity | None, field: Field, reads: TallyField) -> Iterator[str]:
    """What is wrong with counts, of a row or at the root."""
    counted, target = catalog.entity(reads.of), catalog.entity(field.target)
    if counted.reads.part:
        yield f"{counted.name} is a part: nothing says who may see it"
    if target.row.c.keys() != ["sort", "found", "ceiling"]:
        yield f"{target.name} must stand on `tally(…)`"
    if reads.on is not None and entity is not None:
        counted.join(reads.on, entity, "a", "b")
    elif isinstance(reads.on, ColumnElement):
        counted.text(reads.on, "a")
    keys = [key for order in reads.orders.values() for key, _ in map(direction, order)]
    for condition in [*reads.sorts.values(), *keys]:
        counted.text(condition, "a")
    template(reads.ceiling, None)
    if not reads.sorts:
        yield "it counts nothing"
    _try_narrow(catalog, field, reads.narrow, counted)


def _try_narrow(catalog: Catalog, field: Field, narrow: Narrow | None, target: Entity) -> None:
    """Compile the conditions of all arguments together, for everybody who may look."""
    for standing in STANDINGS if narrow else ():
        binds = Binds()
        arguments = sample_arguments(catalog, field, binds)
        _compiler(catalog, binds, standing).narrowed(narrow, Row("a", target, target), arguments)


def _always_joined(target: Entity, on: Any, entity: Entity) -> bool:
    """Whether a foreign key that is never NULL leads to the key of a row that everybody sees."""
    if getattr(on, "operator", None) is not operators.eq:
        return False
    sides = [side for side in (on.left, on.right) if isinstance(side, Column)]
    keys = [side for side in sides if side.table is target.row and side.primary_key]
    links = [side for side in sides if side.table is entity.row and not side.nullable]
    if not keys or not links or not any(link.references(keys[0]) for link in links):
        return False
    visible = target.reads.visible
    shown = visible is not None and all(target.predicate(visible, each, "a") is None for each in STANDINGS)
    return shown and target.reads.through is None and target.reads.when is None


def _page(target: Entity, reads: PageField) -> Iterator[str]:
    for sort in reads.sorts or [None]:
        _, columns, _ = codec(target.name, reads, sort)
        for column in columns:
            target.text(column, "a")
        yield from (f"it is ordered by {column}, which may be NULL" for column in columns if not never_null(column))
        last = columns[-1]
        if not isinstance(last, Column) or not (last.unique or list(last.table.primary_key) == [last]):
            yield f"its order must end with a unique column, not {last}"
    if not 0 < reads.default <= reads.largest:
        yield "its default size is larger than its largest"


def _compiler(catalog: Catalog, binds: Binds | None = None, standing: Standing = STANDINGS[0]) -> Compiler:
    unused: Any = None
    return Compiler(catalog, unused, standing, binds or Binds())
