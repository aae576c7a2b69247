"""What should hold and does not yet: each test states the right behaviour and is expected to fail until it is repaired.

A test that is expected to fail names the one error that it may fail with. Steps that only prepare it raise something
else, so that a broken preparation is not taken for the fault.
"""
