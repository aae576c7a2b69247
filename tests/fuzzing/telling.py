"""Operations and calls in a few words, for the story of a run."""

from __future__ import annotations

from sessionlab.attacks.attack_lab import COUNTER, HOSTILE, MERCHANT, OTHER_TOKEN, PAYMASTER, STRICT, TOKEN, WALLET
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation
from sessionlab.core.permissions.functions import EXECUTE_USER_OP

NAMES = {
    WALLET: "wallet",
    TOKEN: "token",
    OTHER_TOKEN: "other token",
    COUNTER: "counter",
    HOSTILE: "hostile",
    MERCHANT: "merchant",
    STRICT: "strict",
    PAYMASTER: "paymaster",
    ENTRY_POINT: "EntryPoint",
}
FUNCTIONS = {
    entry.selector: entry.name
    for contract in ("EntryPoint", "SessionWallet", "Counter", "Token")
    for entry in artifact(contract).functions.values()
}


def told(op: UserOperation) -> str:
    """Lane, number, and what it calls; the words of what it is given without the zeros before them."""
    nonce_key, number = op.nonce >> 64, op.nonce & (2**64 - 1)
    calls = account.read_calls(op.call_data.removeprefix(EXECUTE_USER_OP))
    what = " + ".join(map(told_call, calls)) or op.call_data.hex()
    return f"nonce key {nonce_key:#x} number {number}: {what}"


def told_call(call: Call) -> str:
    """``token.transfer(a1ca…, 32)``, in hex."""
    words = [call.data[at : at + 32].hex().lstrip("0") or "0" for at in range(4, len(call.data), 32)]
    name = FUNCTIONS.get(call.data[:4], call.data[:4].hex())
    return f"{NAMES.get(call.to, call.to)}.{name}({', '.join(words)}){f' with {call.value} wei' if call.value else ''}"
