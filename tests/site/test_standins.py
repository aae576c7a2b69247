"""What the browser has in place of libraries in C does what they do: drawn inputs, and they are the oracle."""

from __future__ import annotations

import hashlib
import importlib
import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import coincurve
import pytest
import regex
from Crypto.Hash import keccak as pycryptodome
from eth_keys import KeyAPI
from eth_keys.backends import CoinCurveECCBackend
from eth_keys.exceptions import BadSignature
from lru import LRU

from tests.missing import missing
from tests.site.standins import FOLDER, own, stand_in

secp256k1, keccak = own("secp256k1"), own("keccak")
N, P = secp256k1.N, secp256k1.P


@pytest.fixture(scope="module")
def drawn(request: pytest.FixtureRequest) -> int:
    """How many: some hundred, or what ``--stand-ins`` says."""
    return int(request.config.getoption("--stand-ins"))


def numbers(count: int) -> Iterator[tuple[bytes, bytes]]:
    """Private keys and hashes: drawn, and at the edges of what is a key and of the curve's order."""
    draw = random.Random(22)
    keys = [1, 2, 3, N - 1, N - 2, N // 2, 2**128, 2**255]
    hashes = [0, 1, N - 1, N, N + 1, 2**256 - 1, 2**255]
    for place in range(count):
        key = keys[place % len(keys)] if place < 56 else draw.randrange(1, N)
        digest = hashes[place % len(hashes)] if place < 56 else draw.randrange(2**256)
        yield key.to_bytes(32, "big"), digest.to_bytes(32, "big")


def test_keys_and_signatures_are_coincurves(drawn: int) -> None:
    for secret, digest in numbers(drawn):
        ours, theirs = secp256k1.PrivateKey(secret), coincurve.PrivateKey(secret)
        assert ours.sign_recoverable(digest, hasher=None) == theirs.sign_recoverable(digest, hasher=None)
        for compressed in (True, False):
            assert ours.public_key.format(compressed) == theirs.public_key.format(compressed)


def test_signers_are_recovered_as_coincurve_does(drawn: int) -> None:
    for secret, digest in numbers(drawn):
        signature = coincurve.PrivateKey(secret).sign_recoverable(digest, hasher=None)
        found = secp256k1.PublicKey.from_signature_and_message(signature, digest, hasher=None)
        assert found.format() == coincurve.PrivateKey(secret).public_key.format()


def recovered(library: Any, signature: bytes, digest: bytes) -> bytes | None:
    try:
        return bytes(library.from_signature_and_message(signature, digest, hasher=None).format())
    except Exception:  # coincurve raises Exception itself
        return None


def test_signatures_of_nobody_are_nobodys_and_others_somebodys(drawn: int) -> None:
    """Any 65 bytes: half of all x are no point's, r and s may be 0 or too large, and x may be above the order."""
    draw = random.Random(23)
    edges = [0, 1, 2, N - 1, N, N + 1, P - N - 1, P - N, P - 1, P, 2**256 - 1]
    seen = set()
    for place in range(max(drawn, 500)):
        r, s = (draw.choice(edges) if draw.random() < 0.3 else draw.randrange(2**256) for _ in range(2))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([place % 6])
        digest = draw.randbytes(32)
        ours, theirs = (recovered(library.PublicKey, signature, digest) for library in (secp256k1, coincurve))
        assert ours == theirs, signature.hex()
        seen.add(ours is None)
    assert seen == {True, False}


def test_a_key_at_infinity_is_nobodys() -> None:
    """s·R = e·G: made for the key 0. R is 1·G, so r is the x of G, and s is the digest."""
    digest = (7).to_bytes(32, "big")
    signature = secp256k1.G[0].to_bytes(32, "big") + digest + bytes([secp256k1.G[1] % 2])
    assert recovered(coincurve.PublicKey, signature, digest) is None
    assert recovered(secp256k1.PublicKey, signature, digest) is None


SECRET, DIGEST = b"\1" * 32, b"\7" * 32
SIGNED = coincurve.PrivateKey(SECRET).sign_recoverable(DIGEST, hasher=None)
R, S = SIGNED[:32], SIGNED[32:64]
HIGH = R + (N - int.from_bytes(S, "big")).to_bytes(32, "big") + bytes([SIGNED[64] ^ 1])
#: What goes where bytes of some length belong.
UNFIT: list[Any] = [b"", b"\1" * 31, b"\1" * 33, b"\xff" * 32, b"\xff" * 1_000, bytes(32), "a" * 32, "a", 5, None]
UNFIT += [bytearray(SECRET), memoryview(SECRET), N.to_bytes(32, "big"), (N - 1).to_bytes(32, "big")]
SIGNATURES: list[Any] = [SIGNED, HIGH, SIGNED[:64], SIGNED + b"\0", bytes(65), b"\xff" * 64 + b"\0", *UNFIT]
SIGNATURES += [SIGNED[:64] + bytes([last]) for last in (0, 1, 2, 3, 4, 27, 28, 255)]
SIGNATURES += [bytes(32) + S + b"\0", R + bytes(32) + b"\0", N.to_bytes(32, "big") + S + b"\0"]
SIGNATURES += [R + N.to_bytes(32, "big") + b"\0", bytearray(SIGNED), memoryview(SIGNED)]


def answers_alike(step: Callable[[Any], Any], ours: Any = secp256k1, theirs: Any = coincurve) -> None:
    """A step does with the stand-in what it does with the library: the same result, or an error of the same class."""
    answers = []
    for library in (ours, theirs):
        try:
            answers.append(step(library))
        except Exception as error:
            answers.append(type(error))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("secret", [*filter(None, UNFIT), b"\1", b"", bytes(31) + b"\1", bytes(33)])
def test_what_is_a_key_for_coincurve_is_one_here(secret: Any) -> None:
    answers_alike(lambda library: library.PrivateKey(secret).public_key.format())


def test_more_than_32_bytes_are_not_a_key() -> None:
    """coincurve takes zeros and a key, and reads the first 32 bytes, which are another key."""
    with pytest.raises(ValueError, match="at most 32 bytes"):
        secp256k1.PrivateKey(b"\0" + SECRET)


@pytest.mark.parametrize("hasher", [None, secp256k1.sha256, lambda _: b"short", lambda _: None], ids=range(4))
@pytest.mark.parametrize("message", UNFIT)
def test_what_coincurve_signs_and_recovers_is_signed_and_recovered_here(message: Any, hasher: Any) -> None:
    answers_alike(lambda library: library.PrivateKey(SECRET).sign_recoverable(message, hasher=hasher))
    answers_alike(lambda library: library.PublicKey.from_signature_and_message(SIGNED, message, hasher).format())


def test_a_message_is_hashed_unless_it_is_said_to_be_a_hash() -> None:
    answers_alike(lambda library: library.PrivateKey(SECRET).sign_recoverable(b"a message"))
    answers_alike(lambda library: library.PublicKey.from_signature_and_message(SIGNED, b"a message").format())


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_hostile_signature_is_answered_as_coincurve_answers_it(signature: Any) -> None:
    answers_alike(lambda library: library.PublicKey.from_signature_and_message(signature, DIGEST, None).format())


def test_eth_keys_signs_and_recovers_by_it_as_by_coincurve() -> None:
    ours, theirs = KeyAPI(own("eth_keys_backend").Backend()), KeyAPI(CoinCurveECCBackend())
    for secret, digest in numbers(60):
        signed = [api.ecdsa_sign(digest, api.PrivateKey(secret)) for api in (ours, theirs)]
        assert signed[0].to_bytes() == signed[1].to_bytes()
        keys = [api.ecdsa_recover(digest, signed[0]).to_bytes() for api in (ours, theirs)]
        assert keys[0] == keys[1] == ours.PrivateKey(secret).public_key.to_bytes()
    nobodys = ours.Signature(vrs=(0, 5, 5))
    assert recovered(coincurve.PublicKey, nobodys.to_bytes(), bytes(32)) is None
    with pytest.raises(BadSignature):
        ours.ecdsa_recover(bytes(32), nobodys)


def messages(count: int) -> list[bytes]:
    """Every length up to three blocks, whose padding is one byte, and many; then drawn lengths."""
    draw = random.Random(24)
    lengths = [*range(min(count, 3 * keccak.RATE + 2)), *(draw.randrange(600) for _ in range(count))]
    return [draw.randbytes(length) for length in lengths[:count]]


def of_pycryptodome(message: bytes) -> bytes:
    return pycryptodome.new(data=message, digest_bits=256).digest()


def test_hashes_in_python_are_pycryptodomes(drawn: int) -> None:
    for message in messages(max(drawn, 420)):
        assert keccak.in_python(message) == of_pycryptodome(message), len(message)


def test_hashes_in_javascript_are_pycryptodomes(drawn: int) -> None:
    node = shutil.which("node")
    if node is None:
        missing("node is not installed")
    given = messages(max(drawn, 420))
    script = """
        const hash = eval(require('fs').readFileSync(process.argv[1], 'utf8'));
        const given = JSON.parse(require('fs').readFileSync(0, 'utf8'));
        console.log(JSON.stringify(given.map(hex => Buffer.from(hash(Buffer.from(hex, 'hex'))).toString('hex'))));
    """
    command = [node, "--eval", script, str(FOLDER / "sessionlab_standins" / "keccak.js")]
    asked = json.dumps([message.hex() for message in given])
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [of_pycryptodome(message).hex() for message in given]


def test_a_hash_is_fed_in_parts_as_pycryptodome_is() -> None:
    ours, theirs = stand_in("Crypto.Hash.keccak"), pycryptodome
    for library in (ours, theirs):
        fed = library.new(data=b"a", digest_bits=256, update_after_digest=True).update(b"bc")
        assert fed.digest() == of_pycryptodome(b"abc")
        assert fed.update(b"d").hexdigest() == of_pycryptodome(b"abcd").hex()
        once = library.new(digest_bytes=32)
        assert once.digest() == of_pycryptodome(b"")
        with pytest.raises(TypeError):
            once.update(b"x")


@pytest.mark.parametrize("data", [b"", b"x" * 135, b"x" * 136, b"x" * 137, b"x" * 10_000, *UNFIT, [1, 2]])
def test_what_pycryptodome_hashes_is_hashed_here(data: Any) -> None:
    ours = stand_in("Crypto.Hash.keccak")
    answers_alike(lambda library: library.new(data=data, digest_bits=256).digest(), ours, pycryptodome)
    answers_alike(lambda library: library.new(digest_bytes=32).update(data).digest(), ours, pycryptodome)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"digest_bits": 256, "digest_bytes": 32},
        {"digest_bits": 0},
        {"digest_bits": 255},
        {"digest_bytes": 33},
        {"digest_bits": 256, "rounds": 1},
    ],
    ids=str,
)
def test_a_hash_that_is_none_of_keccaks_is_refused_as_pycryptodome_refuses_it(asked: dict[str, int]) -> None:
    answers_alike(lambda library: library.new(**asked).digest(), stand_in("Crypto.Hash.keccak"), pycryptodome)


