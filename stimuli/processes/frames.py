"""frames: an image is a file that somebody else made, such as a step of a face morph."""

from collections.abc import Sequence

from stimuli.errors import StimulusError
from stimuli.mixing import Pixels, ProcessName
from stimuli.processes.process import ImageDescription
from stimuli.sources.endpoints import EndpointSource
from stimuli.sources.frames import FrameFolder


class FramesProcess:
    """The frame of a continuum at exactly lambda_f; see `Process`."""

    name: ProcessName = "frames"

    def __init__(self, source: EndpointSource, _seed: int = 0) -> None:
        """Take a folder of frames.

        Raises:
            StimulusError: the source is something else.
        """
        if not isinstance(source, FrameFolder):
            raise StimulusError(f"process: frames needs a folder of frames, got {source.name}")
        self.source: EndpointSource = source
        self._frames = source

    def mix(self, images: tuple[int, int], lambda_f: float) -> Pixels:
        """Return the frame."""
        return self._frames.frame(images, lambda_f)

    def describe(self, images: tuple[int, int], lambda_f: float) -> ImageDescription:
        """Return the frame's fingerprint."""
        return ImageDescription(fingerprint=self._frames.fingerprint(images, lambda_f))

    def check(self, images: tuple[int, int], lambdas: Sequence[float]) -> None:
        """Raise StimulusError where the continuum lacks a frame; name all that are missing."""
        self._frames.check(images, lambdas)
