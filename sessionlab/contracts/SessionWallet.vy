# pragma version 0.4.3
"""
@title SessionWallet
@notice An ERC-4337 v0.7 account whose owner can let other keys act within permissions. It answers
        `validateUserOp`, `executeUserOp`, `execute`, `executeBatch` and `installSession` from `__default__`,
        which reads them where they lie in the calldata (see `reading.vy`); their ABI is in
        `ISessionWallet.vyi`. Read `_validate` first: it is the rule text of the validation phase.
# error UnrecognizedFunction(selector: bytes4)
# error ValidationFunctionMissing(selector: bytes4)
# error SelfCallRecursionDepthExceeded(call: uint256)
# error RequireUserOperationContext()
# error DeferredActionSignatureInvalid()
# error SignatureValidationInvalid(entityId: uint32)
# error NotAuthorized(caller: address)
# error AlreadyInitialized()
"""

import reading
import rules
import calls
import sessions
import allowances
import reach
import spending
import installing
import signatures

initializes: rules
initializes: sessions[rules := rules]
initializes: allowances
initializes: reach[rules := rules]
initializes: spending[rules := rules, allowances := allowances, reach := reach]
initializes: installing[rules := rules, sessions := sessions, allowances := allowances, reach := reach]
initializes: signatures

ENTRY_POINT: constant(address) = 0x0000000071727De22E5E9d8BAf0edAc6f37da032
IDENTITY: constant(address) = 0x0000000000000000000000000000000000000004
# Vyper needs a bound for what is copied to memory; only a deferred install is, in the session's first operation.
MAX_CALLDATA: constant(uint256) = 98_304

VALIDATE_USER_OP: constant(bytes4) = 0x19822f7c
EXECUTE_USER_OP: constant(bytes4) = 0x8dd7712f
INSTALL_SESSION: constant(bytes4) = method_id(
    "installSession(uint32,address,uint48,uint48,uint256,(uint256,address,bytes4,uint256)[])", output_type=bytes4
)
UNINSTALL_SESSION: constant(bytes4) = method_id("uninstallSession(uint32,bool)", output_type=bytes4)
UPDATE_FALLBACK_SIGNER: constant(bytes4) = method_id("updateFallbackSignerData(address,bool)", output_type=bytes4)

# Flags in the nonce's key (bits 64 to 71 of the nonce); the entity id stands above them.
GLOBAL_LANE: constant(uint256) = 1
DEFERRED_LANE: constant(uint256) = 2
# ERC-4337 validationData: the signature does not fit.
SIGNATURE_FAILED: constant(uint256) = 1
# A signature over a user operation: 0xff, 0x00, then r, s and v.
SIGNATURE_BYTES: constant(uint256) = 67
SIGNATURE_PREFIX: constant(uint256) = 65_280  # 0xff00
MAGIC_1271: constant(bytes4) = 0x1626ba7e

# The static words of a PackedUserOperation, as they lie in the calldata. Offsets count from the first.
struct Head:
    sender: address
    nonce: uint256
    initCode: uint256
    callData: uint256
    accountGasLimits: uint256
    preVerificationGas: uint256
    gasFees: uint256
    paymasterAndData: uint256
    signature: uint256

FACTORY: immutable(address)


@deploy
def __init__(bits: uint256, factory: address):
    """
    @param bits The ruleset, see `rules.vy`.
    @param factory The only contract that may name an owner.
    """
    rules.__init__(bits)
    FACTORY = factory


@external
@payable
@raw_return
def __default__() -> Bytes[32]:
    """
    @notice The functions of `ISessionWallet.vyi`, and plain value.
    """
    # Memory is paid by its highest word: what is small comes first, the large buffers last.
    size: uint256 = len(msg.data)
    if size == 0:
        return b""
    if size < 4:
        raw_revert(abi_encode(0x00000000, method_id=method_id("UnrecognizedFunction(bytes4)")))
    selector: bytes4 = convert(slice(msg.data, 0, 4), bytes4)
    head: Head = empty(Head)
    answer: uint256 = 0
    at: uint256 = 0
    start: uint256 = 0
    length: uint256 = 0
    signature: uint256 = 0
    hash: bytes32 = empty(bytes32)

    if selector == VALIDATE_USER_OP:
        self._only_entry_point()
        at = 4 + reading._word(4)
        head = self._head(at)
        signature = at + head.signature
        length = reading._word(signature)
        start = signature + 32
        if head.nonce >> 64 & DEFERRED_LANE != 0:
            # len4, locator 21, deadline 6, call, sigLen4, type 1, signature 65, and then the operation's own.
            signature = start
            length = self._deferred_length(start, length)
            hash = signatures._deferred_action(
                head.nonce,
                self._deadline(signature),
                keccak256(
                    slice(
                        raw_call(IDENTITY, msg.data, max_outsize=MAX_CALLDATA, is_static_call=True),
                        signature + 31,
                        length - 27,
                    )
                ),
            )
            self._check_deferred(head.nonce, signature, length, hash)
            raw_call(
                self,
                slice(
                    raw_call(IDENTITY, msg.data, max_outsize=MAX_CALLDATA, is_static_call=True),
                    signature + 31,
                    length - 27,
                ),
            )
            answer = self._deadline(signature) << 160
            start = signature + 4 + length + 70
            length = reading._word(at + head.signature) - (start - signature)
        answer = self._validate(at, head, start, length, convert(reading._word(36), bytes32), answer)
        self._pay(reading._word(68))
        return abi_encode(answer)

    if selector == EXECUTE_USER_OP:
        self._only_entry_point()
        at = 4 + reading._word(4)
        self._execute_user_op(at, self._head(at))
        return b""
    if calls._is_calls(selector):
        self._only_entry_point()
        calls._run(calls._open(selector, 0, size))
        return b""
    if selector == INSTALL_SESSION:
        self._only_privileged()
        self._install()
        return b""
    raw_revert(abi_encode(selector, method_id=method_id("UnrecognizedFunction(bytes4)")))