def test_what_is_missing_says_so() -> None:
    missing = importlib.import_module("sessionlab_standins")
    with pytest.raises(missing.NotInTheBrowser, match="256 bits"):
        stand_in("Crypto.Hash.keccak").new(digest_bits=512)
    ckzg = stand_in("ckzg")
    assert ckzg.load_trusted_setup(Path("x"), 0) is None
    with pytest.raises(missing.NotInTheBrowser, match="A blob needs a library in C"):
        ckzg.blob_to_kzg_commitment(b"", None)
    with pytest.raises(missing.NotInTheBrowser, match="key file"):
        stand_in("Crypto.Cipher.AES").new(b"")


def test_the_bounded_dict_forgets_what_lru_dict_forgets() -> None:
    draw, ours = random.Random(25), stand_in("lru").LRU
    for size in (1, 2, 7):
        pair: list[Any] = [ours(size), LRU(size)]
        for _ in range(2_000):
            key, step = draw.randrange(12), draw.randrange(7)
            answers = []
            for cache in pair:
                try:
                    answers.append(used(cache, step, key))
                except KeyError as error:
                    answers.append(f"no {error}")
            assert answers[0] == answers[1]
            assert [pair[0].items(), pair[0].keys(), pair[0].values()] == [
                pair[1].items(),
                pair[1].keys(),
                pair[1].values(),
            ]
            assert len(pair[0]) == len(pair[1])
    for size in (0, -1, 1.5, "1", None):
        answers_alike(lambda library: len(library(size)), ours, LRU)  # noqa: B023
    for use in (iter, lambda cache: cache[[]], lambda cache: [] in cache, lambda cache: cache == type(cache)(2), bool):
        answers_alike(lambda library: use(library(2)), ours, LRU)  # noqa: B023


