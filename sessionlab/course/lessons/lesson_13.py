"""Lesson 13: what the documentation says, and what the contracts in production do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessionlab.amounts import ether, units
from sessionlab.call import Call
from sessionlab.course.cases import Make, sent
from sessionlab.course.lesson import Exercise, Judgement, Lesson, Prediction, Question, Wrong
from sessionlab.permissions.rulesets import DEPLOYED, DOCUMENTED, Ruleset
from sessionlab.permissions.types import (
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Permission,
)

if TYPE_CHECKING:
    from sessionlab.client import SmartWalletClient
    from sessionlab.insight.pictures.asking import Answer
    from sessionlab.lab import Lab

Made = tuple[list[Permission], list[Call]]
WORDS = ("passes", "grant", "validation", "execution")
SEED = 131


@dataclass(frozen=True, repr=False)
class Asked:
    """A decision to predict: the first operation of a session."""

    rules: Ruleset
    granted: str
    sends: str
    make: Make

    def __repr__(self) -> str:
        return f"{self.rules.name}: granted {self.granted}; sends {self.sends}"

    def answer(self, rules: Ruleset | None = None) -> Answer:
        """How it ends on a fresh chain."""
        return sent(self.make, SEED)(rules or self.rules)

    @property
    def other(self) -> Ruleset:
        """The ruleset that it is not asked under."""
        return DOCUMENTED if self.rules == DEPLOYED else DEPLOYED


def pay_into_vault(lab: Lab, wallet: SmartWalletClient) -> Made:
    """ETH by a payable function."""
    return [ContractAccess(address=lab.vault)], [Call(lab.vault, ether(3), function="deposit()")]


def transfer_of_listed(lab: Lab, wallet: SmartWalletClient) -> Made:
    """A token that has a list of its own, beside transfer anywhere."""
    anywhere = FunctionsOnAllContracts(functions=["transfer(address,uint256)"])
    listed = FunctionsOnContract(address=lab.dollar, functions=["approve(address,uint256)"])
    pay = Call(lab.dollar, function="transfer(address,uint256)", args=[lab.recipient, units(7, 6)])
    return [anywhere, listed], [pay]


def own_function(lab: Lab, wallet: SmartWalletClient) -> Made:
    """A function of the wallet beside an allowance of tokens."""
    tokens = Erc20TokenTransfer(address=lab.coin, allowance=units(1, 8))
    return [AccountFunctions(functions=["owner()"]), tokens], [Call(wallet.address, function="owner()")]


def pay_plainly(lab: Lab, wallet: SmartWalletClient) -> Made:
    """ETH within two limits, and nothing beside them."""
    return [NativeTokenTransfer(allowance=ether(2)), GasLimit(limit=10**16)], [Call(lab.recipient, ether("0.2"))]


def pay_twice(lab: Lab, wallet: SmartWalletClient) -> Made:
    """Two payments in one operation, each of them within the allowance."""
    granted = [NativeTokenTransfer(allowance=ether(1)), ContractAccess(address=lab.vault)]
    return granted, [Call(lab.recipient, ether("0.6")), Call(lab.recipient, ether("0.6"))]


FIVE = (
    Asked(DEPLOYED, "contract-access to the vault", "3 ETH with deposit() to the vault", pay_into_vault),
    Asked(
        DEPLOYED,
        "transfer on all contracts, and approve on LUSD",
        "a transfer of 7 LUSD",
        transfer_of_listed,
    ),
    Asked(
        DEPLOYED,
        "owner() of the wallet, and an allowance of 1 LBTC",
        "owner() to the wallet itself",
        own_function,
    ),
    Asked(DEPLOYED, "an allowance of 2 ETH, and a gas-limit of 10**16", "0.2 ETH to the recipient", pay_plainly),
    Asked(
        DOCUMENTED,
        "an allowance of 1 ETH, and contract-access to the vault",
        "0.6 ETH and 0.6 ETH to the recipient, in one batch",
        pay_twice,
    ),
)


def word(answer: Answer) -> str:
    """The one word that the learner is asked for."""
    return "passes" if answer.ok else answer.phase


def judge(answer: Any) -> Judgement:
    """``answer``: five words."""
    if not isinstance(answer, list | tuple) or len(answer) != len(FIVE) or any(said not in WORDS for said in answer):
        return Judgement(False, f"Give five words, each one of {', '.join(WORDS)}.")
    ended = [asked.answer() for asked in FIVE]
    missed = [n for n, said in enumerate(answer) if said != word(ended[n])]
    if not missed:
        return Judgement(True, "All five ended on a fresh chain as you said, each under its own rules.")
    first = missed[0]
    why = f" ({ended[first].reason})" if ended[first].reason else ""
    says = f"Number {first + 1} ended with {word(ended[first])}{why}; you said {answer[first]}. {FIVE[first]!r}."
    if all(answer[n] == word(FIVE[n].answer(FIVE[n].other)) for n in missed):
        read = any(FIVE[n].rules == DEPLOYED for n in missed)
        return Judgement(False, says, "the documentation is the contract" if read else "every chain is production")
    if all({answer[n], word(ended[n])} == {"validation", "execution"} for n in missed):
        return Judgement(False, says, "it does not matter where it is refused")
    return Judgement(False, says)


RIGHT = 'my_answer = ("passes", "validation", "execution", "grant", "execution")'

LESSON = Lesson(
    number="13",
    name="documented_and_deployed",
    title="Documented and deployed: two texts, one wallet",
    promise="run the same operations by the documentation and as production does, and predict five decisions",
    minutes=25,
    before=("03", "12"),
    predictions=(
        Prediction(
            "13.1",
            "contract-access to the counter, and no word of ETH; the wallet holds 10. How many ETH can the key pay in?",
            {
                0: "So the documentation reads. Production counts ETH where native-token-transfer was granted, only.",
                1: "No number was granted, so none is looked at.",
            },
        ),
    ),
    exercises=(
        Exercise(
            id="13.2",
            name="my_answer",
            stub='my_answer = ...  # five words: "passes", "grant", "validation" or "execution"',
            solution=RIGHT,
            hints=(
                "Four of the five are asked as deployed. Which row of the first table is each of them like?",
                "R1, R4, R7, R2, in this order. The last one is about a sum, as in lesson 03.",
                "What is about spending is counted in execution: R7, and the sum.",
            ),
            judge=judge,
            near=(
                'my_answer = ("passes", "validation", "execution", "grant", "passes")',
                'my_answer = ("grant", "validation", "execution", "grant", "execution")',
                'my_answer = ("yes", "no", "no", "no", "no")',
                'my_answer = "passes"',
            ),
            wrong=(
                Wrong(
                    'my_answer = ("validation", "passes", "passes", "passes", "execution")',
                    "the documentation is the contract",
                ),
                Wrong(
                    'my_answer = ("passes", "validation", "execution", "grant", "validation")',
                    "every chain is production",
                ),
                Wrong(
                    'my_answer = ("passes", "validation", "validation", "grant", "execution")',
                    "it does not matter where it is refused",
                ),
            ),
        ),
    ),
    questions=(
        Question(
            "13.a",
            "The documentation says that a call is refused, and the contract lets it pass. What happens?",
            {
                "a": ("it is refused", "By whom? The text is not on the chain. The contract is."),
                "b": ("it passes", "Yes. What the contract does is what happens, whatever was written of it."),
                "c": ("the bundler decides", "A bundler can leave an operation out. It keeps no one's promises."),
            },
            "b",
        ),
        Question(
            "13.b",
            "gas-limit 300,000 was meant in gas. What is it as deployed?",
            {
                "a": ("the same", "No: there it counts wei, which is gas times price."),
                "b": ("very generous", "The other way round: 300,000 wei buy no operation at all."),
                "c": ("300,000 wei, so nothing passes", "Yes: already the first operation is refused."),
            },
            "c",
        ),
        Question(
            "13.c",
            "Which of the two is the stricter?",
            {
                "a": ("the documentation", "In some rows. In others it lets pass what production refuses."),
                "b": ("production", "In some rows. In others it lets pass what the documentation refuses."),
                "c": ("neither: it depends on the row", "Yes. So test a policy under both."),
            },
            "c",
        ),
    ),
    next="14: break it, then mend it.",
)
