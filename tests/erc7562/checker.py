"""A second reading of ERC-7562, from the specification's text: it judges a full opcode trace after the fact.

It shares nothing with ``sessionlab.node.bundler`` but the specification: opcodes are Vyper's, functions are hashed from
their signatures, and how calls nest is worked out from what py-evm's own loop left behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eth_hash.auto import keccak
from vyper.evm.opcodes import OPCODES

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
#: Opcodes by name, as Vyper's assembler knows them; INVALID is one, and two of Vyper's are its debugger's.
OPCODE = {name: about[0] for name, about in OPCODES.items() if about[0] is not None}
ASSIGNED = set(OPCODE.values()) - {OPCODE["DEBUG"], OPCODE["BREAKPOINT"]}


def numbered(names: str) -> dict[int, str]:
    return {OPCODE[name]: name for name in names.split()}


ENVIRONMENT = numbered(
    "ORIGIN GASPRICE BLOCKHASH COINBASE TIMESTAMP NUMBER PREVRANDAO GASLIMIT BASEFEE BLOBHASH BLOBBASEFEE INVALID "
    "SELFDESTRUCT"
)
BALANCES, EXTCODE = numbered("BALANCE SELFBALANCE"), numbered("EXTCODESIZE EXTCODECOPY EXTCODEHASH")
CALLS, STORAGE = numbered("CALL CALLCODE DELEGATECALL STATICCALL"), numbered("SLOAD SSTORE TLOAD TSTORE")
CREATIONS = numbered("CREATE CREATE2")
GAS, HASH, ISZERO = OPCODE["GAS"], OPCODE["SHA3"], OPCODE["ISZERO"]
#: Those that call with value, and those that write.
PAYING, WRITING = numbered("CALL CALLCODE"), numbered("SSTORE TSTORE")


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
        entered = log.calls[phase]
        found += _answers(entered, entity, operation)
        found += _creations(log, phase, entity, owner, operation)
        for entry in log.entries:
            if isinstance(entry, Step) and owner.get(entry.call.number) == phase:
                found += _step(entry, entity, entered.account, operation, hashes)
        found += [
            Found("OP-020", entity, None, None, call.code_address)
            for call in log.calls
            if phase in (owner.get(call.number), _owner_of_caller(call, owner))
            if call.error == "OutOfGas" and not _is_precompile(call.code_address)
        ]
        named = {"factory": operation.factory, "paymaster": operation.paymaster}.get(entity)
        if named is not None and entered.code_address != named:
            found.append(Found("AUTH-020", entity))
    return list(dict.fromkeys(found))


def _phases(log: Log, operation: Operation) -> Iterator[tuple[int, str]]:
    """The outermost call of each entity: the EntryPoint makes them, a factory's by its SenderCreator."""
    begun: set[str] = set()
    for call in log.calls:
        if call.parent is None:
            continue
        if call.caller == ENTRY_POINT and call.account == ENTRY_POINT:
            return  # execution
        if "factory" not in begun and call.account == operation.factory and call.parent.data[:4] == CREATE_SENDER:
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
        above = _owner_of_caller(call, owner)
        if call.number not in owner and above is not None and call.account != ENTRY_POINT:
            owner[call.number] = above
    return owner


def _owner_of_caller(call: Call, owner: dict[int, int]) -> int | None:
    return None if call.parent is None else owner.get(call.parent.number)


def _hashes(log: Log, owner: dict[int, int]) -> dict[bytes, set[int]]:
    """keccak256(address ‖ word) of every address, in all of validation."""
    result: dict[bytes, set[int]] = {}
    for step in log.entries:
        if isinstance(step, Step) and step.op == HASH and step.call.number in owner and len(step.stack) > 1:
            start, size = step.stack[0], step.stack[1]
            if size == 64 and start < 2**20:
                data = step.memory[start : start + 64].ljust(64, b"\0")
                if int.from_bytes(data[:32], "big") < 2**160:
                    result.setdefault(data[12:32], set()).add(int.from_bytes(keccak(data), "big"))
    return result


def _step(
    step: Step, entity: str, address: bytes, operation: Operation, hashes: dict[bytes, set[int]]
) -> Iterator[Found]:
    op, stack, call = step.op, step.stack, step.call
    code = call.code_address
    if op in ENVIRONMENT:
        yield Found("OP-011", entity, ENVIRONMENT[op], None, code)
    elif op in BALANCES and entity not in operation.staked:
        yield Found("OP-080", entity, BALANCES[op], None, code)
    elif op == GAS and step.following not in CALLS:
        yield Found("OP-012", entity, "GAS", None, code)
    elif op not in ASSIGNED:
        yield Found("OP-013", entity, f"0x{op:02X}", None, code)
    elif op in STORAGE and stack:
        rule = _storage(call.account, stack[0], op in WRITING, entity, address, operation, hashes)
        if rule is not None:
            yield Found(rule, entity, STORAGE[op], stack[0], code)
    elif op in EXTCODE and stack:
        rule = _used(_address(stack[0]), step, operation)
        if _address(stack[0]) == ENTRY_POINT and (EXTCODE[op], step.following) != ("EXTCODESIZE", ISZERO):
            rule = "OP-054"
        if rule is not None:
            yield Found(rule, entity, EXTCODE[op], None, code)
    elif op in CALLS and len(stack) >= 7 - (op not in PAYING):
        to, value = _address(stack[1]), stack[2] if op in PAYING else 0
        start, size = stack[3:5] if op in PAYING else stack[2:4]
        data = step.memory[start : start + min(size, 36)] if start < 2**20 else b""
        data = data.ljust(min(size, 36), b"\0")
        if to == ENTRY_POINT:
            if CALLS[op] != "CALL" or not _may_ask(call.account, data, size, operation):
                yield Found("OP-054", entity, CALLS[op], None, code)
            return
        if value:
            yield Found("OP-061", entity, CALLS[op], None, code)
        rule = _used(to, step, operation)
        if rule is not None:
            yield Found(rule, entity, CALLS[op], None, code)


def _may_ask(caller: bytes, data: bytes, size: int, operation: Operation) -> bool:
    if data[:4] == DEPOSIT_TO and size >= 4:
        return data[4:36].ljust(32, b"\0") == bytes(12) + operation.sender and caller in (
            operation.sender,
            operation.factory,
        )
    return caller == operation.sender and (size == 0 or data[:4] == INCREMENT_NONCE)


def _used(who: bytes, step: Step, operation: Operation) -> str | None:
    held, number = step.codes[who], int.from_bytes(who, "big")
    if who in (operation.sender, ENTRY_POINT):
        return None
    if held[:3] == bytes.fromhex("ef0100"):
        return "AUTH-030"
    if held or _is_precompile(who):
        return None
    return "OP-062" if 0 < number < 0x1000 else "OP-041"


def _is_precompile(who: bytes) -> bool:
    number = int.from_bytes(who, "big")
    return 0x01 <= number <= 0x11 or number == 0x100


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
        if not isinstance(step, Step) or step.op not in CREATIONS or owner.get(step.call.number) != phase:
            continue
        following = log.entries[at + 1] if at + 1 < len(log.entries) else None
        made = following.account if isinstance(following, Call) and following.creates else None
        creator, second = step.call.account, CREATIONS[step.op] == "CREATE2"
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
            yield Found("OP-031" if second else "OP-011", entity, CREATIONS[step.op], None, step.call.code_address)


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