def used(cache: Any, step: int, key: int) -> Any:
    """One use of a cache, of those that py-evm makes."""
    if step == 0:
        return cache[key]
    if step == 1:
        return cache.get(key, "none")
    if step == 2:
        return key in cache
    if step == 3:
        del cache[key]
        return None
    if step == 4 and key == 11:
        return cache.clear()
    cache[key] = (key, step)
    return None


def test_the_patterns_of_types_match_as_regex_matches_them() -> None:
    """Every pattern that eth-abi and the parser's own grammar hold, at every place of drawn texts."""
    from eth_abi.grammar import grammar
    from parsimonious.grammar import rule_grammar

    ours = stand_in("regex")
    patterns = {
        rule.re.pattern: rule.re.flags for of in (grammar, rule_grammar) for rule in inner(of) if hasattr(rule, "re")
    }
    assert len(patterns) >= 8
    draw = random.Random(26)
    letters = "(),[]0123456789uintaddressbytes x\n\"'~=/&!?*+{}#ilmsuxa\\λ"
    matched = 0
    for pattern, flags in patterns.items():
        flags &= regex.I | regex.M | regex.S | regex.X
        mine, theirs = ours.compile(pattern, flags), regex.compile(pattern, flags)
        for _ in range(300):
            text = "".join(draw.choice(letters) for _ in range(draw.randrange(12)))
            for start in range(len(text) + 1):
                pair = [
                    found and (found.span(), found.groups())
                    for found in (mine.match(text, start), theirs.match(text, start))
                ]
                assert pair[0] == pair[1], (pattern, text)
                matched += pair[0] is not None
    assert matched > 1_000


def inner(grammar: Any) -> list[Any]:
    """Every expression of a grammar."""
    found, todo = {}, list(grammar.values())
    while todo:
        rule = todo.pop()
        if id(rule) not in found:
            found[id(rule)] = rule
            todo += getattr(rule, "members", ())
    return list(found.values())


def test_hashes_do_not_depend_on_the_kind_of_bytes() -> None:
    for kind in (bytes, bytearray, memoryview):
        assert keccak.in_python(kind(b"abc")) == of_pycryptodome(b"abc")
    assert hashlib.sha3_256(b"abc").digest() != of_pycryptodome(b"abc"), "the padding of the standard is another"