@external
def initialize(owner: address):
    """
    @notice Names the owner of a new wallet, once.
    """
    if msg.sender != FACTORY:
        self._not_authorized()
    if signatures.stored_owner != empty(address):
        raw_revert(method_id("AlreadyInitialized()"))
    signatures._set_owner(owner, False)


@external
def uninstallSession(entityId: uint32, withHookData: bool):
    """
    @notice Revokes a session. Under the deployed rules its lists and allowances stay unless `withHookData`.
    """
    self._only_privileged()
    sessions._revoke(entityId, withHookData)


@external
def updateFallbackSignerData(fallbackSigner: address, isDisabled: bool):
    """
    @notice Replaces or disables the owner. A production function, and one that a session can be granted.
    """
    self._only_privileged()
    signatures._set_owner(fallbackSigner, isDisabled)


@external
@view
def isValidSignature(hash: bytes32, signature: Bytes[1024]) -> bytes4:
    """
    @notice ERC-1271. Takes 0x00, the entity id in 4 bytes, 0xff00, r, s, v; the owner signs the wallet's
            ReplaySafeHash of `hash`. A session key cannot sign for the wallet.
    """
    if len(signature) != 72 or slice(signature, 0, 1) != b"\x00" or slice(signature, 5, 2) != b"\xff\x00":
        return 0xffffffff
    entity_id: uint32 = convert(convert(slice(signature, 1, 4), bytes4), uint32)
    if entity_id != 0:
        raw_revert(abi_encode(entity_id, method_id=method_id("SignatureValidationInvalid(uint32)")))
    if signatures._signed_by(
        signatures._owner(),
        signatures._replay_safe(hash),
        convert(slice(signature, 7, 32), uint256),
        convert(slice(signature, 39, 32), uint256),
        convert(slice(signature, 71, 1), uint256),
    ):
        return MAGIC_1271
    return 0xffffffff


@external
@pure
def onERC721Received(operator: address, sender: address, tokenId: uint256, data: Bytes[1024]) -> bytes4:
    """
    @notice ERC-721: the wallet can hold collectibles.
    """
    return 0x150b7a02


@external
@pure
def supportsInterface(interfaceId: bytes4) -> bool:
    """
    @notice ERC-165: itself, ERC-1271, the ERC-721 receiver, and ERC-4337's IAccount and IAccountExecute.
    """
    return interfaceId in [0x01ffc9a7, 0x1626ba7e, 0x150b7a02, 0x19822f7c, 0x8dd7712f]


@external
@view
def owner() -> address:
    """
    @notice The address whose key may do everything; zero when disabled.
    """
    return signatures._owner()


@external
@view
def session(entityId: uint32) -> (address, uint256, uint256, uint256, uint256):
    """
    @notice Of one session: its key (zero: not installed), the marks of `sessions.vy`, its window as
            ERC-4337 validationData, its life (how often the id was revoked), and the scope of its lists.
    """
    found: sessions.Session = sessions._session(entityId)
    return (
        convert(found.header & (2 ** 160 - 1), address),
        found.header >> 160,
        sessions._window(found),
        found.life,
        found.scope,
    )


@external
@view
def allowance(entityId: uint32, kind: uint256, token: address) -> (uint256, uint256):
    """
    @notice Limit and rest of one allowance: kind 1 native (wei), 2 ERC-20 (units), 3 gas (wei or gas).
    """
    scope: uint256 = sessions._session(entityId).scope
    key: uint256 = allowances._key(kind, token)
    return allowances.limits[scope][key], allowances.remaining[scope][key]


