"""What conditions name must be there in the study that they are written for."""

from __future__ import annotations

import pytest

from nianjian import estimates
from nianjian.declarations.layers import Layers
from nianjian.declarations.loading import read_headlines
from nianjian.declarations.registry import Registry
from nianjian.errors import DeclarationError
from nianjian.headlines import names
from nianjian.headlines.conditions import parse


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load(Layers())


@pytest.mark.parametrize(
    ("study", "text"),
    [
        ("uer_integration", "positive('baseline', 'rip')"),
        ("uer_integration", "estimate('mediation', 'share[isu]') > 0"),
        ("uer_integration", "estimate('event', 'event[<=-6]') > 0"),
        ("resilience_integration", "estimate('step1', 'nobs') > estimate('by_grade', 'effect[1]')"),
        ("icr_ecopark", "positive('sdm', 'W*did') and positive('sdm', 'indirect[did]') and significant('sdm', 'lr_sar')"),
        ("uer_inequality", "rank('uer_gaps', 'gini_cell', 2009, group='east', other='west', component='uer_resistance') == 1"),
    ],
)  # fmt: skip
def test_names_of_a_study_are_known(registry, study, text):
    names.check(parse(text, "here"), registry.study(study))


@pytest.mark.parametrize(
    ("study", "text", "said"),
    [
        ("uer_integration", "positive('base', 'rip')", "'base' is no specification of uer_integration; did you mean 'baseline'?"),
        ("uer_integration", "positive('baseline', 'rap')", "'rap' is neither a column that uer_integration, baseline uses"),
        ("uer_integration", "positive('baseline', 'isu')", "'isu' is neither a column that uer_integration, baseline uses"),
        ("uer_integration", "positive('baseline', '')", "names no estimate of baseline"),
        ("uer_integration", "leads_insignificant('events')", "did you mean 'event'?"),
        ("uer_inequality", "measure('uer', 'gini', last) > 0", "'uer' is no index of inequality of uer_inequality"),
        ("uer_inequality", "measure('uer_gaps', 'ginni', last) > 0", "'ginni' is no measure of inequality; did you mean 'gini'?"),
        ("uer_inequality", "measure('uer_gaps', 'mean', last, group='south') > 0", "'south' is no group of uer_gaps"),
        ("uer_inequality", "measure('uer_gaps', 'mean', last, component='uer_luck') > 0", "'uer_luck' is no component of uer_gaps"),
        ("uer_inequality", "measure('uer_gaps', 'mean', 2008) > 0", "the years of uer_inequality are 2009 to 2023"),
    ],
)  # fmt: skip
def test_what_a_study_does_not_have_is_refused(registry, study, text, said):
    with pytest.raises(DeclarationError) as error:
        names.check(parse(text, "here"), registry.study(study))
    assert said in str(error.value) and str(error.value).startswith("here: ")


def test_every_paper_has_its_headlines_and_each_can_be_asked_of_its_study(registry):
    declared = read_headlines(registry.layers)
    assert set(declared) == {"S0", "S1", "S2", "S3", "S4"}
    for paper, own in declared.items():
        study = registry.study(own.study)
        assert study.model.paper == paper and len(own.claims) > 15
        for name, claim in own.claims.items():
            words = claim.claim.plain()
            assert words["zh"] != words["en"] and words["en"].endswith(".") and words["zh"].endswith("。"), (
                name
            )
            if claim.holds is not None:
                names.check(parse(claim.holds, name), study)


def test_terms_are_those_of_estimates():
    assert {estimates.CONSTANT, estimates.LEAD, *estimates.EVENTS} <= set(names.NAMED)
    assert {"nobs", "rho", "lr_sar", "direct", "moran", "pretrend", "share"} <= names.terms()
