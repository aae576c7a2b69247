"""The loop agrees with py-evm's own: on random programs, output, gas, logs, storage and halt are the same."""

import random

import pytest
from eth.db.atomic import AtomicDB
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.memory import Memory

from sessionlab.core.evm.execution import Executed, simulate
from sessionlab.core.evm.fork import LabState, open_state

TARGET = bytes.fromhex("c0" * 20)
CALLER = bytes.fromhex("ca" * 20)

ARITHMETIC = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B]
COMPARISON = [0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D]
SCENERY = [0x30, 0x32, 0x33, 0x34, 0x35, 0x36, 0x38, 0x3D, 0x58, 0x59, 0x5A]
MEMORY = [0x20, 0x51, 0x52, 0x53, 0x5E, 0x37, 0x39]
STORAGE = [0x54, 0x55, 0x5C, 0x5D]
REST = [0x50, 0x56, 0x57, 0x5B, 0x00, 0xF3, 0xFD, 0xFE, 0xA0, 0xA1, 0xF1, 0xFA, 0x0C]
PURE = [op for op in ARITHMETIC if op not in (0x08, 0x09)] + COMPARISON + [0x35]
EVERY = ARITHMETIC + COMPARISON + SCENERY + MEMORY + STORAGE + REST


class PlainState(LabState):
    """The same state with py-evm's computation as it comes."""

    computation_class = PragueComputation


def _program(draw: random.Random) -> bytes:
    """Make a program that mostly runs through: words on the stack, small offsets, jumps that land."""
    code, depth = bytearray(), 0
    for _ in range(draw.randrange(5, 60)):
        while depth < 4:
            size = draw.choice((0, 1, 1, 1, 2, 20, 32))
            code += bytes([0x5F + size]) + draw.randbytes(size)
            depth += 1
        shape = draw.random()
        if shape < 0.25:
            code += bytes([0x60, draw.randrange(96), 0x51]) if draw.random() < 0.5 else bytes([0x60, 32, 0x52])
            depth += 1 if code[-1] == 0x51 else -1
        elif shape < 0.4:
            code.append(draw.choice((0x80, 0x81, 0x83, 0x90, 0x91, 0x92)))
            depth += code[-1] < 0x90
        elif shape < 0.5:  # jump over an invalid byte, mostly to the JUMPDEST after it
            target = len(code) + 5 + (draw.random() < 0.03)
            code += b"\x61" + target.to_bytes(2, "big") + draw.choice((b"\x56\xfe\x5b", b"\x57\x5b\x5b"))
            depth -= code[-3] == 0x57
        elif shape < 0.97:
            code.append(draw.choice(PURE))
            depth -= 0 if code[-1] in (0x15, 0x19, 0x35) else 1
        else:
            code.append(draw.choice(EVERY))
    return bytes(code) + bytes.fromhex("5f5260205260405260605ff3")


def _run(kind: type[LabState], code: bytes, data: bytes, gas: int) -> tuple[Executed, bytes, list[int]]:
    fields = {"number": 5, "timestamp": 99, "coinbase": bytes(19) + b"\x01", "mix_hash": b"\x07" * 32}
    context = {"chain_id": 1337, "gas_limit": 60_000_000, "base_fee": 10**9, "previous_hashes": ()}
    root = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
    opened = open_state(AtomicDB(), root, **fields, **context)
    state = kind(opened._db, opened.execution_context, root)
    state.set_balance(CALLER, 10**18)
    state.set_code(TARGET, code)
    state.set_storage(TARGET, 1, 5)
    state.lock_changes()
    done = simulate(state, sender=CALLER, to=TARGET, data=data, value=3, gas=gas)
    return done, state.make_state_root(), [state.get_storage(TARGET, slot) for slot in range(4)]


def _manner(halt: str | None) -> str:
    """Tell how a program ended. Of two faults either may be noticed first; all gas is gone either way."""
    return halt if halt == "Revert" else "burned" if halt else "fine"


@pytest.mark.parametrize("seed", range(12))
def test_random_programs_end_the_same(seed):
    draw, halts = random.Random(seed), set()
    for _ in range(60):
        code, data, gas = (
            _program(draw),
            draw.randbytes(draw.randrange(70)),
            draw.choice((200, 3_000, 200_000)),
        )
        ours, plain = _run(LabState, code, data, gas), _run(PlainState, code, data, gas)
        assert _manner(ours[0].halt) == _manner(plain[0].halt), code.hex()
        same = ("status", "gas_used", "output", "logs", "depth")
        assert [getattr(ours[0], f) for f in same] == [getattr(plain[0], f) for f in same], code.hex()
        assert ours[1:] == plain[1:], code.hex()
        halts.add(_manner(ours[0].halt))
    assert halts >= {"fine", "burned"}


