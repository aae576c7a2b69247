"""The toy contracts do what RULES.md section 5 says of the world at the start."""

from __future__ import annotations

from typing import Any

import pytest

from sessionlab.core.contracts.artifacts import artifact

from .machine import Machine, Result

TOKEN, COUNTER, STRICT, VAULT, THING = (f"0x{n:040x}" for n in range(0xA1, 0xA6))
holder, merchant, spender, stranger = ("0x" + digit * 40 for digit in "1234")
START = 10**12

token, counter, vault, thing = (
    artifact("Token"),
    artifact("Counter"),
    artifact("Vault"),
    artifact("Collectible"),
)


@pytest.fixture
def world() -> Machine:
    machine = Machine()
    supply = {token.slot("balanceOf", holder): START, token.slot("totalSupply"): START}
    name = {token.slot("name"): 7, token.slot("name") + 1: int.from_bytes(b"Token A".ljust(32, b"\0"), "big")}
    machine.place(TOKEN, token.runtime, {**supply, **name, token.slot("decimals"): 6})
    for address, contract in (
        (COUNTER, "Counter"),
        (STRICT, "Strict"),
        (VAULT, "Vault"),
        (THING, "Collectible"),
    ):
        machine.place(address, artifact(contract).runtime)
    machine.fund(holder, 10**18)
    return machine


def ask(world: Machine, to: str, contract: Any, name: str, *values: Any) -> Any:
    result = world.call(to, contract.encode(name, *values))
    assert result.ok
    return contract.decode(name, result.output)


def events(contract: Any, result: Result) -> list[tuple[str, dict[str, Any]]]:
    found = [(contract.events[topics[0]], topics, data) for _, topics, data in result.logs]
    return [(entry.name, entry.decode_event(topics, data)) for entry, topics, data in found]


def refusal(contract: Any, result: Result) -> tuple[str, dict[str, Any]]:
    assert not result.ok
    entry = contract.errors[result.output[:4]]
    return entry.name, entry.decode(result.output[4:])


def test_token_reads_its_genesis_storage(world: Machine) -> None:
    asked = [ask(world, TOKEN, token, name) for name in ("name", "symbol", "decimals", "totalSupply")]
    assert asked == ["Token A", "", 6, START]


def test_token_transfer_moves_units_and_says_so(world: Machine) -> None:
    result = world.call(TOKEN, token.encode("transfer", merchant, 25), sender=holder)
    assert token.decode("transfer", result.output) is True
    assert [ask(world, TOKEN, token, "balanceOf", who) for who in (holder, merchant)] == [START - 25, 25]
    assert events(token, result) == [("Transfer", {"sender": holder, "receiver": merchant, "value": 25})]


def test_token_transfer_to_oneself_creates_nothing(world: Machine) -> None:
    assert world.call(TOKEN, token.encode("transfer", holder, 25), sender=holder).ok
    assert ask(world, TOKEN, token, "balanceOf", holder) == START


def test_token_transfer_beyond_the_balance_is_refused(world: Machine) -> None:
    result = world.call(TOKEN, token.encode("transfer", merchant, START + 1), sender=holder)
    assert refusal(token, result) == ("InsufficientBalance", {"asked": START + 1, "left": START})
    assert ask(world, TOKEN, token, "balanceOf", merchant) == 0


def test_token_approve_overwrites_and_increase_adds(world: Machine) -> None:
    for data in (token.encode("approve", spender, 10), token.encode("approve", spender, 3)):
        assert world.call(TOKEN, data, sender=holder).ok
    result = world.call(TOKEN, token.encode("increaseAllowance", spender, 4), sender=holder)
    assert ask(world, TOKEN, token, "allowance", holder, spender) == 7
    assert events(token, result) == [("Approval", {"owner": holder, "spender": spender, "value": 7})]


@pytest.mark.parametrize("allowed", [7, 2**256 - 1])
def test_token_transfer_from_always_uses_up_the_allowance(world: Machine, allowed: int) -> None:
    world.call(TOKEN, token.encode("approve", spender, allowed), sender=holder)
    assert world.call(TOKEN, token.encode("transferFrom", holder, merchant, 5), sender=spender).ok
    assert ask(world, TOKEN, token, "allowance", holder, spender) == allowed - 5
    assert ask(world, TOKEN, token, "balanceOf", merchant) == 5


def test_token_transfer_from_asks_for_the_allowance_first(world: Machine) -> None:
    result = world.call(TOKEN, token.encode("transferFrom", stranger, merchant, 5), sender=spender)
    assert refusal(token, result) == ("InsufficientAllowance", {"asked": 5, "left": 0})
    world.call(TOKEN, token.encode("approve", spender, 9), sender=stranger)
    result = world.call(TOKEN, token.encode("transferFrom", stranger, merchant, 5), sender=spender)
    assert refusal(token, result) == ("InsufficientBalance", {"asked": 5, "left": 0})
    assert ask(world, TOKEN, token, "allowance", stranger, spender) == 9


