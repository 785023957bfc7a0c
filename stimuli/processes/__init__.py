"""How an image is made at lambda_f: each process has one module here."""

from collections.abc import Callable

from stimuli.mixing import ProcessName
from stimuli.processes.cutmix import CutmixProcess
from stimuli.processes.frames import FramesProcess
from stimuli.processes.mixup import MixupProcess
from stimuli.processes.process import Process
from stimuli.sources.endpoints import EndpointSource

# To add a process: write its module, name it here.
PROCESSES: dict[ProcessName, Callable[[EndpointSource, int], Process]] = {
    "mixup": MixupProcess,
    "cutmix": CutmixProcess,
    "frames": FramesProcess,
}


def make_process(name: ProcessName, source: EndpointSource, seed: int) -> Process:
    """Return the process that makes a study's images.

    Args:
        name: of `PROCESSES`.
        source: endpoint images, as `open_source` gave them for this process.
        seed: 0 or more; what is random in the process is drawn from it.

    Raises:
        StimulusError: the process needs other images.
    """
    return PROCESSES[name](source, seed)
