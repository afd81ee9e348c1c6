"""The packing mask, the loss over targets, the optimiser."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from botframework.training.examples import Examples
from botframework.training.model import build_model, packed_mask, sample_vocabulary, target_loss
from botframework.training.optimiser import Muon, orthogonalise
from botframework.training.packing import Mixer, Packer, pack
from botframework.training.recipe import Shape


def examples(*lengths: int, first: int = 10) -> Examples:
    """Examples of these lengths; every token of the i-th is `first + i`."""
    tokens = np.concatenate([np.full(n, first + i, np.uint16) for i, n in enumerate(lengths)])
    return Examples(tokens, np.ones(len(tokens), np.uint8), np.cumsum([0, *lengths], dtype=np.int64))


def test_examples_in_one_row_do_not_see_each_other() -> None:
    """Changing one example's tokens leaves the other's logits as they were, and as if it stood alone."""
    torch.manual_seed(0)
    model = build_model(Shape(hidden_size=32, layers=2, heads=2, kv_heads=1, head_dim=16, ffn_size=48), 50, 1, 0)
    one, other, changed = np.arange(5, 12), np.arange(20, 26), np.arange(30, 37)
    mask = np.ones(7)

    def logits(*contents: np.ndarray) -> torch.Tensor:
        rows = pack([[(ids, mask[: len(ids)]) for ids in contents]], 16, 0)
        with torch.no_grad():
            output = model(
                input_ids=torch.from_numpy(rows.tokens),
                attention_mask=packed_mask(torch.from_numpy(rows.documents)),
                position_ids=torch.from_numpy(rows.positions),
            )
        result: torch.Tensor = output.logits[0]
        return result

    packed = logits(one, other)[7:13]
    assert torch.allclose(packed, logits(changed, other)[7:13], atol=1e-6)
    assert torch.allclose(packed, logits(other)[:6], atol=1e-5)


def test_chunked_loss_is_cross_entropy_in_value_and_gradient() -> None:
    """The loss and both gradients equal torch's own, whatever the chunk."""
    torch.manual_seed(0)
    hidden, weight = torch.randn(37, 16, requires_grad=True), torch.randn(64, 16, requires_grad=True)
    targets = torch.randint(0, 64, (37,))
    expected = functional.cross_entropy(hidden @ weight.T, targets)
    wanted = torch.autograd.grad(expected, (hidden, weight))
    loss = target_loss(hidden, weight, targets, chunk=8)
    got = torch.autograd.grad(loss, (hidden, weight))
    with torch.no_grad():
        assert torch.allclose(target_loss(hidden, weight, targets, chunk=8), expected, atol=1e-5)
    assert torch.allclose(loss, expected, atol=1e-5)
    assert all(torch.allclose(g, w, atol=1e-6) for g, w in zip(got, wanted, strict=True))


def test_sampled_vocabulary_estimates_the_loss_without_bias() -> None:
    """Scoring all targets and a weighted sample of the rest comes close to scoring everything."""
    torch.manual_seed(0)
    hidden, weight = torch.randn(200, 16) * 0.3, torch.randn(800, 16, requires_grad=True)
    targets = torch.randint(0, 100, (200,))
    exact = functional.cross_entropy(hidden @ weight.T, targets).item()
    estimates = [target_loss(hidden, weight, targets, sampled=300).item() for _ in range(20)]
    assert sum(estimates) / 20 == pytest.approx(exact, abs=0.02)
    entries, bias = sample_vocabulary(targets, 800, 300)
    assert len(entries) == len(set(entries.tolist())) == len(bias) == 300
    assert set(targets.tolist()) <= set(entries.tolist())


def test_orthogonalised_matrices_have_singular_values_about_one() -> None:
    """Newton-Schulz brings every singular value near one, for wide and tall matrices."""
    torch.manual_seed(0)
    for shape in ((2, 24, 48), (2, 48, 24)):
        values = torch.linalg.svdvals(orthogonalise(torch.randn(shape)))
        assert values.min() > 0.6
        assert values.max() < 1.3


def test_muon_moves_downhill() -> None:
    """A few steps of Muon bring a matrix nearer to its target."""
    torch.manual_seed(0)
    weight, target = torch.nn.Parameter(torch.zeros(12, 8)), torch.randn(12, 8)
    optimiser = Muon([weight], lr=0.2)
    for _ in range(30):
        weight.grad = (weight - target).detach()
        optimiser.step()
    assert (weight - target).norm() < 0.3 * target.norm()


def test_rows_hold_whole_examples_with_positions_from_zero() -> None:
    """Every example lies unbroken in its row and counts its positions anew."""
    packer = Packer(Mixer([examples(5, 3, 6, 4)], [1.0]), 12, 0)
    rows = packer.rows(3)
    for tokens, documents, positions in zip(rows.tokens, rows.documents, rows.positions, strict=True):
        for number in range(1, documents.max() + 1):
            inside = np.flatnonzero(documents == number)
            assert len(set(tokens[inside])) == 1
            assert positions[inside].tolist() == list(range(len(inside)))
            assert len(inside) == {10: 5, 11: 3, 12: 6, 13: 4}[int(tokens[inside[0]])]
    assert not rows.learn[rows.documents == 0].any()


def test_sources_get_their_share_of_the_tokens() -> None:
    """Tokens are drawn by weight, however long a source's examples are, and small sources repeat."""
    mixer = Mixer([examples(*[10] * 50), examples(*[3] * 7, first=100)], [3.0, 1.0])
    counts = [0, 0]
    for _ in range(400):
        tokens, _ = mixer.draw()
        counts[int(tokens[0] >= 100)] += len(tokens)
    assert counts[0] / counts[1] == pytest.approx(3, rel=0.05)
    assert mixer.epochs[1] > 5


def test_a_mixer_goes_on_where_it_was_saved() -> None:
    """A restored mixer draws what the saved one would have drawn next."""
    sources, weights = [examples(*range(2, 30)), examples(*range(2, 9))], [1.0, 2.0]
    mixer = Mixer(sources, weights, seed=3)
    for _ in range(25):
        mixer.draw()
    restored = Mixer(sources, weights, seed=3)
    restored.restore(mixer.state())
    assert [restored.draw()[0].tolist() for _ in range(25)] == [mixer.draw()[0].tolist() for _ in range(25)]


def test_other_weights_count_from_where_the_mixer_was_restored() -> None:
    """After a change of weights the new shares hold at once, without a flood from the source that gained."""
    sources = [examples(*[5] * 90), examples(*[5] * 90, first=200)]
    mixer = Mixer(sources, [9.0, 1.0])
    for _ in range(60):
        mixer.draw()
    restored = Mixer(sources, [1.0, 1.0])
    restored.restore(mixer.state())
    drawn = [int(restored.draw()[0][0] >= 200) for _ in range(10)]
    assert sum(drawn) == 5