@external
@view
def reaches(entityId: uint32, target: address, selector: bytes4) -> (uint256, bool, bool):
    """
    @notice What is kept about one function of one target: the target's marks (`reach.vy`), whether it is
            in the target's list, and whether it is in the list for all contracts.
    """
    found: sessions.Session = sessions._session(entityId)
    listed: bool = reach.functions[found.scope][reach._key(target, selector)]
    if target == self:
        listed = reach._is_account_function(found, selector)
    return (
        reach.targets[found.scope][target],
        listed,
        reach.functions[found.scope][reach._key(empty(address), selector)],
    )


@internal
def _validate(
    at: uint256, head: Head, signature: uint256, signature_length: uint256, hash: bytes32, deadline: uint256
) -> uint256:
    """
    @notice The validation phase: the first rule that fails reverts with its reason.
    @return ERC-4337 validationData.
    """
    session: sessions.Session = empty(sessions.Session)
    is_root: bool = True
    is_global: bool = head.nonce >> 64 & GLOBAL_LANE != 0
    signer: address = empty(address)
    entity_id: uint32 = convert(head.nonce >> 72 & (2 ** 32 - 1), uint32)
    if entity_id == 0:
        signer = signatures._owner()
    else:
        session = sessions._session(entity_id)
        signer = convert(session.header & (2 ** 160 - 1), address)
        is_root = session.header & sessions.ROOT != 0

    # 1. There is a selector.
    start: uint256 = at + head.callData + 32
    length: uint256 = reading._word(at + head.callData)
    selector: bytes4 = reading._selector(start, length)
    if length < 4:
        raw_revert(abi_encode(selector, method_id=method_id("UnrecognizedFunction(bytes4)")))
    wrapped: bool = selector == EXECUTE_USER_OP
    if wrapped:
        start += 4
        length -= 4
        if length < 4:
            raw_revert(b"")
        selector = reading._selector(start, length)

    # 2. The selector is the session's. The global lane is for who may do everything.
    if is_global != is_root or not self._may_use(session, is_root, selector):
        self._refuse_function(selector)

    # 3. No way back into the wallet but its own functions, one level deep.
    batch: calls.Batch = empty(calls.Batch)
    if calls._is_calls(selector):
        batch = calls._open(selector, start, length)
        self._check_self_calls(session, is_root, batch)

    if not is_root:
        # 4. Spend limits are counted in execution, which sees the session only in executeUserOp.
        if session.header & sessions.SPEND_LIMITS != 0 and not wrapped:
            raw_revert(method_id("RequireUserOperationContext()"))
        # 5. Gas, when the wallet pays for it.
        if session.header & sessions.GAS_LIMIT != 0 and reading._word(at + head.paymasterAndData) == 0:
            self._use_gas(session, head)
        # 6. Every call is within reach.
        self._check_reach(session, batch)

    # 7. The signature and the window, which the EntryPoint judges.
    answer: uint256 = self._intersect(sessions._window(session), deadline)
    if not self._signed(signer, signatures._personal(hash), signature, signature_length):
        answer |= SIGNATURE_FAILED
    return answer


@internal
@view
def _may_use(session: sessions.Session, is_root: bool, selector: bytes4) -> bool:
    if is_root:
        return calls._is_calls(selector) or selector in [
            INSTALL_SESSION, UNINSTALL_SESSION, UPDATE_FALLBACK_SIGNER
        ]
    if session.header & sessions.CALLS != 0 and calls._is_calls(selector):
        return True
    return session.header != 0 and reach._is_account_function(session, selector)


@internal
@view
def _check_self_calls(session: sessions.Session, is_root: bool, batch: calls.Batch):
    at: uint256 = batch.first
    for i: uint256 in range(batch.count, bound=calls.MAX_CALLS):
        call: calls.Call = calls._read(batch, i, at)
        at = call.next
        if call.target != self:
            continue
        if batch.table != 0 and call.length < 4:
            raw_revert(b"")
        if batch.table == 0 or calls._is_calls(call.selector):
            raw_revert(abi_encode(i, method_id=method_id("SelfCallRecursionDepthExceeded(uint256)")))
        if not self._may_use(session, is_root, call.selector):
            self._refuse_function(call.selector)


@internal
@view
def _check_reach(session: sessions.Session, batch: calls.Batch):
    at: uint256 = batch.first
    for i: uint256 in range(batch.count, bound=calls.MAX_CALLS):
        call: calls.Call = calls._read(batch, i, at)
        reach._check(session, i, call)
        at = call.next


@internal
def _use_gas(session: sessions.Session, head: Head):
    """
    @notice The worst case counts, and nothing of it is given back.
    """
    asked: uint256 = (
        (head.accountGasLimits >> 128) + (head.accountGasLimits & (2 ** 128 - 1)) + head.preVerificationGas
    )
    in_gas: bool = rules._say(rules.GAS_LIMIT_COUNTS_GAS)
    if not in_gas:
        asked *= head.gasFees & (2 ** 128 - 1)
    allowances._use_gas(session, asked, in_gas)


