"""What goes into a Lambda's archive: files of the repository at their own paths, the same bytes the same archive.

Every file is an asset of its own, so no byte code and nothing that lies about gets in, and Pulumi gives each the same
timestamp.
"""

from pathlib import Path

import pulumi

SHARED_PACKAGES = ("jobs", "fleet")
LAYER_CONTENT = Path("build/layer/content")
"""Where `make setup` puts the dependencies that neither the Lambda runtime nor the Powertools layer carries."""


def function_archive(package: str, root: Path = Path()) -> pulumi.AssetArchive:
    """The code of the Lambda in `lambdas/<package>/`, with the packages that all share."""
    folders = [*(root / shared for shared in SHARED_PACKAGES), root / "lambdas" / package]
    return _archive(root, [root / "lambdas" / "__init__.py", *(file for folder in folders for file in files(folder))])


def layer_archive(root: Path = Path()) -> pulumi.AssetArchive:
    """The content of our own layer. Raises `pulumi.RunError` where it was not set up."""
    content = root / LAYER_CONTENT
    found = files(content)
    if not found:
        raise pulumi.RunError(f"{LAYER_CONTENT} is empty: the Lambda layer is not set up. Run: make setup")
    return _archive(content, found)


def files(folder: Path) -> list[Path]:
    """The files under a folder in a stable order, without byte code and hidden files."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix != ".pyc"
        and not any(part == "__pycache__" or part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _archive(root: Path, paths: list[Path]) -> pulumi.AssetArchive:
    return pulumi.AssetArchive({path.relative_to(root).as_posix(): pulumi.FileAsset(str(path)) for path in paths})
