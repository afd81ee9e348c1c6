"""Keeps a source's tokenised examples on disk and maps them into memory; knows how they are made, not what they say.

A cache is a folder `NAME-DIGEST` with `tokens.npy`, `learn.npy`, `offsets.npy` and `report.json`. The digest is of
everything that the examples depend on. It is written beside and renamed, so that half a cache is never read.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from array import array
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from botframework.training import examples as examples_module
from botframework.training import noising, templates
from botframework.training.examples import Complain, Encoder, Examples, render_window
from botframework.training.recipe import Source
from botframework.training.records import ReadReport
from botframework.training.streaming import CHUNK, Windows

_NOT_IN_EXAMPLES = {"weight", "held_out", "stream"}


def cached_examples(
    source: Source,
    path: Path,
    encoder: Encoder,
    *,
    seed: int,
    cache: Path,
    strict: bool = False,
    complain: Complain | None = None,
) -> Examples:
    """The examples of one source in random order, from `cache` or built into it.

    Raises:
        RecipeError: a record is bad and `strict` is set.
    """
    folder = cache / f"{source.name.replace('/', '-')}-{_digest(source, path, encoder, seed)}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        building = Path(mkdtemp(prefix=f".{folder.name}-", dir=cache))
        try:
            chosen = _choose(source, path, seed)
            windows = Windows(source, path, ReadReport(strict=strict), complain, chosen=chosen)
            _build(building, windows, encoder, seed)
            if not folder.is_dir():  # another process may have been first
                building.rename(folder)
        finally:
            shutil.rmtree(building, ignore_errors=True)
        complain = None
    report = ReadReport()
    report.restore(json.loads((folder / "report.json").read_text(encoding="utf-8")))
    for problem in report.problems if complain is not None or strict else ():
        if strict:
            ReadReport(strict=True).complain(problem)
        elif complain is not None:
            complain(problem)
    tokens, learn, offsets = (
        np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in ("tokens", "learn", "offsets")
    )
    return Examples(tokens, learn, offsets, report)


def _digest(source: Source, path: Path, encoder: Encoder, seed: int) -> str:
    stat = path.stat()
    identity = [source.model_dump(exclude=_NOT_IN_EXAMPLES), encoder.size, seed, str(path)]
    identity += [stat.st_size, stat.st_mtime_ns, encoder.name]
    digest = hashlib.sha256(json.dumps(identity, ensure_ascii=False, default=list).encode())
    for module in (templates, noising, examples_module):  # another wording makes other examples
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:16]


def _build(folder: Path, windows: Windows, encoder: Encoder, seed: int) -> None:
    source, report = windows.source, windows.report
    lengths = array("q")
    tokens_path, learn_path = folder / "tokens.raw", folder / "learn.raw"
    with tokens_path.open("wb") as tokens_file, learn_path.open("wb") as learn_file:
        for number in range(2**62):
            records = windows.next(source.buffer)
            if not records:
                break
            chats = render_window(records, source, Random(f"{seed}/{source.name}/{number}"))
            for start in range(0, len(chats), CHUNK):
                for ids, mask in encoder.examples(chats[start : start + CHUNK], report):
                    tokens_file.write(ids.tobytes())
                    learn_file.write(mask.tobytes())
                    lengths.append(len(ids))
    _shuffle(folder, encoder, np.frombuffer(lengths, np.int64) if lengths else np.zeros(0, np.int64), seed)
    tokens_path.unlink()
    learn_path.unlink()
    (folder / "report.json").write_text(json.dumps(report.state(), ensure_ascii=False), encoding="utf-8")


def _choose(source: Source, path: Path, seed: int) -> NDArray[np.bool_] | None:
    """Which of the source's good records to take, None for all."""
    if source.max_records is None:
        return None
    windows = Windows(source.model_copy(update={"max_records": None}), path, ReadReport())
    count = 0
    while records := windows.next(10_000):
        count += len(records)
    chosen = np.zeros(count, np.bool_)
    random = Random(f"{seed}/{source.name}/choice")
    chosen[random.sample(range(count), min(count, source.max_records))] = True
    return chosen


def _shuffle(folder: Path, encoder: Encoder, lengths: NDArray[np.int64], seed: int) -> None:
    """Write the raw examples in random order."""
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    order = np.random.default_rng(seed).permutation(len(lengths))
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths[order])])
    np.save(folder / "offsets.npy", offsets)
    for name, dtype in (("tokens", np.dtype(encoder.dtype)), ("learn", np.dtype(np.uint8))):
        if not len(lengths):
            np.save(folder / f"{name}.npy", np.zeros(0, dtype))
            continue
        raw = np.asarray(np.memmap(folder / f"{name}.raw", dtype, "r"))
        shuffled = open_memmap(folder / f"{name}.npy", "w+", dtype, (int(starts[-1]),))
        target = np.asarray(shuffled)
        for new, old in enumerate(order.tolist()):
            target[offsets[new] : offsets[new + 1]] = raw[starts[old] : starts[old + 1]]
        shuffled.flush()
