"""Every reason has words: for each error that a contract can raise, and each code of the EntryPoint."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import sessionlab
from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import Revert, decode_revert
from sessionlab.core.denials.address_book import AddressBook, Token
from sessionlab.core.denials.denial import Context, Denial, deny
from sessionlab.core.denials.reasons import REASONS
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.rulesets import DEPLOYED
from sessionlab.study.explain.explanation import Explanation

ROOT = Path(sessionlab.__file__).parent
WALLET, COUNTER, DOLLAR, MERCHANT = ("0x" + digit * 40 for digit in "1234")
INCREMENT, TRANSFER = bytes.fromhex("d09de08a"), bytes.fromhex("a9059cbb")
SPENDING = TRANSFER + bytes(12) + address_bytes(MERCHANT) + (2_500_000).to_bytes(32, "big")
NAMES = AddressBook(
    labels={address_bytes(COUNTER): "counter", address_bytes(DOLLAR): "dollar", address_bytes(MERCHANT): "merchant"},
    tokens={address_bytes(DOLLAR): Token("LUSD", 6)},
)
SAMPLES: dict[str, Any] = {
    "uint256": 7, "uint48": 9, "uint32": 3, "address": COUNTER, "bytes4": INCREMENT, "string": "AA24 signature error",
    "bytes": b"", "bool": True,
}  # fmt: skip

CONTRACTS = sorted(file.stem for file in (ROOT / "core" / "contracts" / "artifacts").glob("*.json"))
ERRORS = sorted({entry.signature for name in CONTRACTS for entry in artifact(name).errors.values()})
# Of the canonical EntryPoint; ours undoes such an operation.
CODES = sorted(
    {"AA51"}
    | set(re.findall(r"AA\d\d", (ROOT / "core" / "erc4337" / "simulate.py").read_text()))
    | {code for file in (ROOT / "core" / "contracts").glob("*.vy") for code in re.findall(r"AA\d\d", file.read_text())}
)


#: What the reasons say of errors whose arguments need more than a name.
ARGUMENTS: list[tuple[str, dict[str, Any], str]] = [
    ("OperationTooLarge", {"index": 2, "asked": 80_000, "limit": 9}, "The third operation of the bundle has 80,000"),
    (
        "PostOpReverted",
        {"returnData": b"\xab"},
        "After the operation's calls, postOp of the paymaster reverted with 0xab",
    ),
    ("PostOpReverted", {"returnData": b""}, "After the operation's calls, postOp of the paymaster reverted with empty"),
    ("DelegateAndRevert", {"success": False, "ret": b"\1"}, "This is an answer, not a refusal: the code failed and"),
    ("DeferredActionExpired", {"deadline": 7}, "The call of validateUserOp brings an install whose last second was 1"),
    ("DeferredActionNonceInvalid", {"nonce": 31}, "The call of validateUserOp brings an install for the nonce 0x1f,"),
]


@pytest.mark.parametrize(("name", "args", "begins"), ARGUMENTS)
def test_arguments_are_told(name: str, args: dict[str, Any], begins: str) -> None:
    assert deny(Revert(name, args, b""), "validation", context()).sentence.startswith(begins)


def entry_of(signature: str) -> Any:
    return next(e for name in CONTRACTS for e in artifact(name).errors.values() if e.signature == signature)


def context(*calls: Call, **more: Any) -> Context:
    return Context(wallet=WALLET, calls=calls, names=more.pop("names", NAMES), **more)


def is_said_well(denial: Denial) -> bool:
    words = [denial.rule, denial.sentence, denial.fix]
    whole = all(word and "{" not in word and "None" not in word for word in words)
    # What an explanation says of permissions is what the denial says of them.
    first, _ = Explanation(None, denial, (), (), None).no_way()
    whole = whole and not (first.startswith("No permission changes that") and re.search(r"\b[Gg]rant\b", denial.fix))
    return whole and denial.sentence[0].isalnum() and denial.sentence[-1] in ".)" and denial.fix[-1] in ".)"


@pytest.mark.parametrize("phase", ["validation", "execution"])
@pytest.mark.parametrize("signature", ERRORS)
def test_every_custom_error_has_words(signature: str, phase: str) -> None:
    entry = entry_of(signature)
    raw = entry.selector + b"".join(_encoded(entry))
    revert = decode_revert(raw)
    assert revert.name == entry.name
    name = entry.name
    assert name in REASONS or f"{name}:{phase}" in REASONS or name in ("FailedOp", "FailedOpWithRevert")
    denial = deny(revert, phase, context(Call(COUNTER, 1, INCREMENT)))
    assert denial.rule != "an error that is not known here"
    assert is_said_well(denial), denial
    assert denial.phase == phase
    assert Denial.from_json(denial.to_json()) == denial


def _encoded(entry: Any) -> list[bytes]:
    from eth_abi.abi import encode

    types = [item.strip() for item in entry.signature.partition("(")[2][:-1].split(",") if item]
    return [encode(types, [SAMPLES[kind] for kind in types])]


@pytest.mark.parametrize("is_owner", [True, False])
@pytest.mark.parametrize("code", CODES)
def test_every_code_of_the_entry_point_has_words(code: str, is_owner: bool) -> None:
    for revert in (
        Revert("FailedOp", {"opIndex": 0, "reason": f"{code} something"}, b""),
        Revert("Error", {"message": f"{code} something"}, b""),
    ):
        denial = deny(revert, "validation", context(is_owner=is_owner, now=5, expiry=3, cost=7, funds=4))
        assert code in REASONS
        assert is_said_well(denial), denial
        assert denial.code == f"{code} something"


def test_nothing_is_explained_that_cannot_happen() -> None:
    known = {signature.partition("(")[0] for signature in ERRORS} | set(CODES) | {"EmptyRevert", "Error", "Panic"}
    assert {key.partition(":")[0] for key in REASONS} <= known


def test_what_is_unknown_is_shown_raw() -> None:
    denial = deny(decode_revert(bytes.fromhex("12345678")), "execution", context())
    assert denial.rule == "an error that is not known here"
    assert denial.raw == "0x12345678"
    assert "12345678" in denial.sentence
    assert denial.fix


# Error, its arguments, phase, context; then permission, call, asked, left, unit; sentence; fix.
SENTENCES: list[tuple[str, dict[str, Any], str, Context, tuple[Any, ...], str, str]] = [
    (
        "AddressNotAllowed",
        {"call": 0, "target": COUNTER},
        "validation",
        context(Call(COUNTER, 0, INCREMENT)),
        ("functions-on-contract", 0, COUNTER, None, None),
        "The call goes to counter (0x2222…2222), and no permission of the session grants that address.",
        "Grant functions-on-contract with increment() for counter (0x2222…2222), or let the owner make the call.",
    ),
    (
        "AddressNotAllowed",
        {"call": 0, "target": DOLLAR},
        "validation",
        context(Call(DOLLAR, 0, SPENDING)),
        ("erc20-token-transfer", 0, DOLLAR, None, None),
        "The call goes to dollar (0x3333…3333), and no permission of the session grants that address.",
        "Grant erc20-token-transfer for dollar (0x3333…3333) with an allowance of at least 2.5 LUSD, "
        "or let the owner make the call.",
    ),
    (
        "AddressNotAllowed",
        {"call": 0, "target": MERCHANT},
        "validation",
        context(Call(MERCHANT, 10**17)),
        ("native-token-transfer", 0, MERCHANT, None, None),
        "The call goes to merchant (0x4444…4444), and no permission of the session grants that address.",
        "Grant native-token-transfer with an allowance of at least 0.1 ETH, or let the owner make the call.",
    ),
    (
        "AddressNotAllowed",
        {"call": 0, "target": MERCHANT},
        "validation",
        context(Call(MERCHANT, 10**17), rules=DEPLOYED),
        ("contract-access", 0, MERCHANT, None, None),
        "The call goes to merchant (0x4444…4444), and no permission of the session grants that address.",
        "Grant contract-access for merchant (0x4444…4444), or let the owner make the call.",
    ),
    (
        "SelectorNotAllowed",
        {"call": 1, "target": COUNTER, "selector": INCREMENT},
        "validation",
        context(),
        ("functions-on-contract", 1, "0xd09de08a", None, None),
        "The second call uses increment() on counter (0x2222…2222); the session may use other functions there, not "
        "this one.",
        "Grant functions-on-contract with increment() for counter (0x2222…2222), or let the owner make the call.",
    ),
    (
        "SelectorNotAllowed",
        {"call": 0, "target": DOLLAR, "selector": INCREMENT},
        "execution",
        context(),
        ("erc20-token-transfer", 0, "0xd09de08a", None, None),
        "The first call uses increment() on dollar (0x3333…3333), whose transfers are limited: there the session "
        "may only use transfer and approve, which are counted.",
        "Use transfer or approve, or let the owner make the call.",
    ),
    (
        "SelectorNotAllowed",
        {"call": 0, "target": WALLET, "selector": bytes.fromhex("b61d27f6")},
        "validation",
        context(),
        (None, None, "0xb61d27f6", None, None),
        "execute of the wallet itself cannot be granted to a session.",
        "Leave it out of account-functions; only the owner can use it.",
    ),
    (
        "NoSelectorSpecified",
        {"call": 0, "target": COUNTER},
        "validation",
        context(Call(COUNTER, 0, b"\x01\x02")),
        ("contract-access", 0, None, None, None),
        "The call sends counter (0x2222…2222) 2 bytes of data, so it names no function, and the session may only use "
        "some functions there.",
        "Call a granted function, or grant contract-access for counter (0x2222…2222).",
    ),
    (
        "NativeTransferNotAllowed",
        {"call": 2, "target": COUNTER, "amount": 10**18},
        "validation",
        context(),
        ("native-token-transfer", 2, 10**18, 0, "wei"),
        "The third call sends 1 ETH to counter (0x2222…2222), and the session may not send native tokens.",
        "Grant native-token-transfer with an allowance of at least 1 ETH, or send no value.",
    ),
    (
        "ExceededNativeTokenLimit",
        {"asked": 10**18, "left": 7 * 10**17},
        "execution",
        context(Call(MERCHANT, 10**18)),
        ("native-token-transfer", 0, 10**18, 7 * 10**17, "wei"),
        "The call sends 1 ETH, and only 0.7 ETH of its native-token-transfer allowance remains.",
        "Send at most 0.7 ETH, or ask the owner for a session with at least 0.3 ETH more allowance.",
    ),
    (
        "ExceededNativeTokenLimit",
        {"asked": 9, "left": 7},
        "execution",
        context(*[Call(MERCHANT, 3)] * 3),
        ("native-token-transfer", 2, 9, 7, "wei"),
        "The calls send 9 wei together, and only 7 wei of its "
        "native-token-transfer allowance remains; the third call goes over it.",
        "Send at most 7 wei, or ask the owner for a session with at least 2 wei more allowance.",
    ),
    (
        "ExceededNativeTokenLimit",
        {"asked": 10**18, "left": 0},
        "execution",
        context(Call(MERCHANT, 10**18)),
        ("native-token-transfer", 0, 10**18, 0, "wei"),
        "The call sends 1 ETH, and nothing of its native-token-transfer allowance remains.",
        "Ask the owner for a session with at least 1 ETH more allowance.",
    ),
    (
        "ExceededNativeTokenLimit",
        {"asked": 3 * 10**15, "left": 10**15},
        "validation",
        context(names=AddressBook(gas_unit="wei"), rules=DEPLOYED),
        ("gas-limit", None, 3 * 10**15, 10**15, "wei"),
        "The operation may use up to 0.003 ETH for gas, and only 0.001 ETH of its gas-limit allowance remains. "
        "(The deployed rules count gas-limit in wei: gas times its price.)",
        "Ask the owner for a session with a gas-limit at least 0.00203 ETH higher (its first "
        "operation also pays for its install), or let a sponsor pay: "
        "what a sponsor pays is not counted.",
    ),
    (
        "ExceededGasLimit",
        {"asked": 183_576, "left": 100_000},
        "validation",
        context(),
        ("gas-limit", None, 183_576, 100_000, "gas"),
        "The operation may use up to 183,576 gas, and only 100,000 gas of its gas-limit allowance remains.",
        "Ask the owner for a session with a gas-limit at least 85,411 gas higher (its first "
        "operation also pays for its install), or let a sponsor pay: "
        "what a sponsor pays is not counted.",
    ),
    (
        "ExceededTokenLimit",
        {"call": 1, "token": DOLLAR, "asked": 20_000_000, "left": 15_500_000},
        "execution",
        context(),
        ("erc20-token-transfer", 1, 20_000_000, 15_500_000, DOLLAR),
        "The second call transfers or approves 20 LUSD, and only 15.5 LUSD of its erc20-token-transfer allowance "
        "remains.",
        "Send at most 15.5 LUSD, or ask the owner for a session with at least 4.5 LUSD more allowance.",
    ),
    (
        "InvalidCalldataLength",
        {"call": 0, "token": DOLLAR, "length": 36},
        "execution",
        context(),
        ("erc20-token-transfer", 0, 36, 68, "bytes"),
        "The first call sends dollar (0x3333…3333) 36 bytes of data, and transfer and approve need 68.",
        "Encode transfer(address,uint256) or approve(address,uint256) in full.",
    ),
    (
        "ValidationFunctionMissing",
        {"selector": bytes.fromhex("34fcd5be")},
        "validation",
        context(),
        ("contract-access", None, "0x34fcd5be", None, None),
        "The session may not call contracts or make transfers: none of its permissions grants either.",
        "Grant a permission that reaches them.",
    ),
    (
        "ValidationFunctionMissing",
        {"selector": bytes.fromhex("34fcd5be")},
        "validation",
        context(revoked=True),
        (None, None, "0x34fcd5be", None, None),
        "The owner revoked this session.",
        "Ask the owner for a new session.",
    ),
    (
        "TooManyCalls",
        {"asked": 33, "limit": 32},
        "validation",
        context(),
        (None, None, 33, 32, None),
        "33 calls are too many: an operation holds up to 32.",
        "Split it into several operations.",
    ),
    (
        "InsufficientBalance",
        {"asked": 5_000_000, "left": 1_000_000},
        "execution",
        context(Call(DOLLAR, 0, SPENDING), permissions=("root",)),
        (None, 0, 5_000_000, 1_000_000, DOLLAR),
        "The call sends 5 LUSD, and the sender has only 1 LUSD of the token at that point. The session would allow it.",
        "Send less, or fund the sender.",
    ),
    (
        "EmptyRevert",
        {},
        "execution",
        context(Call(COUNTER, 1, INCREMENT)),
        (None, 0, None, None, None),
        "The call, increment() of counter (0x2222…2222), reverted with empty data (0x); the reason is unknown.",
        "Look in the code of the called contract for what this call requires.",
    ),
    (
        "FailedOp",
        {"opIndex": 0, "reason": "AA21 didn't pay prefund"},
        "validation",
        context(cost=3 * 10**17, funds=10**17),
        (None, None, 3 * 10**17, 10**17, "wei"),
        "The operation's gas may cost 0.3 ETH, and the wallet has 0.1 ETH, its deposit in the EntryPoint and its "
        "balance together.",
        "Add 0.2 ETH: fund the wallet, or use a sponsor (policy_id=lab.policy_id).",
    ),
    (
        "FailedOp",
        {"opIndex": 0, "reason": "AA22 expired or not due"},
        "validation",
        context(now=1_800_003_661, expiry=1_800_000_061),
        (None, None, 1_800_003_661, 1_800_000_061, "seconds"),
        "The session ended 3,600 seconds ago: its last second was 2027-01-15 08:01:01 UTC, and it is now "
        "2027-01-15 09:01:01 UTC.",
        "Ask the owner for a new session.",
    ),
    (
        "FailedOp",
        {"opIndex": 0, "reason": "AA24 signature error"},
        "validation",
        context(),
        (None, None, None, None, None),
        "The signature is not by the session's key over this operation.",
        "Sign the operation's hash with the session's key, and change nothing afterwards.",
    ),
]


@pytest.mark.parametrize(("name", "args", "phase", "known", "facts", "sentence", "fix"), SENTENCES)
def test_the_sentence(
    name: str, args: dict[str, Any], phase: str, known: Context, facts: tuple[Any, ...], sentence: str, fix: str
) -> None:
    denial = deny(Revert(name, args, b""), phase, known)
    assert denial.sentence == sentence
    assert denial.fix == fix
    assert (denial.permission, denial.call, denial.asked, denial.left, denial.unit) == facts


OUT_OF_TIME = "It is 1970-01-01 00:00:05 UTC, outside the session's window."
FURTHER: list[tuple[str, dict[str, Any], Context, str]] = [
    ("FailedOp", {"opIndex": 0, "reason": "AA21 didn't"}, context(), "The wallet cannot pay for the operation's gas."),
    ("FailedOp", {"opIndex": 0, "reason": "AA22 not due"}, context(now=5), OUT_OF_TIME),
    ("Error", {"message": "no stake specified"}, context(), "A contract refused: no stake specified."),
    (
        "Panic",
        {"code": 0x11},
        context(Call(MERCHANT, 2**255), Call(MERCHANT, 2**255)),
        "The values of the calls add up to more than 256 bits can hold.",
    ),
    (
        "Panic",
        {"code": 0x12},
        context(Call(COUNTER)),
        "A contract stopped with Panic(0x12): division by zero.",
    ),
]


@pytest.mark.parametrize(("name", "args", "known", "sentence"), FURTHER)
def test_where_less_is_known_less_is_said(name: str, args: dict[str, Any], known: Context, sentence: str) -> None:
    assert deny(Revert(name, args, b""), "execution", known).sentence == sentence
