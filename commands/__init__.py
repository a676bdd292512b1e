"""The commands of the command line, a file for each theme.

Their modules import what they need when they are called: `check` answers in a moment because it never loads a network,
a codec or the engine.
"""
