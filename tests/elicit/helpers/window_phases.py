"""A program for the window's tests: shows every phase of trials, and tells what that costs.

Prints JSON: for each block, the pictures made after the trial's first flip, and for each phase what
was drawn where the image is: "image", "mask", "cross", "ground" or "other"; and the colours in the
patch for a light sensor, and beside it.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elicit.design import build as design
from elicit.layout.scene import Mask, Picture, Scene
from elicit.layout.style import GROUND, INK
from elicit.layout.trials import lay_out
from elicit.paradigms import PARADIGMS, State
from elicit.protocol import study_protocol as protocol
from elicit.timing import Phase
from elicit.trial import Wording
from stimuli.masking import make_noise, scramble
from stimuli.mixing import mix
from stimuli.processes.mixup import MixupProcess
from stimuli.sources.endpoints import EndpointSource, open_source

Pixels = NDArray[np.uint8]


def main() -> None:
    """Show the phases of each block's first trial, the next one prepared meanwhile."""
    from elicit.layout.fonts import default_face
    from elicit.screen.window import WindowSettings, WindowView

    asked = protocol.load(Path(sys.argv[1]))
    source = open_source("pictograms", asked.stimuli.image_size)
    plan = design.build(asked, source, "P01", 1, 0)
    settings = WindowSettings.for_protocol(asked, default_face(), 0, None, "bottom-right")
    view = WindowView(settings, MixupProcess(source), asked.wording)
    found = {"searched": len(gc.get_objects()), "left_alone": gc.get_freeze_count()}
    result: dict[str, Any] = {"flips_wait": view.flips_wait, "garbage": found, "blocks": {}}
    for block in plan.blocks:
        first, second = block.trials[:2]
        state = PARADIGMS[first.paradigm](first)
        view.prepare(second)
        seen: dict[str, str] = {}
        patch: dict[str, list[int]] = {}
        made = 0
        for phase, _ in first.timing.phases:
            ready = view.ready
            view.show(state, phase=phase)
            made += (view.ready - ready) if seen else 0
            frame = np.asarray(view.screenshot())
            seen[phase.value] = find_drawn(frame, state, phase, source)
            side = view.provenance()["light_patch"]["side_px"]
            inside, around = frame[-side:, -side:], frame[-side - 1 :, -side - 1]
            patch[phase.value] = [*np.unique(inside).tolist(), *np.unique(around).tolist()]
        result["blocks"][block.name] = {"made": made, "seen": seen, "patch": patch}
    view.close()
    print(json.dumps(result))


def find_drawn(seen: Pixels, state: State, phase: Phase, source: EndpointSource) -> str:
    """Return what is drawn where a trial's first image is.

    Args:
        seen: (H, W, 3) the screen.
        state: the trial's.
        phase: on screen.
        source: of its images.
    """
    scene = lay_out(
        state, (seen.shape[1], seen.shape[0]), source.image_size, Wording(), phase=phase
    )
    return name_drawn(seen, scene, expectations(scene, source))


def name_drawn(seen: Pixels, scene: Scene, expected: Mapping[str, Pixels]) -> str:
    """Return what is drawn where a scene's first image is, given its `expectations`."""
    box = next(item.box for item in scene.items if isinstance(item, Picture))
    part = seen[box.y : box.bottom, box.x : box.right]
    for name, pixels in expected.items():
        if np.array_equal(part, pixels):
            return name
    cross = (part == INK).all(axis=-1)
    middle = cross[box.h // 2 - 1 : box.h // 2 + 1, box.w // 2 - 1 : box.w // 2 + 1]
    if middle.all() and (part[~cross] == GROUND).all():
        return "cross"
    return "ground" if (part == GROUND).all() else "other"


def expectations(scene: Scene, source: EndpointSource) -> dict[str, Pixels]:
    """Return the pixels of a scene's first visible image, and of its mask where it has one."""
    found: dict[str, Pixels] = {}
    for item in sorted(scene.items, key=lambda item: not item.visible):
        if isinstance(item, Picture | Mask):
            blend = item.blend
            pixels = mix(source.image(blend.image_i), source.image(blend.image_j), blend.lambda_f)
            if isinstance(item, Mask):
                pixels = {"noise": make_noise, "scrambled": scramble}[item.kind](pixels, item.seed)
            factor = item.box.w // source.image_size
            name = "mask" if isinstance(item, Mask) else "image"
            found.setdefault(name, pixels.repeat(factor, axis=0).repeat(factor, axis=1))
    return found


if __name__ == "__main__":
    main()
