"""In which order the choices of a question are shown: drawn by a seed, the same for everyone.

The place of the right choice is dealt like cards: in every two lessons each letter is right equally often, so that no
letter is a good guess, and the answers to two questions do not tell the third.
"""

from __future__ import annotations

from random import Random
from string import ascii_lowercase

from sessionlab.course.lesson import Question, lesson

QUESTIONS, PLACES = 3, 3  # of a lesson; of a question's choices


def shown(asked: Question) -> dict[str, str]:
    """Return the letters under which the choices are shown, each with the choice's own key, in order.

    >>> from sessionlab.course.lesson import question
    >>> sorted(shown(question("00.a")).values())
    ['a', 'b', 'c']
    """
    others = [key for key in asked.choices if key != asked.right]
    Random(asked.id).shuffle(others)
    index = _index_of_right(asked) % len(asked.choices)
    order = [*others[:index], asked.right, *others[index:]]
    return dict(zip(ascii_lowercase, order, strict=False))


def right_letter(asked: Question) -> str:
    """Return the letter under which the right choice is shown."""
    return next(letter for letter, key in shown(asked).items() if key == asked.right)


def _index_of_right(asked: Question) -> int:
    """Return how many choices stand before the right one."""
    item = lesson(asked.id)
    pair, half = divmod(int(item.number), 2)
    dealt: list[int] = [*range(PLACES)] * 2
    Random(f"two lessons {pair}").shuffle(dealt)
    return dealt[half * QUESTIONS + [other.id for other in item.questions].index(asked.id)]
