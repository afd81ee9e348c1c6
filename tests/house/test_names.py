"""What the packages export is sorted, real and complete."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for folder in ("botframework", "adapters", "skills", "models") for path in (ROOT / folder).rglob("*.py")
)
FORBIDDEN = ("NotImplementedError", "TODO", "FIXME", "pragma: no cover")


def _exports(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return list(ast.literal_eval(node.value))
    return None


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_source_file_keeps_the_rules(path: Path) -> None:
    """A source file says what it knows, exports names that exist, sorted by kind and name, and leaves no stub."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree) or not tree.body, "no module docstring"
    exports = _exports(tree)
    if exports is not None:
        assert exports == sorted(
            exports, key=lambda name: (0 if name.isupper() else 1 if name[0].isupper() else 2, name)
        )
        defined = {
            name
            for node in ast.walk(tree)
            for name in (
                [node.name]
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                else [alias.asname or alias.name for alias in node.names]
                if isinstance(node, ast.Import | ast.ImportFrom)
                else [node.id]
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
                else []
            )
        }
        assert set(exports) <= defined
    assert not [word for word in FORBIDDEN if word in text]


def test_importing_the_package_loads_nothing_heavy() -> None:
    """``import botframework`` brings no channel library, no model library and no database."""
    heavy = ["torch", "transformers", "telegram", "slack_bolt", "chromadb", "langchain_core", "sqlalchemy"]
    code = f"import sys, botframework; print([m for m in {heavy!r} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "[]"
