"""`bench settings` over a few frames of a shipped graph."""

from typer.testing import CliRunner

from commands.bench import app


def test_each_way_has_a_row_and_the_first_is_what_others_are_compared_with():
    ways = ["faces.every_ms=250", "faces.every_ms=500 swapped.opacity=0.9"]
    tries = [part for way in ways for part in ("--try", way)]
    done = CliRunner().invoke(app, ["settings", "swap_video", "--frames", "3", "--rounds", "1", *tries])
    assert done.exit_code == 0, done.output
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["settings", "ms/frame", "CPU", "ms", "of", "the", "first"]
    assert [row[: len(way)] for row, way in zip(rows, ways, strict=False)] == ways
    assert rows[0].split()[-1] == "1.00"
