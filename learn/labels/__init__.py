"""From judgements to mixed images with soft labels."""
