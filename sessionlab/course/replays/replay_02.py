"""Replays of lesson 02."""

from __future__ import annotations

import sessionlab as sl


def world() -> tuple[sl.Lab, sl.Session, dict[str, str]]:
    """A session that may pay into the vault, and the people of the lesson with their addresses."""
    lab = sl.Lab(seed=2)
    wallet, key = lab.wallet(), sl.new_key(seed=2)
    granted = [sl.ContractAccess(address=lab.vault), sl.NativeTokenTransfer(allowance=sl.ether(1))]
    session = wallet.grant_permissions(granted, key=key)
    people: dict[str, str] = {"owner": wallet.owner.address, "session key": key.address, "wallet": wallet.address}
    return lab, session, people | {"bundler": lab.bundler.address}


def noted_by_the_vault() -> str:
    """Under whose name the vault records what the session key pays in."""
    lab, session, people = world()
    session.send_calls([sl.Call(to=lab.vault, function="deposit()", value=sl.ether("0.1"))])
    return max(people, key=lambda name: lab.read("Vault", lab.vault, "balanceOf", people[name]))


def payer_of_gas() -> str:
    """Whose money is less after an operation of the session key that nobody sponsors."""
    lab, session, people = world()

    def money() -> dict[str, int]:
        return {name: lab.balance(who) + lab.bundler.deposit_of(who) for name, who in people.items()}

    deposit = [sl.Call(to=lab.vault, function="deposit()")]
    session.send_calls(deposit)  # the first brings the session onto the chain
    before = money()
    session.send_calls(deposit)
    after = money()
    return min(people, key=lambda name: after[name] - before[name])
