"""What a run trains on: the device asked for, or the best there is."""

import pytest

torch = pytest.importorskip("torch")

from elicit.errors import ElicitError
from learn.runs.device import choose_precision, describe_device, find_device, set_deterministic

CPU = torch.device("cpu")


def test_the_device_asked_for_is_taken_or_told_not_to_be_there() -> None:
    assert find_device("cpu") == CPU
    if not torch.cuda.is_available():
        with pytest.raises(ElicitError, match=r"^--device: must be one .* \(cpu.*\), got 'cuda'$"):
            find_device("cuda")


def test_auto_takes_a_gpu_where_there_is_one_and_each_process_its_own() -> None:
    found = find_device("auto", rank=1)
    if torch.cuda.is_available():
        assert found == torch.device("cuda", 1 % torch.cuda.device_count())
    elif not torch.backends.mps.is_available():
        assert found == CPU


def test_a_cpu_computes_in_bfloat16_only_where_it_has_it_and_never_in_float16() -> None:
    assert choose_precision("auto", CPU) in ("float32", "bfloat16")
    assert choose_precision("float16", CPU) == "float16"


def test_a_record_says_what_the_run_was_done_on() -> None:
    set_deterministic(1)
    assert describe_device(CPU)["threads"] == 1
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.backends.cudnn.allow_tf32
