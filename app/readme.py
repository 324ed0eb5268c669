"""The parts of the README that are made from the code: `python -m app.readme` writes them anew."""

import re
from functools import partial
from pathlib import Path

from app.domain.conditions import State
from app.domain.lifecycle import TABLE, Step
from app.settings import ROOT, config_table

README = ROOT / "README.md"
_WORDS = {
    State.CONF_SELLER: "Pending confirmation: awaits the seller",
    State.CONF_BUYER: "Pending confirmation: awaits the buyer",
    State.PAYMENT: "Pending payment",
    State.DISPATCH: "Pending dispatch",
    State.PARTLY: "Partially dispatched",
}


def diagram() -> str:
    """The lifecycle as a Mermaid diagram, read from the table that judges every step."""
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    state {_quoted(state)} as {state}" for state in State if state in _WORDS]
    lines.append("    [*] --> DRAFT")
    arrows: dict[tuple[State, State], list[str]] = {}
    for step in Step:
        for state, cell in TABLE[step].items():
            for target in cell.to:
                if target is state:
                    continue
                arrows.setdefault((state, target), []).append(step.lower().replace("_", " "))
    lines += [f"    {source} --> {target}: {', '.join(steps)}" for (source, target), steps in arrows.items()]
    lines += ["    COMPLETED --> [*]", "    CLOSED --> [*]", "```"]
    return "\n".join(lines)


def _quoted(state: State) -> str:
    return f'"{_WORDS[state]}"'


PARTS = {"lifecycle": diagram, "settings": config_table}


def renewed(text: str) -> str:
    """The README's text with its made parts made anew."""
    for name, make in PARTS.items():
        marks = re.compile(rf"(<!-- {name}: made by [^>]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text = marks.sub(partial(_filled, make().strip()), text)
    return text


def _filled(made: str, marks: re.Match[str]) -> str:
    return f"{marks[1]}{made}\n{marks[2]}"


def write(readme: Path = README) -> None:
    """Write the made parts of the README anew."""
    readme.write_text(renewed(readme.read_text()))


if __name__ == "__main__":
    write()
