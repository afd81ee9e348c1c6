"""Human evaluation side by side: which answers are shown in which order, the votes, the win rate; prints nothing.

Votes are kept in a file of JSON lines, one written at a time, so that voting can be left and taken up again. The order
is drawn from the file's own seed and the question, so it stays the same when a question is shown again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Literal

from botframework.errors import DataError
from botframework.evaluation.result import wilson

__all__ = ["Ballot", "Pair", "Score", "Vote", "Winner", "swapped", "tally"]

Winner = Literal["first", "second", "tie"]


@dataclass(frozen=True, slots=True)
class Pair:
    """One request with the answers of both models."""

    id: str
    request: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Vote:
    """What a person thought of a pair: ``first`` and ``second`` are models, not places on the screen."""

    id: str
    winner: Winner
    request: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Score:
    """The second model's wins over the first; a tie counts half in ``rate`` and its 95 % interval, each 0 … 1."""

    wins: int
    losses: int
    ties: int
    rate: float
    low: float
    high: float


def swapped(pair: Pair, seed: int) -> bool:
    """Whether the second model's answer is shown on the left."""
    return Random(f"{seed}:{pair.id}").random() < 0.5


def tally(votes: Sequence[Vote]) -> Score:
    """Wins, losses, ties and the win rate of the second model with Wilson's interval."""
    winners = [vote.winner for vote in votes]
    wins, losses, ties = (winners.count(kind) for kind in ("second", "first", "tie"))
    score = wins + ties / 2
    low, high = wilson(score, len(votes))
    return Score(wins, losses, ties, score / len(votes) if votes else 0.0, low, high)


class Ballot:
    """The votes of one comparison in their file.

    Args:
        path: of the file; it is made when it is not there.
        first: name of one model.
        second: name of the other.

    Raises:
        DataError: the file belongs to another comparison, or is no file of votes.
    """

    def __init__(self, path: Path, first: str, second: str) -> None:
        self.path = path
        self.votes: list[Vote] = []
        if path.is_file() and path.stat().st_size:
            self.seed = self._load(first, second)
        else:
            self.seed = int.from_bytes(os.urandom(4))
            path.parent.mkdir(parents=True, exist_ok=True)
            self._append({"first": first, "second": second, "seed": self.seed})

    def _load(self, first: str, second: str) -> int:
        whole = self.path.read_text(encoding="utf-8")
        lines = whole.splitlines()
        if not whole.endswith("\n"):  # a write that was cut off; its vote is asked for again
            lines.pop()
            self.path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        try:
            head, *votes = [json.loads(line) for line in lines]
            models, seed = (head["first"], head["second"]), int(head["seed"])
            self.votes = [Vote(**vote) for vote in votes]
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{self.path}: this is no file of votes ({error!r}); name another with --votes") from error
        if models != (first, second):
            raise DataError(
                f"{self.path}: these votes compare {models[0]} with {models[1]}; name another file with --votes"
            )
        return seed

    @property
    def done(self) -> set[str]:
        """Ids of the pairs that have a vote."""
        return {vote.id for vote in self.votes}

    def add(self, pair: Pair, winner: Winner) -> None:
        """Keep a vote; it is on the disk when this returns."""
        vote = Vote(pair.id, winner, pair.request, pair.first, pair.second)
        self._append(asdict(vote))
        self.votes.append(vote)

    def _append(self, line: dict[str, object]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