SEND = token.encode("transfer", merchant, 25)
BARE = {
    "unknown selector": (b"\xde\xad\xbe\xef", 0),
    "selector of zeros": (bytes(4), 0),
    "no data": (b"", 0),
    "one byte": (b"\xa9", 0),
    "selector alone": (SEND[:4], 0),
    "one word": (SEND[:36], 0),
    "one byte short": (SEND[:-1], 0),
    "value": (SEND, 1),
    "dirty address word": (SEND[:4] + b"\x01" + SEND[5:], 0),
    "allowance overflow": (token.encode("increaseAllowance", spender, 2**256 - 1), 0),
}


@pytest.mark.parametrize("case", BARE)
def test_token_refuses_without_data(world: Machine, case: str) -> None:
    data, value = BARE[case]
    world.call(TOKEN, token.encode("approve", spender, 1), sender=holder)
    result = world.call(TOKEN, data, sender=holder, value=value)
    assert (result.ok, result.output) == (False, b"")


def test_token_ignores_bytes_after_the_arguments(world: Machine) -> None:
    assert world.call(TOKEN, SEND + b"\xff", sender=holder).ok
    assert ask(world, TOKEN, token, "balanceOf", merchant) == 25


@pytest.mark.parametrize(
    ("data", "value", "count"),
    [
        (counter.encode("increment"), 0, 1),
        (counter.encode("increment") + b"\xff", 0, 1),
        (counter.encode("add", 7), 0, 7),
        (counter.encode("deposit"), 0, 1),
        (counter.encode("deposit"), 5, 1),
        (b"", 0, 0),
        (b"", 5, 0),
    ],
)
def test_counter_counts(world: Machine, data: bytes, value: int, count: int) -> None:
    result = world.call(COUNTER, data, sender=holder, value=value)
    assert (result.ok, result.logs, world.eth(COUNTER)) == (True, [], value)
    assert ask(world, COUNTER, counter, "number") == count


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (counter.encode("increment"), 5),
        (counter.encode("add", 1), 5),
        (counter.encode("add", 1)[:-1], 0),
        (bytes(4), 0),
        (b"\xde\xad\xbe\xef", 0),
        (b"\xd0\x9d\xe0", 0),
        (b"\x00", 5),
    ],
)
def test_counter_refuses_without_data(world: Machine, data: bytes, value: int) -> None:
    result = world.call(COUNTER, data, sender=holder, value=value)
    assert (result.ok, result.output, world.eth(COUNTER)) == (False, b"", 0)


@pytest.mark.parametrize("value", [0, 5])
def test_counter_fail_reverts_with_its_error(world: Machine, value: int) -> None:
    result = world.call(COUNTER, counter.encode("fail"), sender=holder, value=value)
    assert refusal(counter, result) == ("CounterFailed", {})
    assert world.eth(COUNTER) == 0


def test_counter_pull_moves_what_was_approved_and_does_not_count(world: Machine) -> None:
    world.call(TOKEN, token.encode("approve", COUNTER, 9), sender=holder)
    assert world.call(COUNTER, counter.encode("pull", TOKEN, holder, 9), sender=stranger).ok
    assert ask(world, TOKEN, token, "balanceOf", stranger) == 9
    assert ask(world, COUNTER, counter, "number") == 0


def test_counter_pull_lets_the_refusal_of_the_token_through(world: Machine) -> None:
    result = world.call(COUNTER, counter.encode("pull", TOKEN, holder, 9), sender=stranger)
    assert refusal(token, result) == ("InsufficientAllowance", {"asked": 9, "left": 0})


def test_strict_takes_ping_alone(world: Machine) -> None:
    ping = artifact("Strict").encode("ping")
    assert world.call(STRICT, ping).ok
    for data, value in ((ping, 1), (b"", 0), (b"", 1), (b"\x12\x34\x56\x78", 0), (ping[:3], 0)):
        result = world.call(STRICT, data, sender=holder, value=value)
        assert (result.ok, result.output) == (False, b"")


def test_vault_keeps_balances_apart(world: Machine) -> None:
    world.fund(stranger, 10)
    paid = world.call(VAULT, vault.encode("deposit"), sender=holder, value=30)
    assert events(vault, paid) == [("Deposited", {"player": holder, "amount": 30})]
    assert world.call(VAULT, b"", sender=stranger, value=10).ok
    taken = world.call(VAULT, vault.encode("withdraw", 12), sender=holder)
    assert events(vault, taken) == [("Withdrawn", {"player": holder, "amount": 12})]
    assert [ask(world, VAULT, vault, "balanceOf", who) for who in (holder, stranger)] == [18, 10]
    assert ask(world, VAULT, vault, "totalDeposits") == world.eth(VAULT) == 28


