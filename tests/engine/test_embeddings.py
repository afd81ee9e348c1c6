"""The static sentence embedder behind langchain's Embeddings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from botframework.engine.embeddings import StaticEmbeddings
from botframework.errors import ModelNotFound


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An embedder of five words in two dimensions."""
    tokenizer = Tokenizer(models.WordLevel({"?": 0, "cat": 1, "chat": 2, "dog": 3, "the": 4}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    vectors = np.array([[0, 0], [3, 0], [2, 0], [0, 1], [5, 5]], np.float16)
    save_file(
        {"embedding": vectors, "weight": np.array([1, 1, 1, 1, 0], np.float32)}, tmp_path / "embedder.safetensors"
    )
    (tmp_path / "config.json").write_text(json.dumps({"dim": 2}))
    return tmp_path


def test_a_text_is_the_weighted_mean_of_its_tokens_at_length_one(folder: Path) -> None:
    """Vectors have length one, a word of weight nothing counts for nothing, and queries equal documents."""
    embeddings = StaticEmbeddings(folder)
    assert embeddings.embed_documents(["cat", "the chat", "dog"]) == [[1, 0], [1, 0], [0, 1]]
    assert embeddings.embed_query("cat dog") == pytest.approx([3 / 10**0.5, 1 / 10**0.5])
    assert embeddings.dim == 2


def test_an_empty_text_gets_zeros(folder: Path) -> None:
    """A text without known tokens gets zeros instead of a division by zero."""
    assert StaticEmbeddings(folder).embed_documents(["", "?"]) == [[0, 0], [0, 0]]


def test_a_folder_without_an_embedder_is_named(tmp_path: Path) -> None:
    """The error names the folder and how to make one."""
    with pytest.raises(ModelNotFound, match=r"no embedder folder.*train embedder"):
        StaticEmbeddings(tmp_path)


def test_sizes_that_do_not_fit_are_refused(folder: Path) -> None:
    """Vectors of another vocabulary than the tokenizer's are refused."""
    save_file({"embedding": np.zeros((3, 2), np.float16)}, folder / "embedder.safetensors")
    with pytest.raises(ModelNotFound, match="different sizes"):
        StaticEmbeddings(folder)


def test_no_torch_is_loaded() -> None:
    """Embedding a text needs numpy and tokenizers, not torch."""
    code = "import sys; import botframework.engine.embeddings; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_the_bundled_embedder_brings_translations_together() -> None:
    """In the bundled embedder a sentence's nearest is its translation, in each language."""
    import botframework_mini

    embeddings = StaticEmbeddings(botframework_mini.embedder)
    english = ["Where is the train station?", "My cat is sleeping on the bed.", "I would like to drink some coffee."]
    others = {
        "zh": ["火车站在哪里？", "我的猫在床上睡觉。", "我想喝咖啡。"],
        "fr": ["Où est la gare ?", "Mon chat dort sur le lit.", "Je voudrais boire du café."],
        "de": ["Wo ist der Bahnhof?", "Meine Katze schläft auf dem Bett.", "Ich möchte Kaffee trinken."],
        "es": ["¿Dónde está la estación de tren?", "Mi gato duerme en la cama.", "Me gustaría tomar un café."],
    }
    left = np.array(embeddings.embed_documents(english))
    for language, sentences in others.items():
        right = np.array(embeddings.embed_documents(sentences))
        assert (left @ right.T).argmax(1).tolist() == [0, 1, 2], language
