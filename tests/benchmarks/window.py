"""How fast a session's window answers, beside a bare PsychoPy script; a person runs it.

    python -m tests.benchmarks.window [--presses 10000] [--sizes 1024x600 1920x1080]

Every figure is taken in this one run, on virtual screens (Xvfb, which waits for no vertical
blank, and draws in software), so ratios and frames say more than milliseconds.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from elicit.design import build as design
from elicit.log import reader as log
from elicit.pages import Page
from elicit.paradigms import PARADIGMS
from elicit.protocol import study_protocol as protocol
from elicit.screen.virtual_display import virtual_screen
from elicit.trial import Wording
from stimuli.mixing import mix
from stimuli.sets.build import build_batches
from stimuli.sources.endpoints import open_source
from tests.elicit.helpers.virtual_lab import PROTOCOLS, LabPC, lab_pc

FRAME_S = 1 / 60

BARE = """
import time
from psychopy import visual
window = visual.Window(fullscr=True, units="pix", checkTiming={check})
visual.TextStim(window, "ready").draw()
window.flip()
print("first flip", time.time(), flush=True)
"""

OURS = """
import sys, time
from elicit import cli
from elicit.session import runner
def first_flip(shown, view, *_):
    view.show(shown)
    print("first flip", time.time(), flush=True)
    raise runner.SessionStoppedError
runner.show_page = first_flip
cli.run_app()
"""

LATENCY = """
import json, statistics, sys, threading, time
from pathlib import Path
from Xlib import XK, X, display
from Xlib.ext import xtest
from elicit.design import build as design
from elicit.paradigms import PARADIGMS
from elicit.protocol import study_protocol as protocol
from elicit.screen.window import WindowSettings, WindowView
from elicit.trial import Wording
from stimuli.sources.endpoints import open_source

asked = protocol.load(Path(sys.argv[1]))
source = open_source("pictograms")
plan = design.build(asked, source, "P01", 1, 0)
view = WindowView(WindowSettings(), MixupProcess(source), Wording())
x = display.Display()
code = {name: x.keysym_to_keycode(XK.string_to_keysym(name)) for name in ("Left", "Right")}
result = {}
for paradigm in ("construct", "select_shuffled", "infer"):
    trial = next(trial for trial in plan.trials if trial.paradigm == paradigm)
    state = PARADIGMS[paradigm](trial)
    view.show(state)
    latencies = []
    for k in range(200):
        pause = time.perf_counter() + 0.020 + 0.0137 * (k % 7) / 7  # at any time within a frame
        while time.perf_counter() < pause:
            view.events()
            view.show(state)
        key = code["Right" if k % 2 else "Left"]
        sent = []
        def press():
            time.sleep(0.0021 * (k % 8))
            sent.append(time.perf_counter())
            xtest.fake_input(x, X.KeyPress, key)
            xtest.fake_input(x, X.KeyRelease, key)
            x.sync()
        finger = threading.Thread(target=press)
        finger.start()
        before = state
        while True:
            happened = view.events()
            for timed in happened:
                state = state.step(timed.event)
            flipped = view.show(state)
            if happened:
                break
        finger.join()
        latencies.append(flipped - sent[0])
    result[paradigm] = latencies
view.close()
print(json.dumps(result))
"""

READER = """
import os, sys, time
while os.read(int(sys.argv[1]), 1):
    print(time.perf_counter(), flush=True)
"""

CODES = """
import json, os, subprocess, sys
from elicit.markers import MarkerSender, SerialOutput
from elicit.paradigms import PARADIGMS
from elicit.screen.window import WindowSettings, WindowView
from elicit.timing import Phase
from elicit.trial import Trial, Wording
from stimuli.mixing import Pair
from stimuli.sources.endpoints import Pictograms

end, other = os.openpty()
reader = subprocess.Popen(
    [sys.executable, "-c", sys.argv[1], str(end)], pass_fds=[end], stdout=subprocess.PIPE
)
view = WindowView(WindowSettings(), MixupProcess(Pictograms()), Wording())
sender = MarkerSender([SerialOutput(os.ttyname(other), 115_200)])
pair = Pair(image_i=3, image_j=5, class_i="cat", class_j="dog")
trial = Trial(0, 1, "b", "discriminate", "More {left}?", pair, (0.5,), mirrored=False)
state = PARADIGMS["discriminate"](trial)
handed, read = [], []
for k in range(300):
    flipped = view.show(state, phase=(Phase.PICTURE, Phase.BLANK)[k % 2])
    marker = sender.send("shown", flipped)
    handed.append(marker.at - flipped)
    read.append(float(reader.stdout.readline()) - flipped)
view.close()
reader.kill()
print(json.dumps({"flip to write": handed, "flip to reader": read}))
"""


def python(code: str, *arguments: str, display: str) -> str:
    """Run Python code in a process of its own on a display and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "DISPLAY": display},
        stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if "WARNING" not in line]  # PsychoPy's
    if not lines:
        raise SystemExit(done.stderr)
    return lines[-1]


def start_up(display: str, folder: Path, repeats: int) -> None:
    """Print process start to first flip: ours beside a bare PsychoPy script's."""
    taken: dict[str, list[float]] = {"bare script": [], "bare, no timing check": [], "elicit": []}
    for k in range(repeats):
        demo = str(PROTOCOLS / "demo.yaml")
        begin = ("run", demo, "--participant", f"P{k}", "--session", "1", "--logs", str(folder))
        for name, code, arguments in (
            ("bare script", BARE.format(check=True), ()),
            ("bare, no timing check", BARE.format(check=False), ()),
            ("elicit", OURS, begin),
        ):
            began = time.time()
            ended = python(code, *arguments, display=display).split()[-1]
            taken[name].append(float(ended) - began)
    bare = statistics.median(taken["bare script"])
    for name, seconds in taken.items():
        median = statistics.median(seconds)
        print(f"  {name:24} {median:6.2f} s   {median - bare:+.2f} s   x{median / bare:.2f}")


