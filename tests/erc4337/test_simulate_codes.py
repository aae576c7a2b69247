"""Each code of the EntryPoint once: the simulation gives it where ``handleOps`` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.deployments import FACTORY
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.simulate import simulate
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.permissions.functions import EXECUTE
from tests.erc4337.test_simulate import really, simulated


@dataclass
class AttackLab:
    """A deployed and an undeployed wallet; ``make`` changes the operation before the owner signs it."""

    lab: sl.Lab
    deployed: sl.SmartWalletClient
    undeployed: sl.SmartWalletClient

    def operation(self, wallet: sl.SmartWalletClient, **changes: Any) -> UserOperation:
        """A good operation of the owner, but for the changes."""
        made = UserOperation(
            sender=wallet.address,
            nonce=self.lab.bundler.next_nonce(wallet.address, account.OWNER_NONCE_KEY),
            call_data=account.execute(Call(self.lab.recipient, 1), wrapped=False),
            call_gas_limit=100_000,
            verification_gas_limit=600_000,
            pre_verification_gas=60_000,
            max_fee_per_gas=self.lab.chain.base_fee,
            max_priority_fee_per_gas=0,
        )
        return replace(made, **changes)

    def deploying(self, **changes: Any) -> UserOperation:
        """A good first operation of the undeployed wallet, but for the changes."""
        data = artifact("WalletFactory").encode("createSemiModularAccount", self.undeployed.owner.address, 0)
        return self.operation(self.undeployed, **{"factory": FACTORY, "factory_data": data} | changes)

    def sponsored(self, **changes: Any) -> UserOperation:
        """A good operation that the sponsor pays for, but for the changes."""
        made = self.operation(self.deployed, paymaster_verification_gas_limit=150_000)
        return replace(self.lab.sponsor.sponsor(made, self.lab.policy_id, self.lab.chain.next_timestamp), **changes)

    def signed(self, operation: UserOperation) -> UserOperation:
        """Signed by the owner of its sender."""
        owner = (self.deployed if operation.sender == self.deployed.address else self.undeployed).owner
        digest = self.lab.bundler.hash_of(operation)
        return operation.signed(account.signature_envelope(owner.sign_message(digest)))


@pytest.fixture
def attack_lab(lab: sl.Lab) -> AttackLab:
    return AttackLab(lab, lab.wallet(), lab.wallet(deployed=False))


STRANGERS_WALLET = artifact("WalletFactory").encode("createSemiModularAccount", "0x" + "77" * 20, 0)
READ_OWN_ADDRESS = artifact("Counter").encode("number")

# The code, the operation, and what the canonical EntryPoint answers where that is something else.
CODES: dict[str, tuple[Callable[[AttackLab], UserOperation], str | None]] = {
    "AA94 gas values overflow": (lambda s: s.operation(s.deployed, call_gas_limit=2**120), None),
    "AA10 sender already constructed": (
        lambda s: s.operation(s.deployed, factory=FACTORY, factory_data=STRANGERS_WALLET),
        None,
    ),
    "AA13 initCode failed or OOG": (lambda s: s.deploying(factory_data=b"\x01\x02\x03\x04"), None),
    "EmptyRevert": (lambda s: s.deploying(verification_gas_limit=100), None),
    "AA14 initCode must return sender": (lambda s: s.deploying(factory_data=STRANGERS_WALLET), None),
    "AA20 account not deployed": (lambda s: s.operation(s.undeployed), "EmptyRevert"),
    "AA21 didn't pay prefund": (lambda s: s.operation(s.deployed, max_fee_per_gas=10**15), None),
    "AA25 invalid account nonce": (lambda s: s.operation(s.deployed, nonce=account.OWNER_NONCE_KEY << 64 | 9), None),
    "AA31 paymaster deposit too low": (lambda s: s.sponsored(paymaster=s.lab.counter), None),
    "AA34 signature error": (lambda s: s.sponsored(call_gas_limit=100_001), None),
    "NonCanonicalCalldata": (lambda s: s.operation(s.deployed, call_data=EXECUTE + b"\xff" * 64), None),
}


@pytest.mark.parametrize("code", CODES)
def test_the_rehearsal_gives_the_code(attack_lab: AttackLab, code: str) -> None:
    make, canonical = CODES[code]
    operation = attack_lab.signed(make(attack_lab))
    assert simulated(attack_lab.lab, operation) == ("validation", code)
    assert really(attack_lab.lab, operation) in [("validation", code), ("validation", canonical)]


def test_a_wrong_signature_is_found(attack_lab: AttackLab) -> None:
    operation = attack_lab.operation(attack_lab.deployed)
    wrong = operation.signed(account.signature_envelope(sl.new_key("stranger").sign_message(bytes(32))))
    assert simulated(attack_lab.lab, wrong) == really(attack_lab.lab, wrong) == ("validation", "AA24 signature error")
    assert simulate(attack_lab.lab.chain, wrong, check_signatures=False).rejection is None


def test_a_paymaster_without_code_is_found(attack_lab: AttackLab) -> None:
    attack_lab.lab.deposit(attack_lab.lab.recipient, sl.ether(1))
    operation = attack_lab.signed(attack_lab.sponsored(paymaster=attack_lab.lab.recipient))
    assert simulated(attack_lab.lab, operation) == ("validation", "AA30 paymaster not deployed")
    assert really(attack_lab.lab, operation)[1] in ("AA30 paymaster not deployed", "EmptyRevert")


def test_a_paymaster_that_reverts_is_found(attack_lab: AttackLab) -> None:
    attack_lab.lab.deposit(attack_lab.lab.counter, sl.ether(1))
    operation = attack_lab.signed(attack_lab.sponsored(paymaster=attack_lab.lab.counter))
    rejection = simulate(attack_lab.lab.chain, operation).rejection
    assert rejection is not None
    assert (rejection.code, rejection.reason) == ("AA33 reverted", "EmptyRevert")
    assert really(attack_lab.lab, operation) == ("validation", "EmptyRevert")


def test_a_sponsorship_that_ended_is_found(attack_lab: AttackLab) -> None:
    operation = attack_lab.signed(attack_lab.sponsored())
    attack_lab.lab.travel(4_000)
    found = ("validation", "AA32 paymaster expired or not due")
    assert simulated(attack_lab.lab, operation) == really(attack_lab.lab, operation) == found


def test_a_factory_that_makes_nothing_is_found(attack_lab: AttackLab) -> None:
    """A contract that answers with the sender's address, and has made nothing there."""
    answer = b"\x73" + bytes.fromhex(attack_lab.undeployed.address[2:]) + bytes.fromhex("60005260206000f3")
    attack_lab.lab.chain.set_code(attack_lab.lab.merchant, answer)
    operation = attack_lab.signed(attack_lab.deploying(factory=attack_lab.lab.merchant))
    found = ("validation", "AA15 initCode must create sender")
    assert simulated(attack_lab.lab, operation) == really(attack_lab.lab, operation) == found


