"""A light sensor that is connected to this computer, by PsychoPy's own device classes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from elicit.errors import DisplayError

EMULATOR = "ScreenBufferSampler"  # PsychoPy's own, which looks at the window instead of the screen


@dataclass
class LightSensor:
    """A sensor before the screen."""

    name: str
    device: Any  # one of PsychoPy's BaseLightSensorGroup

    def read_onsets(self) -> list[float]:
        """Return when light came since the last call, s on `time.perf_counter`'s clock."""
        from psychopy import logging

        ahead_s = time.perf_counter() - logging.defaultClock.getTime()
        return [float(seen.t) + ahead_s for seen in self.device.getResponses(state=True)]

    def close(self) -> None:
        """Let go of the sensor."""
        if hasattr(self.device, "close"):
            self.device.close()


def open_light_sensor() -> LightSensor | None:
    """Return the first light sensor that is connected; None where PsychoPy finds none.

    Which ones PsychoPy knows is up to its plugins, such as psychopy-bbtk.

    Raises:
        DisplayError: one is there, and cannot be used.
    """
    from psychopy import logging
    from psychopy.hardware import DeviceManager
    from psychopy.hardware.lightsensor import BaseLightSensorGroup

    found = [
        profile
        for profile in BaseLightSensorGroup.getAvailableDevices()
        if not profile["deviceClass"].endswith(EMULATOR)
    ]
    if not found:
        return None
    name = str(found[0]["deviceName"])
    try:
        device = DeviceManager.addDevice(**found[0])
        device.resetTimer(logging.defaultClock)
    except Exception as error:  # each maker's own
        raise DisplayError(
            f"light sensor {name}: {str(error) or type(error).__name__}; connect it again, and "
            "close other programs that use it"
        ) from error
    return LightSensor(name, device)
