"""The heading tells how many steps of the ladder are taken, and nothing of steps that are not."""


def test_the_heading_counts_the_steps_that_are_taken(play):
    async def script(stage):
        seen = [stage.text()]
        for key in ("minus", "minus", "plus", "plus"):
            await stage.press(key)
            await stage.look()
            seen.append(stage.text())
        return seen

    seen = play(script)
    words = ["full quality", "1 of 2 steps down", "2 of 2 steps down", "1 of 2 steps down", "full quality"]
    assert [f"ladder {word}  " in text for word, text in zip(words, seen, strict=True)] == [True] * 5
    assert "every_ms=500" not in seen[0]