def test_the_prefund_is_out_of_reach_for_the_calls(attack_lab: AttackLab) -> None:
    """What the EntryPoint holds for the gas cannot be withdrawn by the operation itself."""
    lab, wallet = attack_lab.lab, attack_lab.deployed
    lab.deposit(wallet.address, sl.ether(1))
    from sessionlab.core.erc4337.user_operation import ENTRY_POINT

    for amount, phase in ((sl.ether(1), "execution"), (sl.ether("0.9"), "ok")):
        withdraw = artifact("EntryPoint").encode("withdrawTo", lab.merchant, amount)
        data = account.execute(Call(ENTRY_POINT, 0, withdraw), wrapped=False)
        operation = attack_lab.signed(attack_lab.operation(wallet, call_data=data))
        said = simulated(lab, operation)
        assert said[0] == phase
        assert said == really(lab, operation)


def test_no_call_data_is_no_call(attack_lab: AttackLab) -> None:
    """The wallet refuses it; a plain account would take it."""
    operation = attack_lab.signed(attack_lab.operation(attack_lab.deployed, call_data=b""))
    assert (
        simulated(attack_lab.lab, operation)
        == really(attack_lab.lab, operation)
        == ("validation", "UnrecognizedFunction")
    )


def test_a_good_operation_passes_in_every_shape(attack_lab: AttackLab) -> None:
    for operation in (attack_lab.operation(attack_lab.deployed), attack_lab.deploying(), attack_lab.sponsored()):
        signed = attack_lab.signed(operation)
        done = simulate(attack_lab.lab.chain, signed)
        assert done.rejection is None
        assert (done.creation is None, done.paymaster is None) == (not operation.factory, not operation.paymaster)
        moment = attack_lab.lab.snapshot()
        assert really(attack_lab.lab, signed) == ("ok", None)
        attack_lab.lab.revert(moment)
