"""The report of a study: numbers, figures, words, one HTML page."""
