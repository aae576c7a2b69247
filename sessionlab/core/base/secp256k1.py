"""The library of the curve: coincurve, or in a browser its companion in Python, whose signatures are the same bytes."""

import sys

if sys.platform == "emscripten":
    from sessionlab_standins.secp256k1 import PrivateKey as PrivateKey  # fmt: skip
    from sessionlab_standins.secp256k1 import PublicKey as PublicKey
else:
    from coincurve import PrivateKey as PrivateKey
    from coincurve import PublicKey as PublicKey