def test_vault_refusals(world: Machine) -> None:
    result = world.call(VAULT, vault.encode("withdraw", 1), sender=stranger)
    assert refusal(vault, result) == ("InsufficientDeposit", {"asked": 1, "left": 0})
    assert world.call(VAULT, b"\x01", sender=holder, value=1).output == b""
    world.fund(STRICT, 5)
    world.call(VAULT, vault.encode("deposit"), sender=STRICT, value=5)
    result = world.call(VAULT, vault.encode("withdraw", 5), sender=STRICT)
    assert refusal(vault, result) == ("WithdrawalFailed", {})
    assert ask(world, VAULT, vault, "balanceOf", STRICT) == 5


def test_collectible_life(world: Machine) -> None:
    minted = world.call(THING, thing.encode("mint", holder, 7), sender=stranger)
    assert events(thing, minted) == [("Transfer", {"sender": "0x" + "0" * 40, "receiver": holder, "token_id": 7})]
    assert world.call(THING, thing.encode("approve", spender, 7), sender=holder).ok
    assert ask(world, THING, thing, "getApproved", 7) == spender
    assert world.call(THING, thing.encode("transferFrom", holder, merchant, 7), sender=spender).ok
    assert ask(world, THING, thing, "ownerOf", 7) == merchant
    assert ask(world, THING, thing, "getApproved", 7) == "0x" + "0" * 40
    assert [ask(world, THING, thing, "balanceOf", who) for who in (holder, merchant)] == [0, 1]


def test_collectible_operators_move_everything_until_they_may_not(world: Machine) -> None:
    for number in (1, 2):
        world.call(THING, thing.encode("mint", holder, number))
    world.call(THING, thing.encode("setApprovalForAll", spender, True), sender=holder)
    assert ask(world, THING, thing, "isApprovedForAll", holder, spender) is True
    assert world.call(THING, thing.encode("approve", stranger, 2), sender=spender).ok
    assert world.call(THING, thing.encode("transferFrom", holder, merchant, 1), sender=spender).ok
    world.call(THING, thing.encode("setApprovalForAll", spender, False), sender=holder)
    result = world.call(THING, thing.encode("transferFrom", holder, merchant, 2), sender=spender)
    assert refusal(thing, result) == ("NotApproved", {"id": 2, "operator": spender})


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (thing.encode("mint", "0x" + "0" * 40, 8), ("ZeroAddress", {})),
        (thing.encode("mint", holder, 7), ("AlreadyMinted", {"id": 7})),
        (thing.encode("approve", spender, 7), ("NotApproved", {"id": 7, "operator": stranger})),
        (thing.encode("transferFrom", merchant, stranger, 7), ("NotOwner", {"id": 7, "asked": merchant})),
        (thing.encode("transferFrom", holder, "0x" + "0" * 40, 7), ("ZeroAddress", {})),
        (thing.encode("transferFrom", holder, stranger, 9), ("NotMinted", {"id": 9})),
        (thing.encode("ownerOf", 9), ("NotMinted", {"id": 9})),
        (thing.encode("getApproved", 9), ("NotMinted", {"id": 9})),
        (thing.encode("balanceOf", "0x" + "0" * 40), ("ZeroAddress", {})),
    ],
)
def test_collectible_refusals(world: Machine, data: bytes, error: tuple[str, dict[str, Any]]) -> None:
    world.call(THING, thing.encode("mint", holder, 7))
    assert refusal(thing, world.call(THING, data, sender=stranger)) == error


def test_collectible_safe_transfer_asks_a_receiver_with_code(world: Machine) -> None:
    plain = "safeTransferFrom(address,address,uint256)"
    with_data = "safeTransferFrom(address,address,uint256,bytes)"
    world.call(THING, thing.encode("mint", holder, 7))
    assert world.call(THING, thing.encode(plain, holder, merchant, 7), sender=holder).ok
    answering = bytes.fromhex("7f150b7a02" + "00" * 28 + "5f5260205ff3")
    world.place(spender, answering)
    assert world.call(THING, thing.encode(with_data, merchant, spender, 7, b"hello"), sender=merchant).ok
    world.call(THING, thing.encode("mint", holder, 8))
    world.place(stranger, bytes.fromhex("60205ff3"))
    result = world.call(THING, thing.encode(plain, holder, stranger, 8), sender=holder)
    assert refusal(thing, result) == ("UnsafeReceiver", {"receiver": stranger})
    assert ask(world, THING, thing, "ownerOf", 8) == holder


@pytest.mark.parametrize(("code", "known"), [("01ffc9a7", True), ("80ac58cd", True), ("ffffffff", False)])
def test_collectible_supports_interface(world: Machine, code: str, known: bool) -> None:
    assert ask(world, THING, thing, "supportsInterface", bytes.fromhex(code)) is known
