"""Jobs that a killed run left on a cluster."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from nianjian import cluster
from nianjian.cluster import ClusterError, Submission


def workflow(name="slurm", **settings):
    """As much of Snakemake's as is looked at."""
    return SimpleNamespace(
        local_exec=name == "local",
        executor_plugin=SimpleNamespace(name=name),
        executor_settings=SimpleNamespace(**settings),
    )


SLURM = {"jobname_prefix": "nianjian"}
GENERIC = {"status_cmd": "status", "cancel_cmd": "cancel"}


class Queue:
    """A cluster whose jobs end some looks after they were cancelled."""

    def __init__(self, lines=(), looks=1):
        self.lines, self.looks, self.calls = list(lines), looks, []

    def __call__(self, command):
        self.calls.append(list(command))
        if command[0] == "squeue":
            if self._cancelled:
                self.looks -= 1
            return "\n".join(self.lines if self.looks > 0 or not self._cancelled else [])
        if command[0] == "status":
            return "running" if not self._cancelled else "failed"
        return ""

    @property
    def _cancelled(self):
        return any(call[0] in ("scancel", "cancel") for call in self.calls)


@pytest.fixture
def queue(monkeypatch):
    monkeypatch.setattr(cluster, "ASKED_EACH", 0.01)

    def use(*lines, looks=1):
        found = Queue(lines, looks)
        monkeypatch.setattr(cluster, "_call", found)
        return found

    return use


def test_a_run_notes_how_it_submits_until_it_has_ended(tmp_path, queue):
    queue()
    cluster.started(workflow(**SLURM), tmp_path)
    assert cluster.noted(tmp_path) == Submission("slurm", "nianjian")
    cluster.ended(tmp_path)
    assert cluster.noted(tmp_path) is None
    cluster.ended(tmp_path)  # a run on a laptop ends without a note


def test_a_laptop_asks_no_cluster(tmp_path, queue):
    asked = queue()
    cluster.started(workflow("local"), tmp_path)
    assert asked.calls == [] and not (tmp_path / cluster.NOTE).exists()


def test_what_is_left_of_this_folder_alone_is_cancelled_and_waited_for(tmp_path, queue):
    here, other = tmp_path.resolve(), tmp_path.parent
    asked = queue(
        f"11|nianjian_a|{here}",
        f"12|nianjian_b|{other}",
        f"13|theirs|{here}",
        f"14|nianjian_a|{here}",
        looks=3,
    )
    cluster.started(workflow(**SLURM), tmp_path)
    assert [call for call in asked.calls if call[0] == "scancel"] == [["scancel", "11", "14"]]
    assert [call[0] for call in asked.calls].count("squeue") == 4
    assert cluster.noted(tmp_path)


def test_a_laptop_s_run_stops_what_a_killed_run_left_on_the_cluster(tmp_path, queue):
    queue()
    cluster.started(workflow(**SLURM), tmp_path)
    asked = queue(f"11|nianjian_a|{tmp_path.resolve()}")
    cluster.started(workflow("local"), tmp_path)
    assert ["scancel", "11"] in asked.calls and cluster.noted(tmp_path) is None


def test_jobs_that_do_not_end_stop_the_run(tmp_path, queue, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.05)
    queue(f"11|nianjian_a|{tmp_path.resolve()}", looks=10**6)
    with pytest.raises(
        ClusterError, match=r"jobs 11 of an earlier run are still on the cluster.*cancel them"
    ):
        cluster.started(workflow(**SLURM), tmp_path)


def incomplete(folder, **jobids):
    place = folder / cluster.INCOMPLETE
    place.mkdir(parents=True)
    for name, jobid in jobids.items():
        (place / name).write_text(json.dumps({"external_jobid": jobid}), encoding="utf8")
    (place / "broken").write_text("{", encoding="utf8")


def test_jobs_of_a_generic_cluster_are_known_by_snakemake_s_marks(tmp_path, queue):
    queue()
    incomplete(tmp_path, a="7.server", b="7.server", c=None, d="8.server")
    cluster.started(
        workflow("cluster-generic", **GENERIC), tmp_path
    )  # no run was killed: marks are of failed jobs
    asked = queue()
    cluster.started(workflow("cluster-generic", **GENERIC), tmp_path)
    assert ["cancel", "7.server", "8.server"] in asked.calls
    assert cluster.noted(tmp_path) == Submission("cluster-generic", "", "status", "cancel")


def test_a_command_that_fails_is_no_silence(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ClusterError, match=r"squeue.*failed.*see to it that none is"):
        cluster.started(workflow(**SLURM), tmp_path)
    (tmp_path / "squeue").write_text("#!/bin/sh\necho down >&2\nexit 1\n")
    (tmp_path / "squeue").chmod(0o755)
    with pytest.raises(ClusterError, match="down"):
        cluster.started(workflow(**SLURM), tmp_path)