def latency(display: str) -> None:
    """Print key press to the end of the flip that shows what it did."""
    result = json.loads(python(LATENCY, str(PROTOCOLS / "demo.yaml"), display=display))
    for paradigm, seconds in result.items():
        median, late = np.percentile(seconds, [50, 95])
        within = np.mean(np.array(seconds) <= FRAME_S)
        print(
            f"  {paradigm:16} median {median * 1e3:5.1f} ms ({median / FRAME_S:.2f} frames)   "
            f"95% {late * 1e3:5.1f} ms ({late / FRAME_S:.2f} frames)   "
            f"within one frame {within:.0%}"
        )


def codes(display: str) -> None:
    """Print flip to code: until it is handed over, and until another process has read it."""
    for name, seconds in json.loads(python(CODES, READER, display=display)).items():
        median, late, most = np.percentile(seconds, [50, 95, 100]) * 1e3
        print(f"  {name:16} median {median:.3f} ms   95% {late:.3f} ms   most {most:.3f} ms")


def trial_change(display: str, folder: Path) -> None:
    """Print the time from the act that ends a trial to the flip that shows the next one."""
    command = "from elicit.cli import run_app; run_app()"
    demo = str(PROTOCOLS / "demo.yaml")
    python(command, "run", demo, "--autopilot", "--logs", str(folder / "change"), display=display)
    rows = log.read(next((folder / "change" / "data").glob("*_data.csv")))
    gaps = [
        after.onset_utc.timestamp() - before.onset_utc.timestamp() - before.rt_s
        for before, after in pairwise(rows)
        if before.block == after.block and before.onset_utc and after.onset_utc
    ]
    median, worst = statistics.median(gaps) * 1e3, max(gaps) * 1e3
    print(f"  median {median:.1f} ms   worst of {len(gaps)}: {worst:.1f} ms (aim: under 50 ms)")


def presses(pc: LabPC, folder: Path, number: int) -> None:
    """Press keys at 50 a second and count those the log lacks or has twice."""
    source = open_source("pictograms")
    demo = PROTOCOLS / "demo.yaml"
    plan = design.build(protocol.load(demo), source, "P01", 1, 0)
    pc.start("run", demo, "--participant", "P01", "--session", "1", "--logs", folder / "presses")
    words, block = Wording(), plan.blocks[0]
    pc.wait_for_page(Page(block.title, block.instructions, words.page_hint))
    pc.press("space")
    first, second = (PARADIGMS[trial.paradigm](trial) for trial in plan.trials[:2])
    pc.wait_for(first, source)
    keys = ["Left", "Right", "Home", "End"]
    due = began = time.monotonic()
    for k in range(number):
        pc.press(keys[k % 4])
        due += 0.02
        time.sleep(max(0.0, due - time.monotonic()))
    rate = number / (time.monotonic() - began)
    pc.press("space")
    pc.wait_for(second, source)
    pc.stop_session()
    pc.finish()
    path = next((folder / "presses" / "data").glob("*_events.csv"))
    with path.open(encoding="utf-8", newline="") as file:
        heard = [row["cause"] for row in csv.DictReader(file) if row["trial"] == "0"][1:-2]
    sent = [keys[k % 4].lower() for k in range(number)]
    same = "none lost, none doubled, in order" if heard == sent else "NOT the keys sent"
    print(f"  {number} sent at {rate:.1f} a second, {len(heard)} heard: {same}")


def blends() -> None:
    """Print the time to build HSE 2's 2070 blends."""
    source = open_source("pictograms")
    batches = build_batches(
        source, per_combination=46, batch_size=60, seed=1, lambdas=(0.1, 0.25, 0.5, 0.75, 0.9)
    )
    items = [item for batch in batches for item in batch]
    image_i = np.stack([source.image(item.image_i) for item in items])
    image_j = np.stack([source.image(item.image_j) for item in items])
    lambda_f = [item.lambda_f for item in items if item.lambda_f is not None]
    began = time.perf_counter()
    mix(image_i, image_j, lambda_f)
    print(f"  {len(items)} blends in {time.perf_counter() - began:.3f} s (aim: under 1 s)")


def main() -> None:
    """Run every measurement and print a table of each."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--presses", type=int, default=1000)
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--sizes", nargs="+", default=["1024x600", "1920x1080"])
    chosen = options.parse_args()
    print(f"{datetime.now():%Y-%m-%d %H:%M}, {os.cpu_count()} cores")
    print("building blends")
    blends()
    for size in chosen.sizes:
        with tempfile.TemporaryDirectory() as name, virtual_screen(size) as display:
            folder = Path(name)
            print(f"{size}: process start to first flip, median of {chosen.repeats}")
            start_up(display, folder / "start", chosen.repeats)
            print(f"{size}: key press to flip")
            latency(display)
            print(f"{size}: flip to a code on a pseudo-terminal")
            codes(display)
            print(f"{size}: between trials")
            trial_change(display, folder)
    print("key presses at 50 a second")
    with tempfile.TemporaryDirectory() as name, lab_pc() as pc:
        presses(pc, Path(name), chosen.presses)


if __name__ == "__main__":
    main()
