"""What became of each admitted frame: presented, withheld or skipped, exactly one of them."""

from __future__ import annotations

import threading

from runtime.stats import Window
from runtime.tokens import Token


class Ledger:
    """Books frames as they leave the graph. Any stage's thread may call it."""

    def __init__(self) -> None:
        self.presented = 0
        self.withheld = 0
        self.skipped = 0
        self.ages = Window()
        self._lock = threading.Lock()  # guards all of the above and the open ends of tokens

    def book(self, token: Token) -> bool:
        """Takes a frame at one end of the graph; returns whether that was its last one, so that its credit is free."""
        with self._lock:
            token.open_ends -= 1
            if token.open_ends:
                return False
            if token.presented_at is not None:
                self.presented += 1
                self.ages.add(token.presented_at - token.frame.captured_at)
            elif token.withheld:
                self.withheld += 1
            else:
                self.skipped += 1
        token.let_go()  # before the credit goes back: the next frame may need the memory
        return True
