"""A process that asks a server something cheap again and again; its own, so that it waits for nothing but the server.

Prints a line when it begins, and one JSON list of seconds when its standard input ends.
"""

from __future__ import annotations

import json
import sys
import threading
import time

import httpx

PAUSE = 0.02  # seconds
BODY = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'


def main(url: str) -> None:
    stop, took = threading.Event(), list[float]()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    with httpx.Client(timeout=60) as client:
        print("begins", flush=True)
        while not stop.wait(PAUSE):
            begun = time.perf_counter()
            answer = client.post(url, content=BODY, headers={"content-type": "application/json"})
            took.append(time.perf_counter() - begun)
            assert answer.json()["result"] == "0x539"
    print(json.dumps(took))


if __name__ == "__main__":
    main(sys.argv[1])
