"""How the project speaks: no turn of phrase that a native editor would strike out. A net; the work is reading."""

from __future__ import annotations

import re

import pytest

from tests.project.prose import of_python, texts

#: The names of mutants keep it, between hyphens.
BESIDE = "(?<!-)beside(?!-)"
#: Words and turns that are almost never right here.
PATTERNS = {
    "in sum": "in total",
    r"(?<!there )is no(?! (longer|more)\b)": "is not a; There is no ... is right",
    "none such": "none, not found",
    "by so many": "by that much",
    "filled up with": "padded with",
    "said so": "",
    "whoever": "anyone who",
    "mend(s|ed|ing)?": "fix",
    "what it shows": "",
    "what to take with you": "Key takeaways",
    r"before it: \*": "Prerequisites:",
    "smallest units?": "base unit",
    "in the place of": "replace",
    "what helps": "How to fix it",
    "and so it was": "Correct",
    r"(?<![^.!?:|>#\n] )(?-i:Documented,|As deployed,)": "Under the documented rules",
    BESIDE: "alongside, with, next to",
    "less than four bytes": "fewer than four bytes",
    r"how many (ETH|LUSD|LAB|LBTC|GOLD|SILVER|wei|gwei)": "how much",
    r"\d (ETH|wei|gwei|gas|LUSD|LAB|LBTC|GOLD|SILVER) (are|were)": "an amount is singular: 5 ETH is",
}

#: Sentences that were rewritten, as they were. Each stands for a kind.
REWRITTEN = (
    "go on: try again",
    "You said",
    "of the native-token-transfer allowance is left",
    "Call 0 sends",
    "with an allowance that is",
    "somebody who bundles operations",
    "Put your guess in the place of",
    'it is neither "per payment" nor does it refill',
    "A refusal in execution would get there",
    "It moves no money, and still it costs",
    "money is one thing, reach another",
    "has a key has an account",
    "its 0.0005 ETH stay, its gas does not",
    "It is used up then",
    "A vault notes what everybody pays in",
    "An operation is no transaction",
    "who will be poorer?",
    "It says nothing of who gets them",
    "A refusal ends nothing",
    "So the wallet counts when it still can",
    "so it stands beside others",
    "when gas gets dearer",
    "what is listed is an **address**",
    "Too short to be a function",
    "**Being called** gives no rights",
    "is as good as the memory of who wrote it",
    "who is the owner needs no session",
    "grants the same number again with fewer rights",
    "What is counted is counted",
    "That is nothing to build on",
    "A policy that nobody has signed",
    "Of ETH, not a word",
    "which lets send ETH by",
    "who wrote gas and got wei",
    "Rules lean on each other",
    "What is quoted says where",
    "who does not try that very door",
    "and is no wallet",
    "For those who teach",
    "grade where that does no harm",
    "this is no notebook that can be read",
    "it ended the process that judged it",
    "finds its key in years",
    "bundle one operation that costs",
    "Take that approval back",
    "gas for gas in total",
    "so a hosted endpoint should do as well",
    "teams are bitten where they do not",
    "without anvil beside it",
    "where to write them",
    "What they raise stops nobody else",
    "Have somebody's memory go along",
    "nothing is said of the blocks that went",
    "They only become more",
    "Mine what was signed. The same again",
    "What accounts are to be while",
    "of another endpoint, production's rules are taken",
    "what no entry explains is shown raw",
    "be there again; the rules know none",
    "Who does not read them",
)

#: (pattern or sentence, where it stands: a part of the file's path or of the text around it, why it may)
EXCEPTIONS = ((BESIDE, "sessionlab/study/pictures/", "in a drawing it is a place"),)


def hits(pattern: str, text: str) -> list[str]:
    """What the text has of a pattern, by whole words, with what stands around it."""
    return [
        text[max(0, match.start() - 40) : match.end() + 40]
        for match in re.finditer(rf"(?i)(?<!\w)(?:{pattern})(?!\w)", text)
    ]


def unexcused(pattern: str) -> list[str]:
    excused = [piece for told, piece, _ in EXCEPTIONS if told == pattern]
    told = (f"{name}: {around}" for name, text in texts().items() for around in hits(pattern, text))
    return [each for each in told if not any(piece in each for piece in excused)]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_nothing_that_a_person_reads_has(pattern: str) -> None:
    assert not unexcused(pattern), PATTERNS[pattern]


@pytest.mark.parametrize("sentence", REWRITTEN)
def test_a_sentence_that_was_rewritten_is_gone(sentence: str) -> None:
    assert not unexcused(re.escape(sentence))


def test_every_exception_is_still_needed_and_says_why() -> None:
    for pattern, piece, why in EXCEPTIONS:
        assert why
        told = (f"{name}: {around}" for name, text in texts().items() for around in hits(pattern, text))
        assert any(piece in around for around in told), (pattern, piece)


def test_the_net_catches_what_it_is_for() -> None:
    source = 'x = f"It is {n} in " "sum"\n# as the wallet\n# said so\nassert x\ny = "is no longer in summary"'
    caught = [pattern for pattern in PATTERNS for text in of_python(source) if hits(pattern, text)]
    assert caught == ["in sum", "said so"]
    documented = next(pattern for pattern in PATTERNS if "Documented," in pattern)
    assert hits(documented, "It passes. Documented, it is gas.")
    assert not hits(documented, "The rule is documented, and Documented rules hold.")
    assert {"README.md", "sessionlab/study/audit/headlines.py", "notebooks/00_start_here.ipynb"} <= set(texts())
