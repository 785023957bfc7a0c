"""Which durations of a protocol are no whole number of a screen's frames."""

from __future__ import annotations

from collections.abc import Iterator

from elicit.protocol.blocks import Block
from elicit.protocol.study_protocol import StudyProtocol
from elicit.timing import count_frames, is_whole_number_of_frames

USUAL_HZ = 60.0  # frames a second of most screens
DURATIONS = ("fixation_s", "exposure_s", "mask_s", "deadline_s")


def list_durations(block: Block) -> Iterator[tuple[str, float]]:
    """Return each duration that a block states, by its key; a range of intervals states none."""
    low, high = block.interval_s
    stated = {key: getattr(block, key, None) for key in DURATIONS}
    stated["interval_s"] = low if low == high else None
    yield from ((key, seconds) for key, seconds in stated.items() if seconds)


def find_partial_frames(protocol: StudyProtocol, refresh_hz: float) -> Iterator[str]:
    """Return a line for each duration that is no whole number of frames: what it becomes.

    Args:
        protocol: the study.
        refresh_hz: frames a second.
    """
    for index, block in enumerate(protocol.blocks):
        for key, seconds in list_durations(block):
            if not is_whole_number_of_frames(seconds, refresh_hz):
                frames = count_frames(seconds, refresh_hz)
                yield (
                    f"blocks.{index}.{key}: {seconds:g} s is {seconds * refresh_hz:.2f} frames at "
                    f"{refresh_hz:g} Hz and becomes {frames}, {1e3 * frames / refresh_hz:.1f} ms"
                )
