"""A second reading of ERC-7562, from the specification's text: it judges a full opcode trace after the fact.

It shares nothing with ``sessionlab.node.bundler`` but the specification.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eth_hash.auto import keccak

from tests.erc7562.opcode_log import Call, Log, Step

ENTRY_POINT = bytes.fromhex("0000000071727de22e5e9d8baf0edac6f37da032")
CREATE_SENDER, VALIDATE_ACCOUNT, VALIDATE_PAYMASTER = (
    keccak(signature)[:4]
    for signature in (
        b"createSender(bytes)",
        b"validateUserOp((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes),bytes32,uint256)",
        b"validatePaymasterUserOp((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes),bytes32,uint256)",
    )
)
DEPOSIT_TO, INCREMENT_NONCE = keccak(b"depositTo(address)")[:4], keccak(b"incrementNonce(uint192)")[:4]
ENVIRONMENT = {
    0x32: "ORIGIN",
    0x3A: "GASPRICE",
    0x40: "BLOCKHASH",
    0x41: "COINBASE",
    0x42: "TIMESTAMP",
    0x43: "NUMBER",
    0x44: "PREVRANDAO",
    0x45: "GASLIMIT",
    0x48: "BASEFEE",
    0x49: "BLOBHASH",
    0x4A: "BLOBBASEFEE",
    0xFE: "INVALID",
    0xFF: "SELFDESTRUCT",
}
EXTCODE = {0x3B: "EXTCODESIZE", 0x3C: "EXTCODECOPY", 0x3F: "EXTCODEHASH"}
CALLS = {0xF1: "CALL", 0xF2: "CALLCODE", 0xF4: "DELEGATECALL", 0xFA: "STATICCALL"}
STORAGE = {0x54: "SLOAD", 0x55: "SSTORE", 0x5C: "TLOAD", 0x5D: "TSTORE"}
#: What the Prague fork assigns (the yellow paper's table, EIP-1153, 3855, 4844, 5656, 7516).
ASSIGNED = {
    *range(0x0C),
    *range(0x10, 0x1E),
    0x20,
    *range(0x30, 0x4B),
    *range(0x50, 0x60),
    *range(0x60, 0xA5),
    *range(0xF0, 0xF6),
    0xFA,
    0xFD,
    0xFE,
    0xFF,
}


@dataclass(frozen=True)
class Found:
    """A violation: rule, entity, opcode, slot, and whose code did it."""

    rule: str
    entity: str
    opcode: str | None = None
    slot: int | None = None
    code: bytes | None = None


@dataclass(frozen=True)
class Operation:
    """The operation's entities, and which of them are staked, by role."""

    sender: bytes
    factory: bytes | None
    paymaster: bytes | None
    staked: frozenset[str]

    @property
    def entities(self) -> set[bytes]:
        return {who for who in (self.sender, self.factory, self.paymaster) if who is not None}


def check(log: Log, operation: Operation) -> list[Found]:
    """Every violation, in no particular order, each once."""
    phases = dict(_phases(log, operation))
    owner = _owners(log, phases)
    hashes = _hashes(log, owner)
    found: list[Found] = []
    for phase, entity in phases.items():
        found += _answers(log.calls[phase], entity, operation)
        found += _creations(log, phase, entity, owner, operation)
        address = log.calls[phase].account
        for entry in log.entries:
            if isinstance(entry, Step) and owner.get(entry.frame) == phase:
                found += _step(log.calls[entry.frame], entry, entity, address, operation, hashes)
        for call in log.calls:
            if owner.get(call.number) == phase and call.error == "OutOfGas" and not call.precompile:
                found.append(Found("OP-020", entity, None, None, call.code_address))
    for role, who in (("factory", operation.factory), ("paymaster", operation.paymaster)):
        entered = [log.calls[phase] for phase, entity in phases.items() if entity == role]
        if who is not None and entered and entered[0].code_address != who:
            found.append(Found("AUTH-020", role))
    return list(dict.fromkeys(found))


