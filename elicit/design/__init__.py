"""From a protocol, endpoint images and a participant to the trials of a session."""
