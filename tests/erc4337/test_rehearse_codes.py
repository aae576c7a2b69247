"""Each code of the EntryPoint once: the rehearsal gives it where ``handleOps`` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.deployments import FACTORY
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.simulate import rehearse
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.erc4337.wallet_encoding import RawCall
from sessionlab.core.permissions.functions import EXECUTE
from tests.erc4337.test_rehearse import really, rehearsed


@dataclass
class Scene:
    """A deployed and an undeployed wallet; ``make`` changes the operation before the owner signs it."""

    lab: sl.Lab
    deployed: sl.SmartWalletClient
    undeployed: sl.SmartWalletClient

    def operation(self, wallet: sl.SmartWalletClient, **changes: Any) -> UserOperation:
        """A good operation of the owner, but for the changes."""
        made = UserOperation(
            sender=wallet.address,
            nonce=self.lab.bundler.next_nonce(wallet.address, account.OWNER_LANE),
            call_data=account.execute(RawCall(self.lab.recipient, 1), wrapped=False),
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
def scene(lab: sl.Lab) -> Scene:
    return Scene(lab, lab.wallet(), lab.wallet(deployed=False))


STRANGERS_WALLET = artifact("WalletFactory").encode("createSemiModularAccount", "0x" + "77" * 20, 0)
READ_OWN_ADDRESS = artifact("Counter").encode("number")

# The code, the operation, and what the canonical EntryPoint answers where that is something else.
CODES: dict[str, tuple[Callable[[Scene], UserOperation], str | None]] = {
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
    "AA25 invalid account nonce": (lambda s: s.operation(s.deployed, nonce=account.OWNER_LANE << 64 | 9), None),
    "AA31 paymaster deposit too low": (lambda s: s.sponsored(paymaster=s.lab.counter), None),
    "AA34 signature error": (lambda s: s.sponsored(call_gas_limit=100_001), None),
    "NonCanonicalCalldata": (lambda s: s.operation(s.deployed, call_data=EXECUTE + b"\xff" * 64), None),
}


@pytest.mark.parametrize("code", CODES)
def test_the_rehearsal_gives_the_code(scene: Scene, code: str) -> None:
    make, canonical = CODES[code]
    operation = scene.signed(make(scene))
    assert rehearsed(scene.lab, operation) == ("validation", code)
    assert really(scene.lab, operation) in [("validation", code), ("validation", canonical)]


def test_a_wrong_signature_is_found(scene: Scene) -> None:
    operation = scene.operation(scene.deployed)
    wrong = operation.signed(account.signature_envelope(sl.new_key("stranger").sign_message(bytes(32))))
    assert rehearsed(scene.lab, wrong) == really(scene.lab, wrong) == ("validation", "AA24 signature error")
    assert rehearse(scene.lab.chain, wrong, check_signatures=False).rejection is None


def test_a_paymaster_without_code_is_found(scene: Scene) -> None:
    scene.lab.deposit(scene.lab.recipient, sl.ether(1))
    operation = scene.signed(scene.sponsored(paymaster=scene.lab.recipient))
    assert rehearsed(scene.lab, operation) == ("validation", "AA30 paymaster not deployed")
    assert really(scene.lab, operation)[1] in ("AA30 paymaster not deployed", "EmptyRevert")


def test_a_paymaster_that_reverts_is_found(scene: Scene) -> None:
    scene.lab.deposit(scene.lab.counter, sl.ether(1))
    operation = scene.signed(scene.sponsored(paymaster=scene.lab.counter))
    rejection = rehearse(scene.lab.chain, operation).rejection
    assert rejection is not None
    assert (rejection.code, rejection.reason) == ("AA33 reverted", "EmptyRevert")
    assert really(scene.lab, operation) == ("validation", "EmptyRevert")


def test_a_sponsorship_that_ended_is_found(scene: Scene) -> None:
    operation = scene.signed(scene.sponsored())
    scene.lab.travel(4_000)
    found = ("validation", "AA32 paymaster expired or not due")
    assert rehearsed(scene.lab, operation) == really(scene.lab, operation) == found


def test_a_factory_that_makes_nothing_is_found(scene: Scene) -> None:
    """A contract that answers with the sender's address, and has made nothing there."""
    answer = b"\x73" + bytes.fromhex(scene.undeployed.address[2:]) + bytes.fromhex("60005260206000f3")
    scene.lab.chain.set_code(scene.lab.merchant, answer)
    operation = scene.signed(scene.deploying(factory=scene.lab.merchant))
    found = ("validation", "AA15 initCode must create sender")
    assert rehearsed(scene.lab, operation) == really(scene.lab, operation) == found


def test_the_prefund_is_out_of_reach_for_the_calls(scene: Scene) -> None:
    """What the EntryPoint holds for the gas cannot be withdrawn by the operation itself."""
    lab, wallet = scene.lab, scene.deployed
    lab.deposit(wallet.address, sl.ether(1))
    from sessionlab.core.erc4337.user_operation import ENTRY_POINT

    for amount, phase in ((sl.ether(1), "execution"), (sl.ether("0.9"), "ok")):
        withdraw = artifact("EntryPoint").encode("withdrawTo", lab.merchant, amount)
        data = account.execute(RawCall(ENTRY_POINT, 0, withdraw), wrapped=False)
        operation = scene.signed(scene.operation(wallet, call_data=data))
        said = rehearsed(lab, operation)
        assert said[0] == phase
        assert said == really(lab, operation)


def test_no_call_data_is_no_call(scene: Scene) -> None:
    """The wallet refuses it; a plain account would take it."""
    operation = scene.signed(scene.operation(scene.deployed, call_data=b""))
    assert rehearsed(scene.lab, operation) == really(scene.lab, operation) == ("validation", "UnrecognizedFunction")


def test_a_good_operation_passes_in_every_shape(scene: Scene) -> None:
    for operation in (scene.operation(scene.deployed), scene.deploying(), scene.sponsored()):
        signed = scene.signed(operation)
        done = rehearse(scene.lab.chain, signed)
        assert done.rejection is None
        assert (done.creation is None, done.paymaster is None) == (not operation.factory, not operation.paymaster)
        moment = scene.lab.snapshot()
        assert really(scene.lab, signed) == ("ok", None)
        scene.lab.revert(moment)