def _phases(log: Log, operation: Operation) -> Iterator[tuple[int, str]]:
    """The outermost call of each entity: the EntryPoint makes them, a factory's by its SenderCreator."""
    begun: set[str] = set()
    for call in log.calls:
        if call.parent is None:
            continue
        parents = [log.calls[call.parent]]
        if call.caller == ENTRY_POINT and call.account == ENTRY_POINT:
            return  # execution
        if "factory" not in begun and call.account == operation.factory and parents[0].data[:4] == CREATE_SENDER:
            begun.add("factory")
            yield call.number, "factory"
        elif call.caller == ENTRY_POINT:
            for role, who, selector in (
                ("account", operation.sender, VALIDATE_ACCOUNT),
                ("paymaster", operation.paymaster, VALIDATE_PAYMASTER),
            ):
                if role not in begun and call.account == who and call.data[:4] == selector:
                    begun.add(role)
                    yield call.number, role


def _owners(log: Log, phases: dict[int, str]) -> dict[int, int]:
    """The phase of each call within one. What the EntryPoint does when it is called is its own."""
    owner = {phase: phase for phase in phases}
    for call in log.calls:
        if call.number not in owner and call.parent in owner and call.account != ENTRY_POINT:
            owner[call.number] = owner[call.parent]
    return owner


def _hashes(log: Log, owner: dict[int, int]) -> dict[bytes, set[int]]:
    """keccak256(address ‖ word) of every address, in all of validation."""
    result: dict[bytes, set[int]] = {}
    for step in log.entries:
        if isinstance(step, Step) and step.op == 0x20 and step.frame in owner and len(step.stack) > 1:
            start, size = step.stack[0], step.stack[1]
            if size == 64 and start < 2**20:
                data = step.memory[start : start + 64].ljust(64, b"\0")
                if not any(data[:12]):
                    result.setdefault(data[12:32], set()).add(int.from_bytes(keccak(data), "big"))
    return result


def _step(
    call: Call, step: Step, entity: str, address: bytes, operation: Operation, hashes: dict[bytes, set[int]]
) -> Iterator[Found]:
    op, stack, code = step.op, step.stack, call.code_address
    staked = entity in operation.staked
    if op in ENVIRONMENT:
        yield Found("OP-011", entity, ENVIRONMENT[op], None, code)
    elif op in (0x31, 0x47) and not staked:
        yield Found("OP-080", entity, "BALANCE" if op == 0x31 else "SELFBALANCE", None, code)
    elif op == 0x5A and step.following not in CALLS:
        yield Found("OP-012", entity, "GAS", None, code)
    elif op not in ASSIGNED:
        yield Found("OP-013", entity, f"0x{op:02X}", None, code)
    elif op in STORAGE and stack:
        rule = _storage(call.account, stack[0], op in (0x55, 0x5D), entity, address, operation, hashes)
        if rule is not None:
            yield Found(rule, entity, STORAGE[op], stack[0], code)
    elif op in EXTCODE and stack:
        rule = _used(stack[0], step, operation)
        if _address(stack[0]) == ENTRY_POINT:
            rule = None if op == 0x3B and step.following == 0x15 else "OP-054"
        if rule is not None:
            yield Found(rule, entity, EXTCODE[op], None, code)
    elif op in CALLS and len(stack) >= (7 if op in (0xF1, 0xF2) else 6):
        to, value = _address(stack[1]), stack[2] if op in (0xF1, 0xF2) else 0
        start, size = (stack[3], stack[4]) if op in (0xF1, 0xF2) else (stack[2], stack[3])
        data = step.memory[start : start + min(size, 36)] if start < 2**20 else b""
        data = data.ljust(min(size, 36), b"\0")
        if to == ENTRY_POINT:
            if op != 0xF1 or not _may_ask(call.account, data, size, operation):
                yield Found("OP-054", entity, CALLS[op], None, code)
            return
        if value:
            yield Found("OP-061", entity, CALLS[op], None, code)
        rule = _used(stack[1], step, operation)
        if rule is not None:
            yield Found(rule, entity, CALLS[op], None, code)


