"""What written files say about how they were made: XMP, C2PA and a sidecar, written and read back.

Between `models` and `nodes`: sinks write it, `dlc.py provenance` reads it. Knows neither frames nor the engine.
"""
