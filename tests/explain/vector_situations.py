"""Every refused operation of the vectors as a situation, with a chain that stands just before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.denials.address_book import AddressBook, Token
from sessionlab.core.erc4337.gas import Gas
from sessionlab.core.erc4337.simulate import Rejection
from sessionlab.core.permissions import permissions_from_json, ruleset
from sessionlab.study.explain.call_data import call_data_of
from sessionlab.study.explain.decision_context import DecisionContext
from sessionlab.study.explain.remedies import WhatIfAnswer
from sessionlab.study.explain.what_if import WhatIf, attempt
from sessionlab.study.replay.evm import OWNER, EvmEngine
from sessionlab.study.replay.model import ModelEngine
from sessionlab.study.replay.vectors import Line, permissions_of, read_vectors

FOLDER = Path(__file__).parent.parent / "vectors"


@dataclass
class Case:
    """One refused operation, and how to run a changed one in its place."""

    line: Line
    place: int
    step: dict[str, Any]
    context: DecisionContext
    evm: EvmEngine
    permission_types: tuple[str, ...]

    @property
    def expected(self) -> dict[str, Any]:
        return self.step["expect"]

    @property
    def owner_was_replaced(self) -> bool:
        """Whether an operation before this one handed the wallet to somebody whose key nobody has."""
        wallet = artifact("SessionWallet")
        answer = self.evm.chain.call(self.context.wallet, wallet.encode("owner"))
        return wallet.decode("owner", answer.output).lower() != OWNER.address.lower()

    def attempt(self, context: DecisionContext) -> WhatIfAnswer:
        """What comes of a situation on the real contracts."""
        rejection = self.rejection(context)
        return WhatIfAnswer(rejection.phase, rejection.reason) if rejection else WhatIfAnswer("ok")

    def rejection(self, context: DecisionContext) -> Rejection | None:
        """Why the real contracts refuse a situation, with the gas limits that the vector gives; None if they do not."""
        gas = self.step["gas"]
        limits = Gas(gas["callGasLimit"], gas["verificationGasLimit"], gas["preVerificationGas"])
        what_if = WhatIf(
            wallet=context.wallet,
            rows=context.remaining_rows,
            call_data=call_data_of(context.operation),
            now=context.now,
            valid_after=context.valid_after,
            valid_until=context.valid_until,
            by_owner=context.by_owner,
            fee=gas["maxFeePerGas"],
            gas=limits,
        )
        paymaster = self.evm.addresses["PAYMASTER"]

        def pay(operation: Any) -> Any:
            return replace(operation, paymaster=paymaster, paymaster_verification_gas_limit=100_000)

        return attempt(self.evm.chain, what_if, pay if context.operation.sponsored else None).rejection


def cases(rules: str, every: int = 1) -> Iterator[Case]:
    """The refused operations of every so many lines, in order; the chain is good until the next is asked for."""
    lines = [line for line in read_vectors(FOLDER / f"{rules}.jsonl") if line["id"] % every == 0]
    addresses = lines[0]["addresses"]
    model, evm = ModelEngine(addresses, ruleset(rules)), EvmEngine(addresses, ruleset(rules))
    names = names_of(addresses, rules)
    for line in lines:
        granted = model.begin(line)["granted"]
        evm.begin(line)
        if not granted:
            continue
        for place, step in enumerate(line["ops"]):
            if step.get("kind") != "revoke" and not step["expect"]["accepted"]:
                yield _case(line, place, step, model, evm, names)
            model.run(step)
            evm.run(step)


def names_of(addresses: dict[str, str], rules: str) -> AddressBook:
    return AddressBook(
        labels={address_bytes(address): symbol for symbol, address in addresses.items()},
        tokens={address_bytes(a): Token(s, 0) for s, a in addresses.items() if s.startswith("TOKEN")},
        gas_unit="gas" if rules == "documented" else "wei",
    )


def _case(line: Line, place: int, step: dict[str, Any], model: ModelEngine, evm: EvmEngine, names: AddressBook) -> Case:
    permissions = tuple(permissions_from_json(permissions_of(line)))
    context = DecisionContext(
        wallet=line["addresses"]["WALLET"],
        permissions=permissions,
        left=model.left,
        operation=model.operation(step),
        now=step["time"],
        valid_after=line["valid_after"],
        valid_until=line["expiry"],
        rules=model.rules,
        names=names,
        revoked=not model.policy.is_installed,
    )
    evm.chain.travel_to(step["time"])
    return Case(line, place, step, context, evm, tuple(p.type for p in permissions))