@internal
def _execute_user_op(at: uint256, head: Head):
    """
    @notice The execution phase of a wrapped operation: first what it spends is counted, then it runs.
    """
    start: uint256 = at + head.callData + 36
    length: uint256 = reading._word(at + head.callData) - 4
    selector: bytes4 = reading._selector(start, length)
    entity_id: uint32 = convert(head.nonce >> 72 & (2 ** 32 - 1), uint32)
    if entity_id != 0:
        session: sessions.Session = sessions._session(entity_id)
        if session.header & sessions.SPEND_LIMITS != 0:
            spending._count(session, selector, start, length)
    if calls._is_calls(selector):
        calls._run(calls._open(selector, start, length))
    else:
        calls._send(self, 0, start, length)


@internal
def _install():
    """
    @notice installSession(entityId, key, validAfter, validUntil, life, rows): the rows first, so that the
            session is not live before its limits are.
    """
    entity_id: uint32 = convert(reading._word(4), uint32)
    marks: uint256 = installing._write(entity_id, 4 + reading._word(164))
    sessions._install(
        entity_id,
        reading._address(36),
        convert(reading._word(68), uint48),
        convert(reading._word(100), uint48),
        reading._word(132),
        marks,
    )


@internal
@view
def _deferred_length(start: uint256, length: uint256) -> uint256:
    """
    @notice Length of locator, deadline and call of the deferred action in the signature at `start`.
    """
    encoded: uint256 = reading._word(start) >> 224
    # At least the call's selector, and everything around it.
    if encoded < 31 or length < 4 + encoded + 70:
        raw_revert(method_id("DeferredActionSignatureInvalid()"))
    return encoded


@internal
@view
def _deadline(start: uint256) -> uint256:
    return reading._word(start + 25) >> 208


@internal
@view
def _check_deferred(nonce: uint256, start: uint256, encoded: uint256, hash: bytes32):
    """
    @notice A deferred action is the owner's, signed by the owner, and installs the very session whose
            operation brings it.
    """
    after: uint256 = start + 4 + encoded
    good: bool = reading._word(start + 4) >> 88 == GLOBAL_LANE
    good = good and reading._selector(start + 31, encoded - 27) == INSTALL_SESSION
    good = good and encoded >= 63 and reading._word(start + 35) == nonce >> 72 & (2 ** 32 - 1)
    # 66 bytes of signature, of an account without code (0x00).
    good = good and reading._word(after) >> 216 == 66 << 8
    if good:
        good = signatures._signed_by(
            signatures._owner(),
            hash,
            reading._word(after + 5),
            reading._word(after + 37),
            reading._word(after + 38) & 255,
        )
    if not good:
        raw_revert(method_id("DeferredActionSignatureInvalid()"))


@internal
@view
def _signed(signer: address, hash: bytes32, start: uint256, length: uint256) -> bool:
    if length != SIGNATURE_BYTES or reading._word(start) >> 240 != SIGNATURE_PREFIX:
        return False
    return signatures._signed_by(
        signer,
        hash,
        reading._word(start + 2),
        reading._word(start + 34),
        reading._word(start + 35) & 255,
    )


@internal
@pure
def _intersect(window: uint256, deadline: uint256) -> uint256:
    """
    @notice The session's window and the deadline of its deferred install, both as validationData; 0 has no end.
    """
    until: uint256 = window >> 160 & (2 ** 48 - 1)
    limit: uint256 = deadline >> 160
    if limit == 0 or (until != 0 and until <= limit):
        return window
    return (window >> 208) << 208 | deadline


@internal
@view
def _head(at: uint256) -> Head:
    return abi_decode(slice(msg.data, at, 288), Head)


@internal
def _pay(missing: uint256):
    """
    @notice Gives the EntryPoint what the wallet's deposit lacks; it judges whether that was enough.
    """
    if missing != 0:
        paid: bool = raw_call(msg.sender, b"", value=missing, revert_on_failure=False)


@internal
@view
def _only_entry_point():
    if msg.sender != ENTRY_POINT:
        self._not_authorized()


@internal
@view
def _only_privileged():
    """
    @notice The wallet itself, the EntryPoint after validation, or the owner's own account.
    """
    if msg.sender != self and msg.sender != ENTRY_POINT and msg.sender != signatures._owner():
        self._not_authorized()


@internal
@view
def _not_authorized():
    raw_revert(abi_encode(msg.sender, method_id=method_id("NotAuthorized(address)")))


@internal
@pure
def _refuse_function(selector: bytes4):
    raw_revert(abi_encode(selector, method_id=method_id("ValidationFunctionMissing(bytes4)")))
