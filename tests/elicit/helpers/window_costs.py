"""A program for the window's tests: runs trials in a real window and watches what they cost.

Prints JSON: for each paradigm, the files opened and the pictures made between the flip that
showed the trial and its end; and what was read back from the frame buffer.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from elicit.design import build as design
from elicit.layout.scene import Picture
from elicit.paradigms import PARADIGMS
from elicit.protocol import study_protocol as protocol
from elicit.screen.window import WindowSettings, WindowView
from elicit.trial import Choose, Confirm, Event, Focus, Jump, Slide, Step
from stimuli.mixing import mix
from stimuli.processes.mixup import MixupProcess
from stimuli.sources.endpoints import open_source

ACTS: list[Event] = [
    Confirm(), Step(1), Step(-1), Step(10), Jump(1), Jump(-1), Focus(1), Step(3), Jump(1),
    Slide(0, 30), Slide(1, 70), Choose(2), Confirm(), Step(1), Confirm(),
]  # fmt: skip


def main() -> None:
    """Run the first trial of each paradigm of a protocol, the next one prepared meanwhile."""
    asked = protocol.load(Path(sys.argv[1]))
    source = open_source(sys.argv[2], asked.stimuli.image_size)
    plan = design.build(asked, source, "P01", 1, 0)
    view = WindowView(WindowSettings(), MixupProcess(source), asked.wording)
    opened: list[str] = []
    sys.addaudithook(lambda name, args: opened.append(str(args[0])) if name == "open" else None)
    result: dict[str, Any] = {"size": view.size, "paradigms": {}}
    for block in plan.blocks:
        first, second = block.trials[:2]
        state = PARADIGMS[first.paradigm](first)
        view.prepare(second)
        view.show(state)
        exact = [frame_is_exact(view, source)]
        ready = view.ready
        opened.clear()
        for act in ACTS:
            if not state.done:
                state = state.step(act)
                view.show(state)
                exact.append(frame_is_exact(view, source))
        made_in_trial = view.ready - ready
        while view.pending:
            view.show(state)
            view.events()
        ready = view.ready
        view.show(PARADIGMS[second.paradigm](second))
        result["paradigms"][first.paradigm] = {
            "opened": [name for name in opened if not name.startswith("/proc")],
            "made_in_trial": made_in_trial,
            "made_at_change": max(0, view.ready - ready),
            "exact": exact,
        }
    view.close()
    print(json.dumps(result))


def frame_is_exact(view: WindowView, source: Any) -> bool:
    """Return whether every image of the frame is the blend, each pixel a whole square."""
    frame = np.asarray(view.screenshot())
    pictures = [i for i in view.scene.items if isinstance(i, Picture) and i.visible]
    assert pictures
    for item in pictures:
        blend, box = item.blend, item.box
        mixed = mix(source.image(blend.image_i), source.image(blend.image_j), blend.lambda_f)
        enlarged = mixed.repeat(box.w // mixed.shape[1], axis=1).repeat(
            box.h // mixed.shape[0], axis=0
        )
        if not np.array_equal(frame[box.y : box.bottom, box.x : box.right], enlarged):
            return False
    return True


if __name__ == "__main__":
    main()
