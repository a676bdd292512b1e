"""The version of dlc, in one place: the package's metadata takes it from here."""

VERSION = "0.1.0"
