"""Lesson 02: wallet, owner and session key; who signs, who pays, whom the target sees."""

from __future__ import annotations

from sessionlab.course.answer_kinds import Dictionary, Several
from sessionlab.course.judges.judge_02 import WORDS, judge
from sessionlab.course.kinds import Choice
from sessionlab.course.lesson import Exercise, Lesson, Prediction, Question, Wrong
from sessionlab.course.replays.replay_02 import noted_by_the_vault, payer_of_gas


def source(a: str, b: str, c: str) -> str:
    """An answer, as source."""
    return f'my_answer = {{\n    "A": {a},\n    "B": {b},\n    "C": {c},\n}}'


A, B, C = (
    '("session key", "wallet", "wallet")',
    '("owner", "paymaster", "wallet")',
    '("session key", "session key", "session key")',
)

PEOPLE = Choice(("owner", "session key", "bundler", "wallet"))

LESSON = Lesson(
    number="02",
    name="wallet_owner_session_key",
    title="Wallet, owner, session key",
    promise="send one call by three signers, and see who signs, who pays and whom the called contract sees",
    minutes=20,
    before=("00", "01"),
    predictions=(
        Prediction(
            "02.1",
            "The session key pays into a vault. Under whose address does the vault record it?",
            {
                "session key": "The session key signed. But a contract sees who calls it: the wallet.",
                "owner": "The owner signed the grant, once. A contract sees who calls it: the wallet.",
                "bundler": "The bundler calls the EntryPoint, which calls the wallet, and the wallet calls the vault.",
            },
            PEOPLE,
            noted_by_the_vault,
        ),
        Prediction(
            "02.2",
            "Nobody sponsors the session key's next operation. Whose balance goes down?",
            {
                "bundler": "The bundler pays for its transaction, and is repaid in the same transaction.",
                "session key": "The session key has no money, and needs none.",
                "owner": "The owner's own account has nothing to do with it: the wallet's money is in the wallet.",
            },
            PEOPLE,
            payer_of_gas,
        ),
    ),
    exercises=(
        Exercise(
            id="02.3",
            name="my_answer",
            stub=source("...", "...", "..."),
            solution=source(A, B, C),
            hints=(
                "Only keys sign. The vault sees its caller. The one who paid has less money now.",
                "In A and B the wallet calls the vault. In B a sponsor has agreed to pay.",
                "C is not an operation: no bundler, no EntryPoint, no wallet. What is left?",
            ),
            judge=judge,
            near=(
                "my_answer = 3",
                'my_answer = {"A": 1, "B": 2, "C": 3}',
                source('("session key", "paymaster", "wallet")', B, C),
                source('("owner", "wallet", "wallet")', B, C),
                source(A, '("session key", "paymaster", "wallet")', C),
                source(A, B, '("me", "me", "me")'),
            ),
            wrong=(
                Wrong(source('("session key", "wallet", "session key")', B, C), "the target sees the session key"),
                Wrong(source(A, '("owner", "paymaster", "owner")', C), "the target sees the owner"),
                Wrong(source('("session key", "wallet", "bundler")', B, C), "the target sees the bundler"),
                Wrong(source('("session key", "wallet", "EntryPoint")', B, C), "the target sees the EntryPoint"),
                Wrong(source('("session key", "bundler", "wallet")', B, C), "the bundler pays"),
                Wrong(source('("session key", "session key", "wallet")', B, C), "who signs pays"),
                Wrong(source(A, '("owner", "wallet", "wallet")', C), "the wallet pays, sponsored or not"),
                Wrong(source('("wallet", "wallet", "wallet")', B, C), "the wallet signs"),
                Wrong(source(A, B, A), "the wallet is in everything"),
            ),
            kind=Dictionary("ABC", Several((Choice(WORDS),) * 3, '("owner", "owner", "owner")')),
        ),
    ),
    questions=(
        Question(
            "02.a",
            "A game lists its players by msg.sender. Which address does the owner tell it?",
            {
                "a": ("the session key's", "No: the game never sees it. It signs, and the wallet calls."),
                "b": ("the wallet's", "Yes: whichever key signs, the wallet does the calling."),
                "c": ("the owner's", "No: the owner's own account calls nobody here."),
            },
            "b",
        ),
        Question(
            "02.b",
            "How much ETH must a session key have?",
            {
                "a": ("enough for the gas", "No: the wallet's deposit in the EntryPoint pays, or a sponsor's."),
                "b": ("none", "Yes. It only signs."),
                "c": ("as much as it may send", "No: it sends the wallet's money, up to what the owner signed."),
            },
            "b",
        ),
        Question(
            "02.c",
            "A stranger signs an operation of your wallet, and a bundler submits it. What happens?",
            {
                "a": ("it passes: the bundler has signed", "The bundler signs its own transaction, not the operation."),
                "b": ("it is refused: AA24", "Yes: the wallet checks whose signature it is, not who submits it."),
                "c": (
                    "it is mined, and your wallet pays",
                    "No: it is refused in validation, so nothing happens to the wallet.",
                ),
            },
            "b",
        ),
    ),
    next="03: native-token-transfer, an allowance that burns down.",
)
