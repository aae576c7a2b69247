"""Finding logs: the filter agrees with looking at every log of every block."""

import itertools
import random

import pytest

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.evm import GenesisAccount

LOGGERS = ["0x" + f"{i:02x}" * 20 for i in (0xA1, 0xA2, 0xA3)]


@pytest.fixture(scope="module")
def logged(asm):
    """Twenty blocks in which three contracts log with one, two or three topics that the caller chooses."""
    from sessionlab.core.evm import Chain
    from sessionlab.core.evm.signing import address_of, open_key

    key = bytes.fromhex("11" * 32)
    words = [f"0x{32 * i:02x} CALLDATALOAD" for i in range(3)]
    codes = [asm(" ".join(reversed(words[: n + 1])) + f" PUSH0 PUSH0 LOG{n + 1}") for n in range(3)]
    accounts = {a: GenesisAccount(nonce=1, code=c) for a, c in zip(LOGGERS, codes, strict=True)}
    chain = Chain({address_of(open_key(key)): GenesisAccount(balance=10**21), **accounts})
    draw = random.Random(1)
    for _ in range(20):
        data = b"".join(draw.choice((1, 2, 3)).to_bytes(32, "big") for _ in range(3))
        chain.transact(key, draw.choice(LOGGERS), data)
    return chain


def _brute(chain, addresses, topics, first, last) -> list:
    found = []
    for number in range(first, last + 1):
        for log in itertools.chain.from_iterable(receipt.logs for receipt in chain.block(number).receipts):
            if addresses and log.address.lower() not in addresses:
                continue
            if len(log.topics) < len(topics):
                continue
            if all(t is None or log.topics[i] in t for i, t in enumerate(topics)):
                found.append(log)
    return found


def test_the_filter_agrees_with_brute_force(logged):
    topic = {n: f"0x{n:064x}" for n in (1, 2, 3)}
    choices = [None, [topic[1]], [topic[2], topic[3]]]
    seen = 0
    for addresses in ([], LOGGERS[:1], LOGGERS[1:]):
        for topics in [
            (),
            *itertools.product(choices, repeat=1),
            *itertools.product(choices, repeat=2),
            (None,) * 3,
        ]:
            for first, last in ((0, 20), (5, 9), (20, 20)):
                expected = _brute(logged, addresses, topics, first, last)
                assert logged.logs(addresses or None, topics, first, last) == expected
                seen += len(expected)
    assert seen > 100


def test_a_single_topic_and_a_single_address_may_stand_alone(logged):
    topic = f"0x{2:064x}"
    assert logged.logs(LOGGERS[0], [topic]) == logged.logs([LOGGERS[0]], [[topic]])
    assert logged.logs(topics=[bytes.fromhex(topic[2:])]) == logged.logs(topics=[topic])


def test_logs_are_placed_in_their_block(logged):
    for log in logged.logs():
        receipt = logged.receipt(log.transaction_hash)
        assert receipt.logs[log.log_index] == log
        assert logged.block(log.block_number).hash == log.block_hash == receipt.block_hash


@pytest.mark.parametrize(("field", "question"), [("address", {"address": "0x12"}), ("topics", {"topics": ["0x1234"]})])
def test_a_malformed_filter_names_its_field(logged, field, question):
    with pytest.raises(InvalidInput) as refusal:
        logged.logs(**question)
    assert refusal.value.field == field
