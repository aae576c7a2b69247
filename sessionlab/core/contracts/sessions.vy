# pragma version 0.4.3
"""
@title Sessions of the wallet
@notice A session is an entity id with a key, a window of time and marks of what it holds. Lists and
        allowances of a session are kept under its scope, the entity id and a count that a total
        revocation raises: one write clears them all, however many there are.
# error ValidationAlreadySet(entityId: uint32)
# error TimeRangeNotValid(validAfter: uint48, validUntil: uint48)
# error GrantSuperseded(entityId: uint32, asked: uint256, now: uint256)
# error ZeroAddressError()
# error ArrayLengthMismatch()
"""

import rules

uses: rules

# Marks of a session, in the upper 96 bits of its header. The lower 160 bits are its key.
ROOT: constant(uint256) = 1 << 160
# May use execute and executeBatch.
CALLS: constant(uint256) = 1 << 161
NATIVE_LIMIT: constant(uint256) = 1 << 162
TOKEN_LIMIT: constant(uint256) = 1 << 163
GAS_LIMIT: constant(uint256) = 1 << 164
WINDOW: constant(uint256) = 1 << 165
# The mark of an extension of kind k is bit 160 + k; a header from here on has one.
EXTENSIONS: constant(uint256) = 1 << 169
# What is counted for an operation as a whole, in validation.
OPERATION_LIMITS: constant(uint256) = GAS_LIMIT | (max_value(uint256) - EXTENSIONS + 1)
SPEND_LIMITS: constant(uint256) = NATIVE_LIMIT | TOKEN_LIMIT

struct Session:
    entityId: uint32
    # 0 when there is no such session.
    header: uint256
    # How often the entity id was revoked.
    generation: uint256
    # Where its lists and allowances are kept.
    scope: uint256

event SessionInstalled:
    entityId: indexed(uint32)
    key: indexed(address)
    validAfter: uint48
    validUntil: uint48
    generation: uint256

event SessionRevoked:
    entityId: indexed(uint32)
    # Whether its lists and allowances are cleared too.
    cleared: bool

headers: HashMap[uint32, uint256]
# validUntil << 48 | validAfter, unix seconds, both included; only with the mark WINDOW.
windows: HashMap[uint32, uint256]
# scope count << 128 | generation
generations: HashMap[uint32, uint256]
# A bundle is validated whole before any of it runs, so an operation may come to run after its session has ended.
# Sessions that were revoked in this transaction; in executeUserOp an operation says whose it is.
ended: transient(HashMap[uint32, bool])
# Sessions of which an operation was validated in this transaction that will run without saying whose it is.
underway: transient(HashMap[uint32, bool])
# One of those has ended: from here on, what does not say whose it is must not run.
stopped: transient(bool)


@internal
@pure
def _mark(kind: uint256) -> uint256:
    """
    @notice The mark of a session that has a row of an extension of this kind.
    """
    return 1 << (160 + kind)


@internal
@view
def _session(entity_id: uint32) -> Session:
    generations: uint256 = self.generations[entity_id]
    return Session(
        entityId=entity_id,
        header=self.headers[entity_id],
        generation=generations & (2 ** 128 - 1),
        scope=((generations >> 128) << 32) | convert(entity_id, uint256),
    )


@internal
@view
def _window(session: Session) -> uint256:
    """
    @notice The session's window as ERC-4337 validationData: validAfter << 208 | validUntil << 160.
    """
    if session.header & WINDOW == 0:
        return 0
    window: uint256 = self.windows[session.entityId]
    return (window & (2 ** 48 - 1)) << 208 | (window >> 48) << 160


@internal
def _install(
    entity_id: uint32, key: address, valid_after: uint48, valid_until: uint48, generation: uint256, marks: uint256
):
    session: Session = self._session(entity_id)
    if session.header != 0 or entity_id == 0:
        raw_revert(abi_encode(entity_id, method_id=method_id("ValidationAlreadySet(uint32)")))
    if generation != session.generation:
        raw_revert(
            abi_encode(entity_id, generation, session.generation, method_id=method_id("GrantSuperseded(uint32,uint256,uint256)"))
        )
    if key == empty(address):
        raw_revert(method_id("ZeroAddressError()"))
    header: uint256 = marks | convert(key, uint256)
    if valid_until != 0 or valid_after != 0:
        if valid_until != 0 and valid_after >= valid_until:
            raw_revert(abi_encode(valid_after, valid_until, method_id=method_id("TimeRangeNotValid(uint48,uint48)")))
        header |= WINDOW
        self.windows[entity_id] = convert(valid_until, uint256) << 48 | convert(valid_after, uint256)
    self.headers[entity_id] = header
    log SessionInstalled(
        entityId=entity_id, key=key, validAfter=valid_after, validUntil=valid_until, generation=generation
    )


@internal
def _revoke(entity_id: uint32, with_hook_data: bool):
    """
    @notice Ends the session. Production clears its lists and allowances only when the owner names
            them (`with_hook_data`); a grant that was signed and not yet used is dead in any case.
    """
    session: Session = self._session(entity_id)
    total: bool = rules._documented(rules.REVOCATION_IS_TOTAL)
    if session.header == 0 and with_hook_data and not total:
        raw_revert(method_id("ArrayLengthMismatch()"))
    cleared: bool = total or with_hook_data
    self.headers[entity_id] = 0
    self.ended[entity_id] = True
    if self.underway[entity_id]:
        self.stopped = True
    self.generations[entity_id] += 1
    if cleared:
        self.generations[entity_id] += 1 << 128
    log SessionRevoked(entityId=entity_id, cleared=cleared)
