"""Draws by a seed that seldom things come up in, too."""

from random import Random


class Decks:
    """One deck of cards for each question, dealt to its end and then shuffled anew: every card has its turn."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._left: dict[str, list[str]] = {}

    def draw(self, question: str, **cards: int) -> str:
        """The next card for a question; the number beside a card says how many of it are in the deck."""
        left = self._left.get(question)
        if not left:
            left = [card for card, many in cards.items() for _ in range(many)]
            self._rng.shuffle(left)
            self._left[question] = left
        return left.pop()