def _may_ask(caller: bytes, data: bytes, size: int, operation: Operation) -> bool:
    if data[:4] == DEPOSIT_TO and size >= 4:
        return data[4:36].ljust(32, b"\0") == bytes(12) + operation.sender and caller in (
            operation.sender,
            operation.factory,
        )
    return caller == operation.sender and (size == 0 or data[:4] == INCREMENT_NONCE)


def _used(word: int, step: Step, operation: Operation) -> str | None:
    who = _address(word)
    number = int.from_bytes(who, "big")
    if who in (operation.sender, ENTRY_POINT):
        return None
    if step.code_of[:3] == bytes.fromhex("ef0100"):
        return "AUTH-030"
    if step.code_of or 1 <= number <= 0x11 or number == 0x100:
        return None
    return "OP-062" if 0 < number < 0x1000 else "OP-041"


def _storage(
    owner: bytes,
    slot: int,
    writes: bool,
    entity: str,
    address: bytes,
    operation: Operation,
    hashes: dict[bytes, set[int]],
) -> str | None:
    """The rule that forbids it; None if any of STO-010 to STO-033 allows it."""

    def associated(who: bytes) -> bool:
        return slot == int.from_bytes(who, "big") or any(start <= slot <= start + 128 for start in hashes.get(who, ()))

    staked, external = entity in operation.staked, owner not in operation.entities
    allowed = [
        owner == operation.sender,  # STO-010
        external and associated(operation.sender) and operation.factory is None,  # STO-021
        external and associated(operation.sender) and "factory" in operation.staked,  # STO-022
        staked and owner == address,  # STO-031
        staked and external and associated(address),  # STO-032
        staked and external and not writes,  # STO-033
    ]
    if any(allowed):
        return None
    # What it would take, the nearest first.
    if owner == address:
        return "STO-031"
    if external and associated(operation.sender):
        return "STO-022"
    if external and associated(address):
        return "STO-032"
    return "STO-021" if writes else "STO-033"


def _creations(log: Log, phase: int, entity: str, owner: dict[int, int], operation: Operation) -> Iterator[Found]:
    """CREATE and CREATE2, each with the contract that it makes, if it makes any."""
    senders = 0
    for at, step in enumerate(log.entries):
        if not isinstance(step, Step) or step.op not in (0xF0, 0xF5) or owner.get(step.frame) != phase:
            continue
        following = log.entries[at + 1] if at + 1 < len(log.entries) else None
        made = following.account if isinstance(following, Call) and following.creates else None
        creator, second = log.calls[step.frame].account, step.op == 0xF5
        factory_staked = "factory" in operation.staked
        if second and made == operation.sender:
            senders += 1
        allowed = [
            second and entity == "factory" and made == operation.sender and senders == 1,  # OP-031
            not second and operation.factory is not None and creator == operation.sender,  # OP-032
            factory_staked and creator in (operation.factory, operation.sender),  # EREP-060
            factory_staked and entity == "factory" and not second,  # EREP-061
        ]
        if not any(allowed):
            opcode = "CREATE2" if second else "CREATE"
            yield Found("OP-031" if second else "OP-011", entity, opcode, None, log.calls[step.frame].code_address)


def _answers(call: Call, entity: str, operation: Operation) -> Iterator[Found]:
    if call.error is not None:
        return
    word = int.from_bytes(call.output[:32].ljust(32, b"\0"), "big")
    if entity == "account" and word % 2**160 > 1 and call.output:
        yield Found("EREP-040", "aggregator")
    if entity == "paymaster" and "paymaster" not in operation.staked:
        size = int.from_bytes(call.output[word : word + 32], "big")
        if len(call.output[word + 32 : word + 32 + size]) > 0:
            yield Found("EREP-050", "paymaster")


def _address(word: int) -> bytes:
    return (word % 2**160).to_bytes(20, "big")
