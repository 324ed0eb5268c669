"""What documents cost before anything of them runs: known ones, new ones, and those that mean harm."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from app.graphql.documents import Documents
from app.graphql.errors import RequestRefused
from app.graphql.limits import Limits
from app.graphql.schema import schema
from benchmarks.queries import LIST

ACCEPTED = "accepted"
BOUND = 0.1  # seconds of CPU that no document may take before it runs or is refused


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading one document costs, in seconds of CPU, and what became of it: the least of several runs."""

    name: str
    size: int
    cpu: float
    verdict: str


def doubling(links: int) -> str:
    """Fragments that each spread the next one twice: 2^links paths in a small text."""
    chain = "".join(f"fragment F{n} on Query{{...F{n + 1} ...F{n + 1}}}" for n in range(links))
    return "{...F0}" + chain + f"fragment F{links} on Query{{serverTime}}"


def doubling_pages(links: int) -> str:
    """The same with a page in each, whose size is a variable."""
    page = "log(first:$n){nodes{order{...F%d}}}"
    both = f"fragment F%d on Order{{a:{page} b:{page}}}"
    chain = "".join(both % (n, n + 1, n + 1) for n in range(links))
    return 'query($n:Int){order(number:"1"){...F0}}' + chain + f"fragment F{links} on Order{{number}}"


def _nested(levels: int) -> str:
    return '{ order(number: "1") { ' + "log { nodes { order { " * levels + "number" + " } } }" * levels + " } }"


_RING = "".join(f"fragment R{n} on Query {{ ...R{(n + 1) % 50} ...R{(n + 7) % 50} }} " for n in range(50))
HOSTILE = {
    "doubling fragments": doubling(59),
    "doubling fragments with pages": doubling_pages(25),
    "recursive fragment": '{ order(number: "1") { ...F } } '
    "fragment F on Order { log { nodes { order { ...F } } } ...F }",
    "fragments in a ring": "{ ...R0 } " + _RING,
    "nested too deep": _nested(120),
    "a page of pages": "{ viewer { orders(first: 100) { nodes { log(first: 100) { nodes { order { log(first: 100) "
    "{ nodes { version } } } } } } } } }",
    "700 aliases": "{ " + " ".join(f"a{n}: serverTime" for n in range(700)) + " }",
    "400 directives": "{ serverTime " + "@skip(if: false) " * 400 + "}",
    "one field 600 times": "{ " + "viewer { role } " * 600 + "}",
    "1,400 unknown fields": "{ " + " ".join(f"x{n}" for n in range(1_400)) + " }",
    "an unused fragment": "{ serverTime } fragment U on Query { " + "viewer { role } " * 600 + "}",
    "15,000 comments": "#\n" * 15_000 + "{ serverTime }",
    "a list in a list, 180 deep": "{ nodes(ids: " + "[" * 180 + "]" * 180 + ") { id } }",
}
# As much as the limits let through
LARGEST = {
    "50 aliases of 40 fields each": "{ viewer { "
    + " ".join(f"o{n}: orders(first: 1) {{ nodes {{ {'version ' * 40} }} }}" for n in range(50))
    + " } }",
    "50 repeats of 12 fields": "{ "
    + "viewer { role account { id name email country } seller { id name country service } } " * 50
    + "}",
}


def measure(runs: int) -> tuple[Cost, ...]:
    """Each document as a server reads it for the first time, and the seller's list as it reads it from then on."""
    new = {"the seller's list, new": LIST, **LARGEST, **HOSTILE}
    return (_known(LIST, runs), *(_first(name, text, runs) for name, text in new.items()))


def _known(text: str, runs: int, times: int = 2_000) -> Cost:
    documents = Documents(schema._schema, Limits(), introspection=False)
    documents.read(text)

    def read() -> str:
        for _ in range(times):
            documents.cost(documents.read(text).operation(None)[1], {})
        return ACCEPTED

    cpu, verdict = _least(read, runs)
    return Cost("the seller's list, known", len(text), cpu / times, verdict)


def _first(name: str, text: str, runs: int) -> Cost:
    def read() -> str:
        documents = Documents(schema._schema, Limits(), introspection=False)
        try:
            document = documents.read(text)
            documents.cost(document.operation(None)[1], {"n": 100})
        except RequestRefused as refusal:
            return str(refusal.errors[0]["extensions"]["code"])
        return ACCEPTED

    cpu, verdict = _least(read, runs)
    return Cost(name, len(text), cpu, verdict)


def _least(work: Callable[[], str], runs: int) -> tuple[float, str]:
    """The least CPU of several runs: what else the machine does only ever adds."""
    seen = []
    for _ in range(runs):
        before = time.process_time()
        verdict = work()
        seen.append(time.process_time() - before)
    return min(seen), verdict
