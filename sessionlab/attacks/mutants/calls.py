"""Mutants of how the wallet decodes calls."""

from functools import partial

from sessionlab.attacks.mutants.mutant import NEVER, Mutant

_calls = partial(Mutant, module="calls")
_reading = partial(Mutant, module="reading")

MUTANTS = (
    _calls(
        "batch-cut-to-the-bound",
        "a batch of more than 32 calls is cut to 32",
        (
            "if count > MAX_CALLS:\n"
            '        raw_revert(abi_encode(count, MAX_CALLS, method_id=method_id("TooManyCalls(uint256,uint256)")))\n'
            "    table: uint256 = start + 68\n"
            "    first: uint256 = table + 32 * count"
        ),
        ("table: uint256 = start + 68\n    first: uint256 = table + 32 * count\n    count = min(count, MAX_CALLS)"),
        attack="huge-input",
    ),
    _calls(
        "call-cut-to-the-bound",
        "call data of more than 4,096 bytes is cut to them",
        (
            "if length > MAX_CALL_BYTES:\n"
            "        raw_revert(abi_encode(length, MAX_CALL_BYTES, "
            'method_id=method_id("CallDataTooLarge(uint256,uint256)")))'
        ),
        "length = min(length, MAX_CALL_BYTES)",
        attack="cut-call",
    ),
    _calls(
        "array-anywhere",
        "where the calls of a batch begin is not looked at",
        "if reading._word(start + 4) != 32:",
        NEVER,
        attack="read-otherwise",
    ),
    _calls(
        "table-behind-the-end",
        "the table of a batch may reach behind its end",
        "if first > start + length:",
        NEVER,
        attack="read-otherwise",
    ),
    _calls(
        "offsets-unchecked",
        "the offsets of a batch may say another order than it is read in",
        "if batch.table != 0 and batch.table + reading._word(batch.table + 32 * place) != at:",
        NEVER,
        attack="read-otherwise",
    ),
    _calls(
        "data-anywhere",
        "where the data of a call begins is not looked at",
        "if reading._word(at + 64) != 96:",
        NEVER,
        attack="read-otherwise",
    ),
    _calls(
        "call-behind-the-end",
        "a call may reach behind the end of the operation",
        "if next > batch.end:",
        NEVER,
        attack="read-otherwise",
    ),
    _calls(
        "dirty-padding",
        "the zeros that fill up the last word of call data are not looked at",
        "if length % 32 != 0 and reading._word(next - 32) << (8 * (length % 32)) != 0:",
        NEVER,
        attack="read-otherwise",
    ),
    _calls(
        "batch-bound-unnamed",
        "a batch of more than 32 calls is refused without a name",
        "if count > MAX_CALLS:",
        NEVER,
        equivalent="the loop over the calls has the same bound; only the name of the error is missing.",
    ),
    _calls(
        "call-bound-unnamed",
        "call data of more than 4,096 bytes is refused without a name",
        "if length > MAX_CALL_BYTES:",
        NEVER,
        equivalent="the buffer for call data has the same bound; only the name of the error is missing.",
    ),
    _calls(
        "batches-unknown", "executeBatch is not taken for a function that makes calls", " or selector == EXECUTE_BATCH"
    ),
    _reading(
        "dirty-addresses",
        "the upper bytes of an address are not looked at",
        "if word >> 160 != 0:\n        self._fail(position)\n    return convert(word, address)",
        "return convert(word & (2 ** 160 - 1), address)",
        attack="read-otherwise",
    ),
    _reading(
        "dirty-addresses-unnamed",
        "an address with dirty upper bytes is refused without a name",
        "if word >> 160 != 0:",
        NEVER,
        equivalent="Vyper's conversion to an address refuses them; only the name of the error is missing.",
    ),
)
