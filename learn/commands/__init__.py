"""The commands of `learn`, a file each."""
