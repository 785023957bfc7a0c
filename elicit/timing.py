"""When a trial shows what: its phases, and its durations in whole frames of a screen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

MaskKind: TypeAlias = Literal["none", "noise", "scrambled"]


class Phase(Enum):
    """What a trial's screen shows, in this order; phases that a trial lacks are left out."""

    INTERVAL = "interval"  # nothing
    FIXATION = "fixation"  # the question, and a cross where the image will be
    PICTURE = "picture"  # the question and the image
    MASK = "mask"  # the question, and a mask where the image was
    BLANK = "blank"  # the question alone


BEFORE_PICTURE = frozenset({Phase.INTERVAL, Phase.FIXATION})


@dataclass(frozen=True)
class Timing:
    """How long a trial shows what, and how long it waits for its answer, in seconds."""

    interval_s: float = 0.0
    fixation_s: float = 0.0
    exposure_s: float | None = None  # None: until the answer
    mask: MaskKind = "none"
    mask_s: float = 0.0
    mask_seed: int = 0
    deadline_s: float | None = None  # from the onset of the image; None: there is none
    repeats_missed: bool = False  # whether a trial without an answer is asked again
    too_fast_s: float | None = None  # answers that come sooner are too fast; None: none is
    too_fast_in_a_row: int = 1  # too fast answers after which a page asks for care

    @property
    def phases(self) -> tuple[tuple[Phase, float | None], ...]:
        """Each phase with its duration; None for the one that waits for the answer."""
        before = ((Phase.INTERVAL, self.interval_s), (Phase.FIXATION, self.fixation_s))
        found: list[tuple[Phase, float | None]] = [each for each in before if each[1] > 0]
        found.append((Phase.PICTURE, self.exposure_s))
        if self.exposure_s is not None:
            found += [(Phase.MASK, self.mask_s)] if self.mask != "none" else []
            found.append((Phase.BLANK, None))
        return tuple(found)

    @property
    def has_phases(self) -> bool:
        """Whether anything but the image is ever on screen."""
        return len(self.phases) > 1


UNTIMED = Timing()


def count_frames(seconds: float, refresh_hz: float) -> int:
    """Return a duration in whole frames: the nearest number, and one at least.

    Args:
        seconds: the duration, above 0.
        refresh_hz: frames a second, above 0.
    """
    return max(1, round(seconds * refresh_hz))


def is_whole_number_of_frames(seconds: float, refresh_hz: float) -> bool:
    """Return whether a duration is a whole number of frames, to a hundredth of one."""
    return abs(seconds * refresh_hz - count_frames(seconds, refresh_hz)) < 0.01
