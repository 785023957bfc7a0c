"""Tables 1, 2 and 3: rows, runs, statistics, sentences, output."""
