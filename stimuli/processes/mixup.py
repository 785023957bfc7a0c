"""mixup: every pixel is a weighted mean of both images."""

from collections.abc import Sequence

from stimuli.mixing import Pixels, ProcessName, mix
from stimuli.processes.process import ImageDescription
from stimuli.sources.endpoints import EndpointSource


class MixupProcess:
    """`stimuli.mixing.mix` of two endpoint images; see `Process`."""

    name: ProcessName = "mixup"

    def __init__(self, source: EndpointSource, _seed: int = 0) -> None:
        self.source = source

    def mix(self, images: tuple[int, int], lambda_f: float) -> Pixels:
        """Return the weighted mean."""
        image_i, image_j = map(self.source.image, images)
        return mix(image_i, image_j, lambda_f)

    def describe(self, _images: tuple[int, int], _lambda_f: float) -> ImageDescription:
        """Return nothing more: the endpoints and lambda_f say all."""
        return ImageDescription()

    def check(self, images: tuple[int, int], lambdas: Sequence[float]) -> None:
        """Do nothing: any two images can be mixed at any lambda_f."""
