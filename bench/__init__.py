"""Benchmarks: the figures that dlc is built to hold, measured on this machine. `python dlc.py bench` prints them.

Machines differ and are noisy, so nothing here fails: each figure stands beside its bar, and comparisons are ratios
of figures that were taken in one run.
"""
