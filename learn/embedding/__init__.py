"""What a network sees in the endpoint images."""
