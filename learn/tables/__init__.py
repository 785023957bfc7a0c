"""Tables 1 and 2: rows, runs, statistics, sentences, output."""
