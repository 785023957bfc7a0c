"""Draw `protocols/processes.png`: the three processes side by side, for the README."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from elicit.layout.fonts import default_face
from stimuli.mixing import Pixels
from stimuli.processes import make_process
from stimuli.sources.endpoints import Pictograms
from tests.stimuli.helpers.morphs import morph
from tests.test_rooms import ROOT

LAMBDAS = (1.0, 0.75, 0.5, 0.25, 0.0)
SIDE, GAP, LABEL, HEAD = 96, 8, 84, 30  # px
GROUND, INK = (255, 255, 255), (40, 40, 40)


def draw() -> Image.Image:
    """Return the picture: a row a process, a column a mixing coefficient."""
    source = Pictograms(SIDE)
    pair = source.image_id("cat", 0), source.image_id("dog", 5)
    image_i, image_j = map(source.image, pair)
    rows: dict[str, list[Pixels]] = {
        name: [make_process(name, source, 4).mix(pair, each) for each in LAMBDAS]
        for name in ("mixup", "cutmix")
    }
    rows["frames"] = [morph(image_i, image_j, each) for each in LAMBDAS]
    step = SIDE + GAP
    picture = Image.new("RGB", (LABEL + step * len(LAMBDAS), HEAD + step * len(rows)), GROUND)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(default_face().regular), 17)
    for column, lambda_f in enumerate(LAMBDAS):
        middle = LABEL + column * step + SIDE // 2
        pen.text((middle, HEAD // 2), f"{lambda_f:.0%} cat", INK, font, anchor="mm")
    for row, (name, images) in enumerate(rows.items()):
        top = HEAD + row * step
        pen.text((LABEL - 16, top + SIDE // 2), name, INK, font, anchor="rm")
        for column, image in enumerate(images):
            picture.paste(Image.fromarray(np.asarray(image)), (LABEL + column * step, top))
    return picture


if __name__ == "__main__":
    draw().quantize(256).save(ROOT / "protocols" / "processes.png", optimize=True)
