"""Where everything stands on a screen, before anything is drawn."""
