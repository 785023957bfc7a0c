"""How long an image is on screen, asked and real, beside bare PsychoPy scripts; a person runs it.

    python -m tests.benchmarks.exposure [--number 500] [--size 1024x600] [--here]

Every figure is taken in this one run. The programs take turns, a few exposures each, so that what
else the computer does meets them alike. `--here` measures the screen at hand; without it, the
screen is virtual (Xvfb, which waits for no vertical blank, and draws in software): then its frames
are the computer's, and only a clock can keep the time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from elicit.screen.virtual_display import virtual_screen

ROOT = Path(__file__).parents[2]
ASKED_S = (0.05, 0.1, 0.2)
TURNS = 5

# A session's own code: Discriminate trials whose deadline comes two frames after the image is gone.
OURS = """
import json, sys
from elicit.preflight.timing import measure_exposures
from elicit.screen.window import WindowSettings, WindowView
from elicit.timing import Timing
from elicit.trial import Trial, Wording
from stimuli.processes.mixup import MixupProcess
from stimuli.mixing import Pair
from stimuli.sources.endpoints import Pictograms

asked, number = json.loads(sys.argv[1]), int(sys.argv[2])
view = WindowView(WindowSettings(timed=True), MixupProcess(Pictograms()), Wording())
pair = Pair(image_i=3, image_j=5, class_i="cat", class_j="dog")
found = {}
for seconds in asked:
    timing = Timing(exposure_s=seconds)
    trial = Trial(0, 1, "b", "discriminate", "More {left}?", pair, (0.5,), mirrored=False,
                  timing=timing)
    found[seconds] = [each.seconds for each in measure_exposures(view, trial, Wording(), number)]
print(json.dumps({"hz": view.refresh_hz, "waits": view.flips_wait, "seconds": found}))
"""

# What a PsychoPy script does by hand: the same image, as large, on an empty screen.
BARE = """
import json, sys
import numpy as np
from psychopy import core, visual
from stimuli.mixing import mix
from stimuli.sources.endpoints import Pictograms
from PIL import Image

asked, number, by_frames = json.loads(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "frames"
window = visual.Window(fullscr=True, units="pix", color=(0.18, 0.18, 0.18), checkTiming=False)
source = Pictograms()
image = Image.fromarray(mix(source.image(3), source.image(5), 0.5))
stim = visual.ImageStim(window, image=image, size=(416, 416), interpolate=False)
stim.draw(); window.flip(); window.flip()
clock = core.Clock()
found = {}
for seconds in asked:
    lasted = []
    for _ in range(number):
        window.flip(); window.flip()
        stim.draw()
        onset = window.flip()
        if by_frames:
            for _ in range(round(seconds * 60) - 1):
                stim.draw()
                window.flip()
        else:
            clock.reset()
            while clock.getTime() < seconds - 0.5 / 60:
                stim.draw()
                window.flip()
        lasted.append(window.flip() - onset)
    found[seconds] = lasted
print(json.dumps({"seconds": found}))
"""

PROGRAMS = {
    "elicit": (OURS, ()),
    "bare script, frames": (BARE, ("frames",)),
    "bare script, clock": (BARE, ("clock",)),
}


def run(code: str, display: str, *arguments: str) -> dict[str, Any]:
    """Run a program on a display and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "DISPLAY": display, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def measure(display: str, number: int) -> tuple[dict[str, dict[float, list[float]]], str]:
    """Return the seconds of each program's exposures, and what is known of the screen."""
    found: dict[str, dict[float, list[float]]] = {
        name: {seconds: [] for seconds in ASKED_S} for name in PROGRAMS
    }
    screen = ""
    for turn in range(TURNS):
        each = number // TURNS + (turn < number % TURNS)
        for name, (code, more) in PROGRAMS.items():
            made = run(code, display, json.dumps(ASKED_S), str(each), *more)
            for seconds in ASKED_S:
                found[name][seconds] += made["seconds"][str(seconds)]
            if "hz" in made:
                waits = "wait" if made["waits"] else "do not wait"
                screen = f"{made['hz']:.2f} Hz; flips {waits} for the screen"
    return found, screen


def main() -> None:
    """Measure, and print a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--number", type=int, default=500)
    options.add_argument("--size", default="1024x600")
    options.add_argument("--here", action="store_true", help="the screen of DISPLAY")
    chosen = options.parse_args()
    here = nullcontext(os.environ.get("DISPLAY", ""))
    with here if chosen.here else virtual_screen(chosen.size) as display:
        found, screen = measure(display, chosen.number)
    load = os.getloadavg()[0]
    print(f"{datetime.now():%Y-%m-%d %H:%M}, {os.cpu_count()} cores, load {load:.1f}; {screen}")
    print(
        f"{chosen.number} exposures each, ms: asked; real (median, 5 %, 95 %, most); within 8.3 ms"
    )
    for seconds in ASKED_S:
        for name, lasted in found.items():
            real = np.array(lasted[seconds])
            median, low, high = np.percentile(real, [50, 5, 95]) * 1e3
            within = np.mean(np.abs(real - seconds) <= 0.5 / 60)
            print(
                f"  {seconds * 1e3:5.0f}  {name:20} {median:7.2f} {low:7.2f} {high:7.2f} "
                f"{real.max() * 1e3:7.2f}   {within:.1%}"
            )


if __name__ == "__main__":
    main()
