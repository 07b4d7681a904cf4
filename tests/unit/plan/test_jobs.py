"""One job of the plan."""

from nianjian.plan.jobs import Job, merged


def test_a_job_makes_all_files_of_all_its_outputs():
    job = Job("a", "", {}, {"x": ["1", "2"], "y": ["3"]}, {})
    assert job.files == ["1", "2", "3"] and job.names == ()


def test_paths_are_merged_by_name_each_once():
    first, second = {"sample": ["s"], "indices": ["a", "b"]}, {"indices": ["b", "c"], "matrices": ["m"]}
    assert merged(first, second) == {"sample": ["s"], "indices": ["a", "b", "c"], "matrices": ["m"]}
    assert first == {"sample": ["s"], "indices": ["a", "b"]} and merged() == {}
