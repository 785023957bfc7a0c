"""Where endpoint images come from: built-in pictures, CIFAR-10, a folder."""
