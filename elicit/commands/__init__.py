"""The commands of `elicit`, a file each; `register` adds one to the app."""
