"""How the exercises of lesson 13 are judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import ether, units
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.rulesets import DEPLOYED, DOCUMENTED, Ruleset
from sessionlab.core.permissions.types import (
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Permission,
)
from sessionlab.course.cases import Make, sent
from sessionlab.course.lesson import Judgement

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab, SmartWalletClient
    from sessionlab.study.pictures.hypothetical_session import Answer


Made = tuple[list[Permission], list[Call]]

WORDS = ("passes", "grant", "validation", "execution")
SEED = 131


@dataclass(frozen=True, repr=False)
class PredictedDecision:
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
    """A token that has a list of its own, with transfer granted everywhere."""
    anywhere = FunctionsOnAllContracts(functions=["transfer(address,uint256)"])
    listed = FunctionsOnContract(address=lab.dollar, functions=["approve(address,uint256)"])
    pay = Call(lab.dollar, function="transfer(address,uint256)", args=[lab.recipient, units(7, 6)])
    return [anywhere, listed], [pay]


def own_function(lab: Lab, wallet: SmartWalletClient) -> Made:
    """A function of the wallet, with an allowance of tokens."""
    tokens = Erc20TokenTransfer(address=lab.coin, allowance=units(1, 8))
    return [AccountFunctions(functions=["owner()"]), tokens], [Call(wallet.address, function="owner()")]


def pay_plainly(lab: Lab, wallet: SmartWalletClient) -> Made:
    """ETH within two limits, and nothing else granted."""
    return [NativeTokenTransfer(allowance=ether(2)), GasLimit(limit=10**16)], [Call(lab.recipient, ether("0.2"))]


def pay_twice(lab: Lab, wallet: SmartWalletClient) -> Made:
    """Two payments in one operation, each of them within the allowance."""
    granted = [NativeTokenTransfer(allowance=ether(1)), ContractAccess(address=lab.vault)]
    return granted, [Call(lab.recipient, ether("0.6")), Call(lab.recipient, ether("0.6"))]


FIVE_DECISIONS = (
    PredictedDecision(DEPLOYED, "contract-access to the vault", "3 ETH with deposit() to the vault", pay_into_vault),
    PredictedDecision(
        DEPLOYED,
        "transfer on all contracts, and approve on LUSD",
        "a transfer of 7 LUSD",
        transfer_of_listed,
    ),
    PredictedDecision(
        DEPLOYED,
        "owner() of the wallet, and an allowance of 1 LBTC",
        "owner() to the wallet itself",
        own_function,
    ),
    PredictedDecision(
        DEPLOYED, "an allowance of 2 ETH, and a gas-limit of 10**16", "0.2 ETH to the recipient", pay_plainly
    ),
    PredictedDecision(
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
    asked = FIVE_DECISIONS
    if not isinstance(answer, list | tuple) or len(answer) != len(asked) or any(said not in WORDS for said in answer):
        return Judgement(False, f"Give five words, each one of {', '.join(WORDS)}.")
    ended = [item.answer() for item in asked]
    missed = [n for n, said in enumerate(answer) if said != word(ended[n])]
    if not missed:
        return Judgement(True, "All five ended on a fresh chain as you answered, each under its own rules.")
    first = missed[0]
    why = f" ({ended[first].reason})" if ended[first].reason else ""
    says = f"Number {first + 1} ended with {word(ended[first])}{why}; your answer is {answer[first]}. {asked[first]!r}."
    if all(answer[n] == word(asked[n].answer(asked[n].other)) for n in missed):
        read = any(asked[n].rules == DEPLOYED for n in missed)
        return Judgement(False, says, "the documentation is the contract" if read else "every chain is production")
    if all({answer[n], word(ended[n])} == {"validation", "execution"} for n in missed):
        return Judgement(False, says, "it does not matter where it is refused")
    return Judgement(False, says)
