"""Whole studies answered by simulated participants."""
