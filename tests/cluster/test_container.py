"""The image of the lock files, built and used where a builder is at hand: docker, podman or buildah.

``BASE_IMAGE`` names another base than the Dockerfile's, where that cannot be fetched; ``BUILD_OPTIONS`` adds options to the build.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from faults.world import ROOT, World

IMAGE = "nianjian-test"


@dataclass(frozen=True)
class Builder:
    """A program that builds images and runs commands in them."""

    name: str

    def build(self) -> subprocess.CompletedProcess[str]:
        """Build the image from the project's Dockerfile."""
        base = [f"--build-arg=BASE={os.environ['BASE_IMAGE']}"] if os.environ.get("BASE_IMAGE") else []
        more = shlex.split(os.environ.get("BUILD_OPTIONS", ""))
        verb = "bud" if self.name == "buildah" else "build"
        return subprocess.run(
            [self.name, verb, *base, *more, "-f", "container/Dockerfile", "-t", IMAGE, "."],
            cwd=ROOT, capture_output=True, text=True, timeout=3600,
        )  # fmt: skip

    def run(self, folder: Path, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command in the image, with a folder at its own place."""
        mount = ["-v", f"{folder}:{folder}"]
        if self.name == "buildah":
            made = subprocess.run(["buildah", "from", IMAGE], capture_output=True, text=True, check=True)
            start = ["buildah", "run", *mount, "--workingdir", str(folder), made.stdout.strip(), "--"]
        else:
            start = [self.name, "run", "--rm", *mount, "-w", str(folder), IMAGE]
        return subprocess.run([*start, *command], capture_output=True, text=True, timeout=1800)


@pytest.fixture(scope="module")
def builder() -> Iterator[Builder]:
    """One that is there and answers."""
    for name in ("docker", "podman", "buildah"):
        if (
            shutil.which(name)
            and subprocess.run([name, "info"], capture_output=True, timeout=60).returncode == 0
        ):
            yield Builder(name)
            return
    pytest.skip("neither docker, podman nor buildah answers here")


def test_the_image_makes_the_laptop_s_bytes(builder: Builder, world: World) -> None:
    built = builder.build()
    if built.returncode and "pull" in built.stderr:
        pytest.skip(f"the base image cannot be fetched: {built.stderr[-300:]}")
    assert built.returncode == 0, built.stderr[-3000:]
    assert world.wanted
    workspace = world.fresh("container", drawn=False)
    command = world.command(workspace)
    ended = builder.run(world.scratch, ["python3", *command[1:]])
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    assert world.compare(workspace) == []