EDGES = [0, 1, 2, 31, 32, 33, 255, 256, 257, 2**64, 2**255 - 1, 2**255, 2**256 - 2, 2**256 - 1]


@pytest.mark.parametrize("opcode", [0x35, *ARITHMETIC, *COMPARISON])
def test_each_opcode_agrees_on_the_edges(opcode):
    answers = set()
    for left in EDGES:
        for right in EDGES:
            pushes = b"".join(b"\x7f" + word.to_bytes(32, "big") for word in (3, right, left))
            code = pushes + bytes([opcode]) + bytes.fromhex("5f5260205ff3")
            ours, plain = (
                _run(LabState, code, b"\xab" * 40, 10**5),
                _run(PlainState, code, b"\xab" * 40, 10**5),
            )
            assert ours == plain, (left, right)
            answers.add(ours[0].output)
    assert len(answers) > 1


@pytest.mark.parametrize("offset", [0, 1, 31, 32, 33, 63, 64, 65, 95, 96, 10_000, 2**32, 2**256 - 1])
@pytest.mark.parametrize("opcode", ["51", "6000526040", "53"])
def test_memory_agrees_around_its_end(offset, opcode):
    """Three words are in use; the opcode reads or writes at the offset, then all of memory is returned."""
    push = "7f" + offset.to_bytes(32, "big").hex()
    code = bytes.fromhex("60aa605f53" + "7f" + "cd" * 32 + push + ("52" if opcode.startswith("60") else opcode))
    code += bytes.fromhex("595ff3")
    ours, plain = _run(LabState, code, b"", 10**6), _run(PlainState, code, b"", 10**6)
    assert ours == plain


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 95, 96, 97, 10_000, 2**32, 2**256 - 1])
@pytest.mark.parametrize("source", [0, 1, 33, 64, 96, 97, 2**64, 2**256 - 1])
@pytest.mark.parametrize("target", [0, 1, 32, 95, 96, 97, 2**256 - 1])
@pytest.mark.parametrize("opcode", ["37", "5e"])
def test_copies_agree_around_the_end_of_memory_and_data(opcode, target, source, size):
    """Three words are in use, told apart byte by byte; all of memory is returned."""
    fill = "".join(f"7f{bytes(range(n, n + 32)).hex()}60{n:02x}52" for n in (0, 32, 64))
    words = "".join("7f" + word.to_bytes(32, "big").hex() for word in (size, source, target))
    code = bytes.fromhex(fill + words + opcode + "595ff3")
    data = bytes(range(100, 170))
    assert _run(LabState, code, data, 10**6) == _run(PlainState, code, data, 10**6)


