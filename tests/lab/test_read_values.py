"""What the readers at the doors take, what they refuse, and that their advice can be followed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from eth_account import Account

import sessionlab as sl

TYPO = "0x" + "22" * 19 + "aB"
PRIVATE = "0x" + "5a" * 32
TRANSFER = "transfer(address,uint256)"


@pytest.fixture(scope="module")
def lab() -> sl.Lab:
    return sl.Lab(seed=1)


# -- addresses

SPELLED_WRONG: dict[str, Callable[[sl.Lab, str], Any]] = {
    "an argument of a call": lambda lab, address: sl.Call(lab.token, function=TRANSFER, args=[address, 1]),
    "one in a list": lambda lab, address: sl.Call(lab.token, function="pay(address[])", args=[[address]]),
    "one in a tuple": lambda lab, address: sl.Call(lab.token, function="pay((address,uint256))", args=[(address, 1)]),
    "give": lambda lab, address: lab.give("dollar", address, 5),
    "the token of give": lambda lab, address: lab.give(address, lab.merchant, 5),
    "deposit": lambda lab, address: lab.deposit(address, 5),
    "fund": lambda lab, address: lab.fund(address, 5),
    "balance": lambda lab, address: lab.balance(address),
    "token_balance": lambda lab, address: lab.token_balance("dollar", address),
    "read": lambda lab, address: lab.read("Token", lab.token, "balanceOf", address),
    "a policy": lambda lab, address: lab.gas_policy(allowed_senders=[address]),
}


@pytest.mark.parametrize("where", SPELLED_WRONG)
def test_a_wrong_checksum_is_refused_and_its_advice_can_be_followed(lab: sl.Lab, where: str) -> None:
    before = lab.chain.state_root, lab.chain.height, len(lab.sponsor.policies)
    with pytest.raises(sl.InvalidInput, match="wrong checksum") as refused:
        SPELLED_WRONG[where](lab, TYPO)
    assert (lab.chain.state_root, lab.chain.height, len(lab.sponsor.policies)) == before
    advised = re.search(r"0x[0-9a-fA-F]{40}", str(refused.value.fix))
    assert advised is not None and advised[0].lower() == TYPO.lower()
    if where != "the token of give":  # there is no token
        SPELLED_WRONG[where](lab, advised[0])


def test_what_has_an_address_stands_for_it(lab: sl.Lab) -> None:
    wallet, key = lab.wallet(), sl.new_key(4)
    lab.fund(key, 7)  # type: ignore[arg-type]  # a key has an address
    assert lab.balance(key.address) == 7
    by_address = sl.Call(wallet.address, function=TRANSFER, args=[wallet.address, 1])
    assert sl.Call(wallet, function=TRANSFER, args=[wallet, 1]) == by_address  # type: ignore[arg-type]  # so has a wallet


def test_an_unknown_token_is_told_the_names(lab: sl.Lab) -> None:
    with pytest.raises(sl.InvalidInput) as refused:
        lab.give("dolar", lab.merchant, 5)
    names = re.findall(r"'(\w+)'", str(refused.value.fix))
    assert refused.value.field == "token" and "dollar" in names
    for name in names:
        lab.give(name, lab.merchant, 1)


def test_nobody_is_funded_by_mistake(lab: sl.Lab) -> None:
    before = lab.chain.state_root
    with pytest.raises(sl.InvalidInput) as refused:
        lab.fund(None, sl.ether(1))  # type: ignore[arg-type]
    assert (refused.value.field, lab.chain.state_root) == ("address", before)


# -- amounts


@pytest.mark.parametrize("amount", [None, "", [], b"", True, 0.0, numpy.float64(3), numpy.bool_(True), "3"])
def test_nothing_is_not_zero(lab: sl.Lab, amount: Any) -> None:
    acts: list[tuple[str, Callable[[], Any]]] = [
        ("wei", lambda: lab.fund(lab.merchant, amount)),
        ("amount", lambda: lab.give("dollar", lab.merchant, amount)),
        ("value", lambda: sl.Call(lab.merchant, amount)),
        ("args", lambda: sl.Call(lab.token, function=TRANSFER, args=[lab.merchant, amount])),
        ("allowance", lambda: sl.NativeTokenTransfer(allowance=amount)),
        ("balance", lambda: lab.wallet(balance=amount)),
    ]
    for field, act in acts:
        with pytest.raises(sl.InvalidInput) as refused:
            act()
        assert refused.value.field == field and refused.value.fix


@pytest.mark.parametrize("kind", [numpy.int8, numpy.int64, numpy.uint64])
def test_numbers_of_numpy_become_plain_numbers(lab: sl.Lab, kind: type) -> None:
    three = kind(3)
    call = sl.Call(lab.token, three, function=TRANSFER, args=[lab.merchant, three])
    assert call == sl.Call(lab.token, 3, function=TRANSFER, args=[lab.merchant, 3]) and type(call.value) is int
    permission = sl.NativeTokenTransfer(allowance=three)
    assert permission == sl.NativeTokenTransfer(allowance=3) and type(permission.allowance) is int
    lab.fund(lab.merchant, three)
    assert type(lab.travel(three)) is int
    assert sl.units(three, kind(6)) == 3_000_000
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.Root()], expiry_sec=numpy.int64(lab.now + 9), key=sl.new_key(three))
    assert session.key == sl.new_key(3) and type(session.expiry_sec) is int
    assert wallet.send_calls([sl.Call(lab.merchant, three)], nonce_key=three).ok


# -- calls


def test_arguments_without_a_function_are_not_dropped(lab: sl.Lab) -> None:
    with pytest.raises(sl.InvalidInput) as refused:
        sl.Call(lab.token, args=[lab.merchant, 5])
    assert (refused.value.field, "function" in str(refused.value.fix)) == ("args", True)


@pytest.mark.parametrize(
    "text",
    ["function increment()", "increment ()", " increment()", "increment() view", "increment", "in\ncrement()", "",
     "transfer(address to,uint256 amount)", "transfer(address ,uint256)", "transfer(address,uint257)", "іncrement()"],
)  # fmt: skip
def test_what_is_not_a_function_is_refused_at_every_door(lab: sl.Lab, text: str) -> None:
    acts: list[tuple[str, Callable[[], Any]]] = [
        ("function", lambda: sl.Call(lab.counter, function=text, args=[lab.merchant, 1])),
        ("functions", lambda: sl.FunctionsOnAllContracts(functions=[text])),
        ("function", lambda: sl.pictures.calldata("0xd09de08a", text)),
        ("functions", lambda: sl.pictures.reach_map([sl.Root()], lab, [text])),
    ]
    for field, act in acts:
        with pytest.raises(sl.InvalidInput) as refused:
            act()
        assert field in str(refused.value.field) and "transfer(address,uint256)" in str(refused.value.fix)


def test_each_type_is_read_as_the_abi_has_it(lab: sl.Lab) -> None:
    from eth_abi.abi import encode

    types = ["address[2]", "(int8,uint[])", "bytes4", "string", "bool"]
    plain: list[Any] = [[lab.token, lab.merchant], (-128, [1, 2]), b"abcd", "x", True]
    data = sl.Call(lab.counter, function=f"f({','.join(types)})", args=plain).data
    assert data[4:] == encode([kind.replace("uint[", "uint256[") for kind in types], plain)
    for place, wrong in enumerate(([lab.token], (128, [1]), "abcd", b"x", 1)):
        with pytest.raises(sl.InvalidInput, match="args"):
            sl.Call(lab.counter, function=f"f({','.join(types)})", args=[*plain[:place], wrong, *plain[place + 1 :]])


# -- keys


@pytest.mark.parametrize("text", [PRIVATE, PRIVATE[2:], PRIVATE.upper().replace("0X", "0x")])
def test_the_text_of_a_private_key_is_not_a_seed(text: str) -> None:
    with pytest.raises(sl.InvalidInput) as refused:
        sl.new_key(text)
    assert "5a5a" not in str(refused.value).lower() and "5a5a" not in repr(vars(refused.value)).lower()
    assert "Key(bytes.fromhex(" in str(refused.value.fix)
    assert sl.Key(bytes.fromhex(PRIVATE[2:])).address == Account.from_key(PRIVATE).address


@pytest.mark.parametrize("key", [PRIVATE, bytes.fromhex(PRIVATE[2:])])
def test_what_stands_for_a_key_is_not_shown(lab: sl.Lab, key: Any) -> None:
    wallet = lab.wallets()[0] if lab.wallets() else lab.wallet()
    for act in (
        lambda: sl.SmartWalletClient(lab.provider, key),
        lambda: wallet.grant_permissions([sl.Root()], key=key),
    ):
        with pytest.raises(sl.InvalidInput) as refused:
            act()
        shown = f"{refused.value} {vars(refused.value)}"
        assert "5a5a" not in shown and "ZZ" not in shown


MAIL: dict[str, Any] = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}],
        "Person": [{"name": "name", "type": "string"}, {"name": "wallet", "type": "address"}],
        "Mail": [{"name": "to", "type": "Person[]"}, {"name": "text", "type": "string"}],
    },
    "primaryType": "Mail",
    "domain": {"name": "Post"},
    "message": {"to": [{"name": "Bob", "wallet": "0x" + "11" * 20}], "text": "hello"},
}


def test_whole_typed_data_is_signed_as_others_sign_it() -> None:
    signed = Account.sign_typed_data(PRIVATE, full_message=MAIL)
    assert sl.Key(bytes.fromhex(PRIVATE[2:])).sign_typed_data(MAIL) == bytes(signed.signature)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"message": {"to": MAIL["message"]["to"]}}, "message.text"),
        ({"message": {**MAIL["message"], "more": 1}}, "message.more"),
        ({"message": {"to": [{"name": "Bob"}], "text": "hello"}}, "message.to[0].wallet"),
        ({"domain": {}}, "domain.name"),
        ({"domain": {"name": "Post", "salt": "0x" + "11" * 32}}, "domain.salt"),
        ({"types": {}}, "primary type"),
        ({"types": None}, "EIP-712"),
        ({"message": {"to": None, "text": "hello"}}, "EIP-712"),
    ],
)
def test_typed_data_with_missing_or_surplus_members_is_not_signed(change: dict[str, Any], named: str) -> None:
    with pytest.raises(sl.InvalidInput) as refused:
        sl.new_key(1).sign_typed_data({**MAIL, **change})
    assert refused.value.field == "typed_data" and named in str(refused.value)


# -- times


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_an_expiry_that_nothing_can_use_is_refused_and_the_advised_one_works(rules: str) -> None:
    lab = sl.Lab(rules)
    wallet = lab.wallet()
    before = lab.chain.state_root, lab.chain.height
    with pytest.raises(sl.InvalidInput) as refused:
        wallet.grant_permissions([sl.Root()], expiry_sec=lab.now, key=sl.new_key(1))
    assert refused.value.field == "expiry_sec"
    assert (lab.chain.state_root, lab.chain.height, wallet.sessions()) == (*before, ())
    session = wallet.grant_permissions([sl.Root()], expiry_sec=refused.value.left, key=sl.new_key(1))
    assert session.send_calls([sl.Call(lab.merchant, 1)]).ok
    with pytest.raises(sl.GrantRefused, match="ExpiredDeadlineError"):
        wallet.grant_permissions([sl.Root()], expiry_sec=lab.now - 1, key=sl.new_key(1))
