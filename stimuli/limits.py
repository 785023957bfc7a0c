"""The largest numbers that a study can need; larger ones are a slip of the finger or an attack."""

MAX_IMAGE_ID = 99_999_999  # the largest public sets of images have fewer
MAX_IMAGE_SIDE = 4096  # px, of an endpoint image
MAX_PER_COMBINATION = 100_000  # items of every two classes
MAX_SET_ITEMS = 1_000_000  # of a stimulus set
MAX_EPOCHS = 100_000  # of a training
MAX_TRAINING_BATCH = 1_000_000  # images
MAX_SEEDS = 1000  # repetitions
MAX_TRAINING_SEED = 2**31 - 1  # that every generator of random numbers takes
