"""Call data for ``execute`` and ``executeBatch``: as eth_abi encodes it, and then bent."""

from __future__ import annotations

from random import Random

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from sessionlab.attacks.attack_lab import COUNTER, INCREMENT, MERCHANT, OTHER_TOKEN, STRANGER, STRICT, TOKEN, WALLET
from sessionlab.core.base.abi_words import word
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.permissions.functions import EXECUTE, EXECUTE_BATCH, EXECUTE_USER_OP
from sessionlab.core.permissions.operation import MAX_CALL_BYTES, MAX_CALLS, PlainCall, plain_call

ONE, SEVERAL = ["address", "uint256", "bytes"], ["(address,uint256,bytes)[]"]
MAX_UINT256 = 2**256 - 1
SWAP = artifact("SessionWallet").encode("updateFallbackSignerData", STRANGER.address, False)


def canonical(calls: list[PlainCall], *, batch: bool) -> bytes:
    """The one encoding that the ABI has for these calls."""
    values = [(call.target, call.value, call.data) for call in calls]
    return EXECUTE_BATCH + encode(SEVERAL, [values]) if batch else EXECUTE + encode(ONE, values[0])


def decoded(bare: bytes) -> list[PlainCall] | None:
    """What eth_abi, strict, reads in it; None if that is nothing. It shares no line with our own reader."""
    try:
        if bare[:4] == EXECUTE:
            return [plain_call(*decode(ONE, bare[4:]))]
        (calls,) = decode(SEVERAL, bare[4:])
        return [plain_call(*call) for call in calls]
    except (DecodingError, OverflowError):
        return None


def shown(data: bytes) -> str:
    """Call data, a word a line."""
    head = 8 if data[:4] == EXECUTE_USER_OP else 4
    words = (f"  {at:5}  {data[at : at + 32].hex()}" for at in range(head, len(data), 32))
    return "\n".join([f"      0  {data[:head].hex()}", *words])


# -- calls


def one_call(random: Random) -> PlainCall:
    """Mostly one that some session may make."""
    kind = random.choice(("spend", "spend", "spend", "count", "count", "count", "send", "odd"))
    more = bytes(random.choice((0,) * 12 + (1, 28, 29, 64)))
    if kind == "spend":
        function = random.choice((*("transfer",) * 4, "approve", "approve", "increaseAllowance"))
        amount = random.choice((0, 1, 7, 7, 9, 25, 26, 50, 51, MAX_UINT256))
        data = artifact("Token").encode(function, STRANGER.address, amount)
        return plain_call(random.choice((TOKEN, TOKEN, OTHER_TOKEN)), 0, data + more)
    if kind == "count":
        return plain_call(COUNTER, random.choice((0, 0, 0, 1)), INCREMENT + more)
    if kind == "send":
        return plain_call(MERCHANT, random.choice((0, 1, 5, 6, 10, 11, MAX_UINT256)), b"")
    to = random.choice((STRICT, WALLET, COUNTER, TOKEN))
    return plain_call(to, 0, random.choice((b"", b"\0", b"\1\2\3", SWAP)) + more)


def whole(random: Random) -> bytes:
    """A canonical encoding, now and then at the wallet's bounds."""
    if random.random() < 0.01:
        return canonical([one_call(random)] * (MAX_CALLS + random.choice((-1, 0, 1))), batch=True)
    found = [one_call(random) for _ in range(random.choice((0, 1, 1, 1, 2, 2, 3, 4)))]
    if random.random() < 0.02:
        size = MAX_CALL_BYTES + random.choice((-33, -32, -31, -1, 0, 1))
        found.append(plain_call(COUNTER, 0, INCREMENT.ljust(size, b"\0")))
    return canonical(found, batch=len(found) != 1 or random.random() < 0.5)


# -- bending


def _place(random: Random, data: bytes) -> int:
    """Where a word begins; mostly one of the first, which are the offsets and lengths."""
    last = max((len(data) - 4) // 32 - 1, 0)
    return 4 + 32 * random.randint(0, min(last, 9) if random.random() < 0.7 else last)


def _put(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def another_word(random: Random, data: bytes) -> bytes:
    """A word that is a little or much more or less, is another one's, is nothing, or wraps around."""
    at = _place(random, data)
    old = int.from_bytes(data[at : at + 32], "big")
    step = random.choice((1, 31, 32, 64, 96, 128, 2**255, 2**64, len(data))) * random.choice((1, -1))
    other = _place(random, data)
    fixed = random.choice((0, 1, 32, 33, 64, 96, 128, 2**64, 2**255, MAX_UINT256, MAX_UINT256 - 31))
    new = random.choice((old + step, old + step, fixed, int.from_bytes(data[other : other + 32], "big")))
    return _put(data, at, word(new % 2**256))


def dirt_above(random: Random, data: bytes) -> bytes:
    """Something in the upper bytes of a word."""
    return _put(data, _place(random, data) + random.randint(0, 11), b"\1")


def dirt_behind(random: Random, data: bytes) -> bytes:
    """Something in the last bytes of a word, where zeros may fill it up; mostly of the last word."""
    at = len(data) - 32 if random.random() < 0.6 else _place(random, data)
    return _put(data, at + 31 - random.randint(0, 3), b"\7") if len(data) > 36 else data


def two_swapped(random: Random, data: bytes) -> bytes:
    """Two words change places."""
    first, second = _place(random, data), _place(random, data)
    one, other = data[first : first + 32], data[second : second + 32]
    return _put(_put(data, first, other), second, one)


def word_inserted(random: Random, data: bytes) -> bytes:
    """A word more, which moves all that follows; half the time the array's offset is made to fit."""
    at = random.choice((36, _place(random, data)))
    longer = data[:at] + word(random.choice((0, 1, 32, 64, 96))) + data[at:]
    return _put(longer, 4, word(64)) if random.random() < 0.5 else longer


def word_left_out(random: Random, data: bytes) -> bytes:
    """A word less."""
    at = _place(random, data)
    return data[:at] + data[at + 32 :]


def cut_off(random: Random, data: bytes) -> bytes:
    """An end that comes too early."""
    least = 4 if random.random() < 0.4 else max(len(data) - 40, 4)
    return data[: random.randint(least, max(len(data), least))]


def gone_on(random: Random, data: bytes) -> bytes:
    """Bytes behind the end: a few, or another encoding."""
    few = random.randbytes(random.randint(1, 40))
    return data + (few if random.random() < 0.5 else whole(random)[4:])


def bit_flipped(random: Random, data: bytes) -> bytes:
    """One bit."""
    at = random.randint(4, max(len(data) - 1, 4))
    return _put(data, at, bytes([data[at] ^ 1 << random.randint(0, 7)])) if at < len(data) else data


def other_selector(random: Random, data: bytes) -> bytes:
    """The words of one function, read as another's."""
    return random.choice((EXECUTE, EXECUTE_BATCH, EXECUTE_USER_OP, SWAP[:4], b"\0" * 4)) + data[4:]


BENDINGS = (
    *(another_word,) * 6,
    *(two_swapped, word_inserted, word_left_out, dirt_above, dirt_behind, cut_off, gone_on, bit_flipped),
    other_selector,
)


def call_data(random: Random) -> bytes:
    """Call data without the wrapper, bent none to three times."""
    data = whole(random)
    for _ in range(random.choice((0, 0, 0, 1, 1, 1, 1, 2, 3))):
        data = random.choice(BENDINGS)(random, data)
    return data