@pytest.mark.parametrize("growth", ["61010051", "60aa61010052", "600161010053", "5f5f6101005f37"])
def test_memory_that_moves_when_it_grows_is_still_one_memory(growth, monkeypatch):
    """py-evm gives a frame another buffer when it grows while somebody holds a view of the old one."""

    def move(memory: Memory, start: int, size: int) -> None:
        more = bytes(max(0, -(-(start + size) // 32) * 32 - len(memory)))
        if len(memory) < 160:
            memory._bytes.extend(more)
        else:
            memory._bytes = memory._bytes + more

    monkeypatch.setattr(Memory, "extend", move)
    first = "7f" + "cd" * 32 + "608052"  # five words in use
    later = "7f" + "ab" * 32 + "602052" + "602051" + "604052" + "602060205f5e" + "60206020608037"
    code = bytes.fromhex(first + growth + later + "595ff3")
    ours, plain = _run(LabState, code, b"\xee" * 64, 10**6), _run(PlainState, code, b"\xee" * 64, 10**6)
    assert ours == plain
    assert b"\xab" * 32 in ours[0].output


#: Two opcodes that run as one step, and beside each what must not run so.
PAIRS = {
    "PUSH MLOAD": "60aa5f52602051602052600051",
    "PUSH MLOAD and MSTORE beyond the memory": "6040516060526080516020525f51",
    "PUSH MSTORE": "60aa60bb60005260205260aa5f52",
    "PUSH JUMP": "60aa600656fe5b600b5bfe5b6010565b",
    "PUSH JUMP to no JUMPDEST": "60aa600556fe5b",
    "PUSH JUMPI, taken": "60aa6001600857fe5b60bb",
    "PUSH JUMPI, not taken": "60aa6000600857005b60bb",
    "PUSH JUMPI, not taken, to no JUMPDEST": "60aa600060075760bb",
    "PUSH JUMPI, taken, to no JUMPDEST": "60aa600160075760bb",
    "PUSH JUMPI into pushed data": "6001600657615b5b00",
    "JUMP and JUMPI from the stack": "600a6001816100105700fe5b565bfe005b",
    "SWAP POP": "600160026003915090505f52",
    "SWAP POP of too few": "6001915000",
    "DUP ADD": "6001600260038201815f5280015f52",
    "DUP ADD of a sum too large": "7f" + "ff" * 32 + "80018001",
    "DUP ADD of too few": "60018201",
    "PUSH at the end": "600160",
}


@pytest.mark.parametrize("program", PAIRS)
def test_pairs_of_opcodes_agree_at_any_gas(program):
    """Opcode by opcode: whatever gas is left, the same is done, burned and returned."""
    code = bytes.fromhex(PAIRS[program]) + bytes.fromhex("5f5260405ff3")
    for gas in range(130):
        ours, plain = _run(LabState, code, b"", gas), _run(PlainState, code, b"", gas)
        assert _manner(ours[0].halt) == _manner(plain[0].halt), gas
        assert (ours[0].gas_used, ours[0].output) == (plain[0].gas_used, plain[0].output), gas


@pytest.mark.parametrize("height", range(1019, 1025))
@pytest.mark.parametrize("pair", ["604051", "60aa6040526001", "603f5650", "8001", "8f01", "9050", "9f50"])
def test_pairs_of_opcodes_agree_on_a_high_stack(pair, height):
    code = bytes.fromhex("60aa604052") + b"\x5b" * 59 + b"\x60\x01" * height + bytes.fromhex(pair) + b"\x00"
    ours, plain = _run(LabState, code, b"", 10_000), _run(PlainState, code, b"", 10_000)
    assert _manner(ours[0].halt) == _manner(plain[0].halt)
    assert ours[0].gas_used == plain[0].gas_used


@pytest.mark.parametrize("opcode", ["30", "33", "36", "3d", "5a"])
def test_a_full_stack_takes_no_context_either(opcode):
    code = bytes.fromhex("5f" * 1023 + opcode + "00"), bytes.fromhex("5f" * 1024 + opcode + "00")
    halts = [_run(LabState, program, b"", 10**5)[0].halt for program in code]
    assert halts == [None, "FullStack"]


def test_what_a_call_returned_has_its_size_told():
    """The identity precompile returns its data: RETURNDATASIZE, GAS, CALLER and ADDRESS after it agree."""
    code = bytes.fromhex("3d5f5260405f60405f5f60045af1503d602052335a3060405260605260805259 5ff3".replace(" ", ""))
    assert _run(LabState, code, b"", 10**6) == _run(PlainState, code, b"", 10**6)


def _once(code: str) -> Executed:
    return _run(LabState, bytes.fromhex(code), b"", 100_000)[0]


@pytest.mark.parametrize(
    ("code", "halt"),
    [
        ("50", "InsufficientStack"),
        ("80", "InsufficientStack"),
        ("6001" + "90", "InsufficientStack"),
        ("5b5f5f56", "FullStack"),
        ("600356", "InvalidJumpDestination"),
        ("6004565b", "InvalidJumpDestination"),
        ("6001605b56", "InvalidJumpDestination"),
        ("0c", "InvalidInstruction"),
        ("7f", None),
        ("", None),
    ],
)
def test_each_way_to_stop(code, halt):
    assert _once(code).halt == halt


def test_a_jump_into_pushed_data_is_refused():
    assert _once("6003" + "56" + "605b" + "00").halt == "InvalidJumpDestination"
    assert _once("6004" + "56" + "605b").halt == "InvalidJumpDestination"


def test_running_out_of_gas_takes_all_of_it():
    done = _run(LabState, bytes.fromhex("5b5f56"), b"", 777)[0]
    assert (done.halt, done.gas_used, done.output) == ("OutOfGas", 777, b"")
