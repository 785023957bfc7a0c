"""What a run trains on: the device, its precision, and how its results are made to repeat."""

from __future__ import annotations

import os
import platform
import warnings

import torch

from elicit.errors import ElicitError


def find_device(name: str, rank: int = 0) -> torch.device:
    """Return the device called `name`; "auto": a GPU where there is one, else the CPU.

    Args:
        name: auto, cpu, cuda or mps, or one of several GPUs, such as cuda:1.
        rank: this process's number on this machine; each takes a GPU of its own.

    Raises:
        ElicitError: this machine has no such device.
    """
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if name == "auto":
        name = next(each for each in ("cuda", "mps", "cpu") if there[each])
    kind, _, number = name.partition(":")
    count = torch.cuda.device_count() if kind == "cuda" else 1
    known = there.get(kind, False) and (not number or (number.isdigit() and int(number) < count))
    if not known:
        have = ", ".join(each for each, is_there in there.items() if is_there)
        raise ElicitError(f"--device: must be one this machine has ({have}), got {name!r}")
    if kind == "cuda" and not number:
        return torch.device("cuda", rank % count)
    return torch.device(name)


def choose_precision(asked: str, on: torch.device) -> str:
    """Return "float32", "bfloat16" or "float16"; "auto" is the fastest that `on` does in hardware.

    float16 is never chosen on a CPU, where it is slow.
    """
    if asked != "auto":
        return asked
    if on.type == "cuda":
        # not torch's is_bf16_supported, which counts emulation, and means the current GPU
        return "bfloat16" if torch.cuda.get_device_capability(on) >= (8, 0) else "float16"
    if on.type == "cpu" and _cpu_has_bfloat16():
        return "bfloat16"
    return "float32"


def set_deterministic(threads: int) -> None:
    """Have the same seed give the same result; `threads` on the CPU, 0 for as they are."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # or cuBLAS may add in any order
    torch.use_deterministic_algorithms(True, warn_only=True)
    # some torches warn of this one, whose sums have no order only where pools overlap: ours do not
    warnings.filterwarnings("ignore", "max_pool2d", UserWarning)
    torch.utils.deterministic.fill_uninitialized_memory = False  # a help in debugging, at a price
    torch.backends.cudnn.benchmark = False  # else each run may choose other algorithms
    torch.backends.cudnn.allow_tf32 = False  # measures are taken in float32, all of its bits
    if threads:
        torch.set_num_threads(threads)


def describe_device(on: torch.device) -> dict[str, str | int]:
    """Return what of the hardware a record should say."""
    if on.type == "cuda":
        what = torch.cuda.get_device_name(on)
    else:
        what = platform.processor() or platform.machine()
    return {"device": str(on), "hardware": what, "threads": torch.get_num_threads()}


def _cpu_has_bfloat16() -> bool:
    """Return whether the CPU multiplies bfloat16 itself; elsewhere it is slower than float32."""
    asks = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return bool(asks())
