"""Messages between two processes, neither of which has to trust the other: a length, then that much JSON.

    channel = Channel(socket)
    channel.send({"call": [1, 2]}, seconds=5)
    channel.receive(seconds=5)                  the next message, or ChannelError

What arrives is data: a JSON object of at most MOST bytes, nested at most 100 deep, and never code. A peer that sends
something else, too much, too late, or nothing any more, ends the conversation with a ChannelError that says which.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import Any

from sessionlab.study.json_files import parse

#: Bytes of one message. A lab in a message has about 200,000, the steps of an answer far fewer.
MOST = 2**23
_LENGTH = struct.Struct(">I")
_CHUNK = 2**16


class ChannelError(Exception):
    """The conversation has ended. Its text says why, in words about the peer: ``sent more than …``."""


class TimeIsUp(ChannelError):
    """The peer did not answer in time."""


class Channel:
    """One end of a pair of connected sockets."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def send(self, message: dict[str, Any], seconds: float | None = None) -> None:
        """Send a message. Raises ChannelError if the peer has gone or does not read."""
        body = json.dumps(message).encode()
        if len(body) > MOST:
            raise ChannelError(f"is to be sent more than {MOST:,} bytes")
        try:
            self._end.settimeout(seconds)
            self._end.sendall(_LENGTH.pack(len(body)) + body)
        except TimeoutError:
            raise TimeIsUp("does not read what it is sent") from None
        except OSError:
            raise ChannelError("ended") from None

    def receive(self, seconds: float | None = None) -> dict[str, Any]:
        """Return the next message. Raises ChannelError if there is none that can be read."""
        end = None if seconds is None else time.monotonic() + seconds
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size, end))
        if length > MOST:
            raise ChannelError(f"sent more than {MOST:,} bytes")
        body = self._read(length, end)
        try:
            message = parse(body.decode())
        except (ValueError, RecursionError):
            raise ChannelError("sent something that is not a message") from None
        if not isinstance(message, dict):
            raise ChannelError("sent something that is not a message")
        return message

    def _read(self, length: int, end: float | None) -> bytes:
        body = bytearray()
        while len(body) < length:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                raise TimeIsUp("took too long")
            try:
                self._end.settimeout(left)
                chunk = self._end.recv(min(length - len(body), _CHUNK))
            except TimeoutError:
                raise TimeIsUp("took too long") from None
            except OSError:
                raise ChannelError("ended") from None
            if not chunk:
                raise ChannelError("ended")
            body += chunk
        return bytes(body)

    def close(self) -> None:
        """End the conversation."""
        self._end.close()
