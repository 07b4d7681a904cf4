"""What a policy is assigned by, and errors that are clustered by it."""

from small_studies import WHERE, put


def changed(**sections):
    def change(study):
        for name, own in sections.items():
            study[name] = {**study.get(name, {}), **own}

    return change


PROVINCES = {"treatment": {"name": "rip", "policy": "low_carbon", "coding": "listed"}}
BY = {
    "one": {"estimator": "twfe", "outcome": "lngdp", "cluster": "assignment"},
    "two": {"extends": "one", "cluster": ["assignment", "year"]},
    "same": {"extends": "one", "cluster": ["city", "assignment"]},
}


def clusters(study):
    return [study.specs[name].params.cluster for name in BY]


def read(load, change):
    return load(change).study("uer")


def test_the_list_says_that_it_names_provinces(load):
    coded = {**PROVINCES["treatment"], "coding": "with_provinces"}
    study = read(load, changed(treatment=coded, specs=BY))
    assert clusters(study) == ["province", ["province", "year"], ["city", "province"]]
    assert study.facts()["assigned_by"] == "province"


def test_a_list_of_cities_assigns_by_city(load):
    coded = {**PROVINCES["treatment"], "coding": "city_pilot"}
    study = read(load, changed(treatment=coded, specs=BY))
    assert clusters(study) == ["city", ["city", "year"], "city"]
    assert study.facts()["assigned_by"] == "city"


def test_the_study_may_say_it(load, message):
    study = read(load, changed(treatment={"assigned_by": "province"}, specs=BY))
    assert clusters(study)[0] == "province" and study.facts()["assigned_by"] == "province"
    assert "treatment.assigned_by" in message(put("treatment", "assigned_by", value="provinec"))


def test_what_nothing_says_is_asked_for(load, message):
    # The list of agglomerations has no column of levels.
    told = message(changed(specs=BY))
    assert f"{WHERE}, specs.one.cluster" in told and "write that: assigned_by: agglomeration" in told
    assert read(load, None).facts()["assigned_by"] is None
