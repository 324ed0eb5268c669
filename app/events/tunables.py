"""Every number the feed runs by, each with the reason for its value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tunables:
    """The feed's times, in seconds of the event loop's clock, and sizes; tests shrink them, nothing else does."""

    # A writer that died between commit and numbering leaves its events for the next check of any process.
    check_every: float = 1.0
    # To number, tell and read one event takes as long as a short mutation does, and many of them hardly longer.
    gather: float = 0.02
    # A tail that no ring reaches still looks this often: the most a lost ring can cost.
    look_every: float = 1.0
    # A ring of one's own every half second makes a dead listener known after four of them went unheard.
    beat_every: float = 0.5
    deaf_after: float = 2.0
    # Connecting takes milliseconds; what takes seconds will not come.
    connect_within: float = 5.0
    # A dead connection may never answer a farewell.
    hang_up_within: float = 1.0
    # The longest statement is a batch of numbering (0.1 s) that waited for its lock (2 s at most).
    answer_within: float = 5.0
    # A terminated backend is replaced at once, a restarting server in a second or two.
    retry_after: float = 0.25
    retry_at_most: float = 2.0
    # A stream whose table cannot be read for so long is closed, so that its client may try another server.
    give_up_after: float = 30.0
    # Events a subscriber may lag behind in memory (about 1 KB each); beyond, it is served from the table.
    queue: int = 256
    # Larger pages read hardly faster and hold more memory for each subscriber that catches up.
    page: int = 500
    # A page of what somebody missed is told to them, and to whoever missed the same, before the next one's turn.
    recalled: int = 100
    # Whoever missed more of a list reads the list again, which is less than to tell them all of it (half a second).
    relisted: int = 5_000
    # What was told last is kept for those who come back: a storm of them lasts seconds, and what is told says "now".
    kept: int = 64
    kept_bytes: int = 262_144
    kept_for: float = 20.0
    # So many are told something before others have their turn: 256 frames take about 3 ms.
    told_at_once: int = 256
    # A query that looks for a rare kind answers after 10,000 events with what it has found (about 50 ms).
    pages_a_query: int = 20
    # One for the sequencer, one for the tail, the rest for all subscribers that catch up, in turns.
    connections: int = 6
