"""The tests, room by room; they read as sentences about the lab."""

import os

for _library in ("OMP", "OPENBLAS", "MKL"):  # small matrices: more threads would only wait
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
