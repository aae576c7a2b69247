"""Wherever an address is asked, a wallet, a key and a name of the lab will do; what nobody knows is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import sessionlab as sl

TRANSFER = "transfer(address,uint256)"


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(seed=6)


def session_of(lab: sl.Lab) -> sl.Session:
    permissions = [sl.NativeTokenTransfer(allowance=9), sl.ContractAccess(address="counter")]
    return lab.wallet().grant_permissions(permissions, key=sl.new_key(1))


#: Doors that know a lab: each gives the same for the name and for the address that it stands for.
DOORS: dict[str, Callable[[sl.Lab, Any], Any]] = {
    "balance": lambda lab, to: lab.balance(to),
    "fund": lambda lab, to: (lab.fund(to, 5), lab.balance(lab.merchant)),
    "deposit": lambda lab, to: (lab.deposit(to, 5), lab.chain.state_root),
    "give": lambda lab, to: (lab.give("dollar", to, 5), lab.token_balance("dollar", to)),
    "gas policy": lambda lab, to: (
        (lab.gas_policy(allowed_senders=[to]), list(lab.sponsor.policies.values()))[1][-1].allowed_senders
    ),
    "read": lambda lab, to: lab.read("Token", "dollar", "balanceOf", to),
    "granted": lambda lab, to: lab.wallet().grant_permissions([sl.ContractAccess(address=to)]).permissions,
    "send": lambda lab, to: session_of(lab).send_calls([sl.Call(to, 1)]).receipt,
    "refused": lambda lab, to: session_of(lab).send_calls([sl.Call(to, 10)]).denial,
    "by the owner": lambda lab, to: lab.wallet().send_calls([sl.Call(to, 1)]).receipt,
    "prepare": lambda lab, to: lab.wallet().prepare_calls([sl.Call(to, 1)]),
    "check": lambda lab, to: session_of(lab).check([sl.Call(to, 1)]),
    "explain": lambda lab, to: session_of(lab).explain([sl.Call(to, 1)]),
    "audit": lambda lab, to: session_of(lab).audit(thief=to),
    "audit of plain data": lambda lab, to: sl.audit(
        [sl.ContractAccess(address=to)], sl.WalletState(lab.recipient, balance=5, names=lab.names)
    ),
    "compare": lambda lab, to: sl.compare([sl.ContractAccess(address=to)], [sl.Root()], names=lab.names).to_json(),
    "compare a session": lambda lab, to: sl.compare(session_of(lab), [sl.ContractAccess(address=to)]).to_json(),
    "never allows": lambda lab, to: sl.never_allows(session_of(lab), sl.Call(to, 1)),
    "under": lambda lab, to: recorded(lab).under([sl.ContractAccess(address=to)]).to_json(),
    "truth table": lambda lab, to: sl.pictures.truth_table(
        lab, {"one": [sl.ContractAccess(address=to)]}, {"two": [sl.Call(to, 1)]}
    ).text(),
    "thief": lambda lab, to: thief(lab, to).friends,
}


def senders(lab: sl.Lab) -> Any:
    return list(lab.sponsor.policies.values())[-1].allowed_senders


def recorded(lab: sl.Lab) -> sl.Recording:
    session = session_of(lab)
    session.send_calls([sl.Call("merchant", 1)])
    return session.record()


def thief(lab: sl.Lab, friend: Any) -> sl.attacks.Thief:
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.Root()], key=sl.new_key(1))
    return sl.attacks.Thief(lab, wallet, session, friends=[friend])


@pytest.mark.parametrize("door", DOORS)
def test_a_name_is_the_address_that_the_lab_gives_it(door: str) -> None:
    by_name, by_address, in_full = (sl.Lab(seed=6) for _ in range(3))
    ends = DOORS[door](by_name, "merchant"), DOORS[door](by_address, by_address.merchant)
    assert ends[0] == ends[1] == DOORS[door](in_full, "lab.merchant")
    if door != "granted":  # whose key is drawn
        assert by_name.chain.state_root == by_address.chain.state_root


@pytest.mark.parametrize("door", DOORS)
def test_a_misspelt_name_says_what_is_near_and_moves_nothing(door: str) -> None:
    lab = sl.Lab(seed=6)
    before = lab.snapshot(), lab.chain.state_root
    with pytest.raises(sl.InvalidInput, match=r"Nothing here is called 'merchnt'\..* did you mean 'merchant'\?") as no:
        DOORS[door](lab, "merchnt")
    assert no.value.field and no.value.asked == "merchnt"
    assert lab.balance("merchant") == (door == "under") and len(lab.sponsor.policies) == 1
    lab.revert(before[0])
    assert lab.chain.state_root == before[1]


def test_what_is_near_nothing_is_told_all_the_names(lab: sl.Lab) -> None:
    with pytest.raises(sl.InvalidInput, match="give one of token, dollar, coin, counter, "):
        lab.balance("xyzzy")


#: Doors that know no lab.
WITHOUT: dict[str, Callable[[Any], Any]] = {
    "arguments": lambda to: sl.Call("0x" + "11" * 20, function=TRANSFER, args=[to, 5]),
    "JSON of a call": lambda to: sl.Call(to).to_json(),
    "JSON of a permission": lambda to: sl.ContractAccess(address=to).to_json(),
    "rows": lambda to: sl.ContractAccess(address=to).rows(),
    "audit": lambda to: sl.audit([sl.ContractAccess(address=to)], sl.WalletState("0x" + "11" * 20)),
    "compare": lambda to: sl.compare([sl.ContractAccess(address=to)], [sl.Root()]),
    "never allows": lambda to: sl.never_allows([sl.Root()], sl.Call(to)),
    "verify": lambda to: sl.verify([sl.ContractAccess(address=to)]),
    "planned": lambda to: sl.experiments.Planned([sl.Call(to)]),
}


@pytest.mark.parametrize("door", WITHOUT)
def test_a_name_where_no_lab_is_known_is_refused_and_says_so(door: str) -> None:
    with pytest.raises(sl.InvalidInput, match=r"'counter' is a name, and no lab is known here\.") as no:
        WITHOUT[door]("counter")
    assert no.value.fix == "give the address itself, such as lab.counter." and no.value.field


def test_a_name_that_two_addresses_have_is_refused_with_both(lab: sl.Lab) -> None:
    from dataclasses import replace

    twice = replace(lab.names, labels={**lab.names.labels, b"\x11" * 20: "counter"})
    with pytest.raises(sl.InvalidInput, match="the name of 2 addresses") as no:
        twice.address_of("counter")
    assert lab.counter in (no.value.fix or "") and "0x" + "11" * 20 in (no.value.fix or "")


@pytest.mark.parametrize("of", ["wallet", "key"])
def test_a_wallet_and_a_key_are_their_address(lab: sl.Lab, of: str) -> None:
    held: Any = lab.wallet() if of == "wallet" else sl.new_key(3)
    assert sl.Call(held) == sl.Call(held.address)
    assert sl.ContractAccess(address=held) == sl.ContractAccess(address=held.address)
    args = [sl.Call(lab.token, function=TRANSFER, args=[to, 5]) for to in (held, held.address)]
    assert args[0] == args[1]
    lab.fund(held, 5)
    assert lab.balance(held) == lab.chain.balance(held) == lab.chain.balance(held.address)
    assert lab.chain.code(held) == lab.chain.code(held.address)
    state = sl.WalletState(held, tokens={held: sl.audit.__globals__["Holding"](5, "T", 0)})
    assert state.address == held.address and list(state.tokens) == [held.address]


def test_a_session_is_no_address_and_is_told_which_ones_it_has(lab: sl.Lab) -> None:
    with pytest.raises(sl.InvalidInput, match=r"give its \.wallet or its \.key"):
        lab.fund(session_of(lab), 5)  # type: ignore[arg-type]


def test_a_private_key_is_never_a_name(lab: sl.Lab) -> None:
    secret = ("ab" * 32, "f39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "abandon " * 11 + "about")
    for text in secret:
        for door in (lambda to: sl.Call(to), lambda to: sl.ContractAccess(address=to), lab.balance):
            with pytest.raises(sl.InvalidInput) as no:
                door(text)
            assert "ab" * 32 not in str(no.value) + repr(no.value)


def test_names_are_known_over_http_too(lab: sl.Lab) -> None:
    with sl.in_background(lab) as url:
        client = sl.SmartWalletClient(sl.HttpProvider(url), sl.new_key(3))
        lab.fund(client, sl.ether(1))
        session = client.grant_permissions([sl.ContractAccess(address="counter")], expires_in=60, key=sl.new_key(4))
        assert session.send_calls([sl.Call("counter", function="increment()")]).ok
    assert lab.read("Counter", "counter", "number") == 1
