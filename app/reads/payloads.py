"""Payloads: what Python answers a root field with, written by what was selected of it, its references read at once."""

import logging
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError, GraphQLObjectType

from app.domain.errors import Refusal
from app.reads.binds import Binds, Getter, Moment
from app.reads.catalog import Catalog
from app.reads.compiling import Compiler
from app.reads.holes import Hole, Holes, filled
from app.reads.kept import Counts, Kept
from app.reads.reader import Context
from app.reads.roots import by_keys_text, by_one_key_text
from app.reads.selection import Asked, Selection
from app.reads.visibility import Standing
from app.reads.writers import Later, Place, Unplannable, Unwritable, Write, Writers, written

log = logging.getLogger("app.reads")


@dataclass(frozen=True, slots=True)
class Form:
    """How the value of a root field is written; without `write` only graphql-core can."""

    write: Write | None
    places: list[Place]


@dataclass(frozen=True, slots=True)
class Reading:
    """A statement with one row: a column of objects for each place and type that something refers to."""

    sql: str
    getters: tuple[Getter, ...]
    holes: tuple[Hole, ...]


Group = tuple[int, str]
# Groups of references, and whether each is one alone
Wanted = tuple[tuple[Group, bool], ...]


@dataclass
class Payloads:
    """The forms and readings of one schema, the least recently used given up first."""

    catalog: Catalog
    kept: int
    counts: Counts
    _forms: Kept[Form] = field(init=False)
    _readings: Kept[Reading] = field(init=False)

    def __post_init__(self) -> None:
        self._forms = Kept(self.kept, self.counts)
        self._readings = Kept(self.kept, self.counts)

    async def text(self, asked: Asked, key: str, value: Any, context: Context) -> bytes | None:
        """The JSON of a root field's value, by its response key; None when only graphql-core can complete it."""
        try:
            data = await self._written(asked, key, value, context)
        except (Refusal, Unwritable):
            data = None
        except Exception:
            log.warning("a payload could not be written; graphql-core completes it", exc_info=True)
            data = None
        if data is None:
            self.counts.fallen_back += 1
        else:
            self.counts.planned += 1
        return data

    async def _written(self, asked: Asked, key: str, value: Any, context: Context) -> bytes | None:
        place = (asked.place, key)
        form = self._forms.get(place) or self._forms.put(place, self._form(asked, key), len(asked.text))
        if form.write is None:
            return None
        later: list[Later] = []
        data = form.write(value, later)
        if not later:
            return written(data)
        groups: dict[Group, list[Later]] = {}
        for each in later:
            name = self.catalog.of(each.ref.type_).name
            if name not in form.places[each.place].names:
                raise Unwritable
            groups.setdefault((each.place, name), []).append(each)
        keys = {group: [each.ref.key for each in waiting] for group, waiting in groups.items()}
        moment = Moment(asked.variables, context.viewer, context.now, keys)
        standing = Standing.of(context.viewer)
        wanted = tuple((group, len(waiting) == 1) for group, waiting in groups.items())
        at = (place, standing, wanted)
        reading = self._readings.get(at)
        if reading is None:
            reading = self._reading(asked, form, standing, wanted)
            self._readings.put(at, reading, len(asked.text) + len(reading.sql))
        row = await context.reader.row(reading.sql, [get(moment) for get in reading.getters], path=(key,))
        for waiting, texts in zip(groups.values(), row, strict=True):
            for each, text in zip(waiting, texts, strict=True):
                each.text = text
        return filled(written(data), reading.holes, moment)

    def _form(self, asked: Asked, key: str) -> Form:
        try:
            selection = Selection(self.catalog, asked, Binds())
            details = selection.roots()[key]
            root = self.catalog.schema.get_root_type(asked.node.operation)
            assert isinstance(root, GraphQLObjectType)
            writers = Writers(self.catalog, selection)
            return Form(writers.of(root.fields[details[0].node.name.value].type, details), writers.places)
        except (Unplannable, GraphQLError, Refusal, KeyError):
            return Form(None, [])

    def _reading(self, asked: Asked, form: Form, standing: Standing, wanted: Wanted) -> Reading:
        binds = Binds()
        selection = Selection(self.catalog, asked, binds)
        holes = Holes(self.catalog, selection)
        compiler = Compiler(self.catalog, selection, standing, binds, holes)
        columns = [
            (by_one_key_text if alone else by_keys_text)(
                compiler, self.catalog.entity(name), (place, name), form.places[place].details
            )
            for (place, name), alone in wanted
        ]
        sql, getters = binds.finish(f"SELECT {', '.join(columns)}")
        return Reading(sql, getters, tuple(holes.found))
