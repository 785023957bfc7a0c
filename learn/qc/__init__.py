"""Which participants are left out, and why."""
