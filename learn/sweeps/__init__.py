"""Many runs: in this process, in others, on Slurm."""
