"""The rooms keep to the import rules of docs/explanation/architecture.md."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUNTIME = {"jobs", "fleet", "worker", "lambdas"}
ROOMS = {"components", "local", "image", "scan", "bench", "simulator", *RUNTIME}
MAY_IMPORT = {
    "jobs": set[str](),
    "fleet": set[str](),
    "worker": {"jobs", "fleet"},
    "lambdas": {"jobs", "fleet"},
    "components": set[str](),
    "image": set[str](),
    "scan": set[str](),
    "local": ROOMS - {"scan", "image", "bench", "simulator"},
    "simulator": {"components", "fleet", "lambdas"},
    "bench": {*RUNTIME, "local"},
}


def modules_of(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported_names(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_the_rooms_it_may(room: str):
    modules = modules_of(room)
    assert modules, f"{room}/ has no modules: the rule would hold of nothing"
    strangers = {
        f"{module.relative_to(ROOT)} imports {name}"
        for module in modules
        for name in imported_names(module)
        if name.split(".")[0] in ROOMS - MAY_IMPORT[room] - {room}
    }
    assert strangers == set()


def test_a_lambda_imports_no_other_lambda():
    strangers = {
        f"{module.relative_to(ROOT)} imports {name}"
        for folder in sorted((ROOT / "lambdas").iterdir())
        if folder.is_dir()
        for module in folder.rglob("*.py")
        for name in imported_names(module)
        if name.startswith("lambdas.") and name.split(".")[1] != folder.name
    }
    assert strangers == set()


def test_only_the_settings_read_pulumi_config():
    readers = {
        str(module.relative_to(ROOT))
        for module in [ROOT / "__main__.py", *modules_of("components")]
        if "pulumi.Config(" in module.read_text(encoding="utf-8")
    }
    assert readers == {"components/settings.py"}


def annotations(module: Path) -> Iterator[ast.expr]:
    """What a module says of the types of functions' arguments and answers, of classes' fields and of its own names."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            said = [argument.annotation for argument in (*node.args.args, *node.args.kwonlyargs)]
            yield from (each for each in (*said, node.returns) if each is not None)
        elif isinstance(node, ast.ClassDef | ast.Module):
            yield from (each.annotation for each in node.body if isinstance(each, ast.AnnAssign))


def test_what_the_program_says_of_the_providers_types_is_quoted_since_naming_one_loads_a_thousand():
    said = [(module.name, each) for module in modules_of("components") for each in annotations(module)]
    names = [(module, name.id) for module, each in said for name in ast.walk(each) if isinstance(name, ast.Name)]
    assert len(names) > 100
    assert {module for module, name in names if name == "aws"} == set()


def test_the_composition_root_is_a_table_of_contents():
    assert len((ROOT / "__main__.py").read_text(encoding="utf-8").splitlines()) <= 80


def test_every_module_can_be_read_in_one_sitting():
    limit_lines = 350
    long = {
        str(module.relative_to(ROOT)): lines
        for room in ROOMS
        for module in modules_of(room)
        if (lines := len(module.read_text(encoding="utf-8").splitlines())) > limit_lines
    }
    assert long == {}
