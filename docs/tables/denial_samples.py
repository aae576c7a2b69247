"""One made-up refusal: the lab, the operation and the facts that the table of denials is asked about."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import sessionlab as sl
from sessionlab.core.contracts.artifacts import FOLDER, artifact
from sessionlab.core.contracts.reverts import CONTRACTS, EMPTY
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.evm.records import FailedCall
from sessionlab.study.diagnosis.facts import DiagnosisFacts
from sessionlab.study.diagnosis.table import DiagnosedContext

ETHER, HOUR = 10**18, 3_600
BOUND = re.compile(r"raw_revert\(\s*abi_encode\([^)]*?\)?, (\w+\.)?(MAX_\w+), method_id=method_id\(\"(\w+)\(")


@cache
def sample() -> tuple[sl.Lab, DiagnosedContext]:
    """Return a lab and what is known of one refused operation in it."""
    lab = sl.Lab()
    wallet = lab.wallet()
    calls = (Call(lab.counter, value=3 * ETHER // 10, function="increment()"),)
    failed = FailedCall(ENTRY_POINT, wallet.address, 0, b"", 60_000, "Revert", b"", 0)
    own = replace(failed, caller=wallet.address, to=lab.counter, value=calls[0].value, data=calls[0].data)
    facts = DiagnosisFacts(
        "",
        EMPTY,
        (failed, replace(own, balance=ETHER // 10)),
        names=lab.names,
        wallet=wallet.address,
        gas=250_000,
        fee=2 * 10**9,
        balance=10**14,
        sequence=4,
        next_sequence=5,
        verification_gas=40_000,
        verification_needs=61_250,
        call_needs=81_300,
        now=lab.now,
        valid_until=lab.now - HOUR,
        window=(0, lab.now - HOUR),
        signer=lab.merchant,
        wanted_signer=lab.recipient,
        owner=wallet.owner.address,
        session_of_signer="0x01",
        paymaster=lab.addresses["paymaster"],
        paymaster_bytes=2_310,
        paymaster_gas=30_000,
        paymaster_needs=41_000,
        code_bytes=20_000,
        factory_bytes=4_000,
    )
    known = DiagnosedContext(
        wallet=wallet.address,
        calls=calls,
        call_data=calls[0].data,
        names=lab.names,
        now=lab.now,
        expiry=lab.now - HOUR,
        cost=facts.cost,
        funds=facts.balance,
        facts=facts,
    )
    return lab, known


def arguments(code: str) -> dict[str, Any]:
    """Return made-up arguments of a contract's error, by the names that its ABI has for them."""
    lab, known = sample()
    amounts = {
        "ExceededTokenLimit": (20 * 10**6, 15_500_000),
        "ExceededGasLimit": (183_576, 100_000),
        "ExceededCallLimit": (1, 0),
        "ExceededNativeTokenLimit:validation": (3 * 10**15, 10**15),
    }
    asked: Any
    asked, left = amounts.get(code, (3 * ETHER // 10, ETHER // 10))
    limit = bounds().get(code, 0)
    asked = lab.merchant if code == "NotOwner" else limit + 1 if limit else asked
    if code.startswith("Insufficient") and code != "InsufficientDeposit":
        asked, left = amounts["ExceededTokenLimit"]
    values = {
        "call": 0,
        "asked": asked,
        "left": left,
        "limit": limit,
        "index": 1,
        "amount": asked,
        "target": lab.counter,
        "token": lab.dollar,
        "selector": known.call_data[:4],
        "length": 36,
        "entityId": 3,
        "row": 2,
        "kind": 99,
        "validAfter": lab.now,
        "validUntil": lab.now - 1,
        "deadline": lab.now - HOUR,
        "nonce": 31,
        "now": 2,
        "position": 4,
        "caller": lab.merchant,
        "operator": lab.merchant,
        "receiver": lab.vault,
        "sender": known.wallet,
        "id": 7,
        "code": 0x11,
        "success": True,
        "ret": b"",
        "returnData": b"",
        "message": "no stake specified",
        "data": bytes.fromhex("deadbeef"),
    }
    names = ("code", "message", "data") if contract_of(code.partition(":")[0]) is None else names_of(code)
    return {name: values[name] for name in names}


def names_of(key: str) -> tuple[str, ...]:
    """Return the names of an error's arguments."""
    code = key.partition(":")[0]
    errors = (error for name in CONTRACTS for error in artifact(name).errors.values())
    return next(error.names for error in errors if error.name == code)


@cache
def bounds() -> dict[str, int]:
    """Return the bounds of the contracts, in calls, rows, operations or bytes, by the error of what is over one."""
    sources = {source.stem: source.read_text("utf-8") for source in FOLDER.glob("*.vy")}
    result: dict[str, int] = {}
    for stem, text in sources.items():
        for home, name, error in BOUND.findall(text):
            files = [other for other in sources if other.startswith(home.rstrip("."))] if home else [stem]
            pattern = rf"^{name}: constant\(uint256\) = ([\d_]+)"
            found = [int(n) for other in files for n in re.findall(pattern, sources[other], re.MULTILINE)]
            result[error] = max(found)
    return result


def context(code: str) -> DiagnosedContext:
    """Return what is known of the refused operation."""
    lab, known = sample()
    pays = Call(lab.merchant, value=3 * ETHER // 10)
    tokens = Call(lab.dollar, function="transfer(address,uint256)", args=[lab.merchant, 20 * 10**6])
    calls = {
        "ExceededNativeTokenLimit": (pays,),
        "ExceededTokenLimit": (tokens,),
        "InsufficientBalance": (tokens,),
        "InsufficientAllowance": (tokens,),
        "NoSelectorSpecified": (Call(lab.counter, data=b"\1\2"),),
        "NativeTransferNotAllowed": (pays,),
        "Panic": (Call(lab.counter),),
    }.get(code.partition(":")[0], known.calls)
    deployed = code in ("ExceededNativeTokenLimit:validation", "SpendingRequestNotAllowed")
    return replace(
        known,
        calls=calls,
        call_data=calls[0].data,
        rules=sl.DEPLOYED if deployed else sl.DOCUMENTED,
        facts=replace(known.facts, failure=()),
    )


def contract_of(code: str) -> str | None:
    """Return the contract whose error this is; None if no contract of the lab declares it."""
    return next((name for name in CONTRACTS if any(e.name == code for e in artifact(name).errors.values())), None)
