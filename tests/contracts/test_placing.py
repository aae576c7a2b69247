"""Code that is put in place of a contract stands there as genesis would have put it."""

from __future__ import annotations

import pytest

from sessionlab import Lab
from sessionlab.attacks.install_code import WORDS, place
from sessionlab.core import deployments as labs
from sessionlab.core.base.errors import NotFound
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, SENDER_CREATOR
from sessionlab.core.evm.chain import Chain
from sessionlab.core.permissions import DEPLOYED, DOCUMENTED, Ruleset

OTHER = b"\x60\x00\x80\xfd"  # reverts

HOMES = {
    "SessionWallet": (labs.IMPLEMENTATION, labs.DELEGATE_7702),
    "WalletFactory": (labs.FACTORY,),
    "EntryPoint": (ENTRY_POINT,),
    "EntryPointLarge": (labs.ENTRY_POINT_LARGE,),
    "EntryPointHuge": (labs.ENTRY_POINT_HUGE,),
    "SenderCreator": (SENDER_CREATOR,),
}
#: By the name of the lab's address.
ELSEWHERE = {"SponsorPaymaster": "paymaster", "Counter": "counter", "Token": "dollar"}


def code_of(chain: Chain, addresses: tuple[str, ...]) -> list[bytes]:
    return [chain.code(address) for address in addresses]


@pytest.mark.parametrize("contract", HOMES)
def test_the_unchanged_code_is_what_the_lab_has(contract: str) -> None:
    runtime = artifact(contract).runtime
    for rules in (DOCUMENTED, DEPLOYED):
        chain = Lab(rules).chain
        had, root = code_of(chain, HOMES[contract]), chain.state_root
        assert all(had)
        assert set(place(chain, rules, contract, OTHER)) == set(HOMES[contract])
        assert chain.state_root != root
        place(chain, rules, contract, runtime)
        assert code_of(chain, HOMES[contract]) == had
        assert chain.state_root == root


@pytest.mark.parametrize("contract", ELSEWHERE)
def test_a_contract_without_an_address_of_its_own_is_told_where(contract: str, rules: Ruleset) -> None:
    lab = Lab(rules)
    address = lab.addresses[ELSEWHERE[contract]]
    had, root = lab.chain.code(address), lab.chain.state_root
    assert place(lab.chain, rules, contract, OTHER, at=[address]) == (address,)
    assert lab.chain.code(address) == OTHER + had[len(had) - 32 * WORDS.get(contract, 0) :]
    place(lab.chain, rules, contract, artifact(contract).runtime, at=[address])
    assert lab.chain.code(address) == had
    assert lab.chain.state_root == root
    with pytest.raises(NotFound, match=r"at=\[address\]"):
        place(lab.chain, rules, contract, OTHER)
    assert lab.chain.state_root == root


def test_a_wallet_that_was_there_before_does_what_the_new_code_says(rules: Ruleset) -> None:
    lab = Lab(rules)
    wallet = lab.wallet()
    assert lab.chain.call(wallet.address).success
    place(lab.chain, rules, "SessionWallet", OTHER)
    assert not lab.chain.call(wallet.address).success
