"""A benchmark: predict what held-out people see, on fixed splits that anybody can make again."""
