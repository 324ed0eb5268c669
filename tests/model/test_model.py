"""The market against a model of the rule book, on the real database, with two processes' sweeps (section 16)."""

import asyncio
from collections import Counter
from random import Random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import ledger
from app.db.engine import write_engine
from tests.figures import Recorder
from tests.means import TestMeans
from tests.model.history import live
from tests.model.play import doors_of
from tests.model.replay import Replay
from tests.sizes import size

HISTORIES = size("histories against the model")


def test_the_market_does_what_the_model_says(fresh_database_url: str, figures: Recorder) -> None:
    """PAY-10, COU-3, CLM-4, section 16: after every step, both hold the same; nothing is lost, doubled or stuck."""
    seen: Counter[str] = Counter()
    replay = Replay()

    # a loop of its own: hypothesis calls from outside of any
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        engines: list[AsyncEngine] = [write_engine(fresh_database_url) for _ in range(2)]
        doors = doors_of(TestMeans(engines[0]), engines[1])

        @given(st.randoms(use_true_random=True))
        @settings(max_examples=HISTORIES, phases=[Phase.generate])
        def histories(rng: Random) -> None:
            runner.run(live(doors, rng, replay, seen))

        try:
            histories()
            report = runner.run(ledger.check(doors[0]))
        finally:
            for engine in engines:
                runner.run(engine.dispose())
    assert report.faults == []
    figures("steps", f"{seen.total()} in {HISTORIES} histories")
    figures("outcomes", ", ".join(f"{what} {many}" for what, many in sorted(seen.items())))
