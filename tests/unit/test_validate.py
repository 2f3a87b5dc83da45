"""From a leaf to validated paths: what is prepared once serves every leaf below, and never one that it should not."""

from __future__ import annotations

from datetime import timedelta

import pytest

import pki
from devicetrust import Certificate, TrustAnchor, TrustStore, profiles
from devicetrust.path import validate
from devicetrust.path.budget import Budget, Spending
from devicetrust.path.inputs import PathInputs
from devicetrust.path.moment import BEGINNING, NEVER, Moment
from devicetrust.path.search import DeadEnd
from devicetrust.path.state import Run
from devicetrust.path.validate import PathValidator, ValidatedPath
from devicetrust.trust.pool import IssuerPool
from pki import AT, common_name, dns, key
from pki_shapes import Scene
from ward import HOST, ISSUING, SECOND, certificates, including, presented, replacing, scene, verifier

INPUTS = profiles.rfc5280.path_inputs
SECONDS = int(AT.timestamp())


def validator(asked: Scene, inputs: PathInputs = INPUTS) -> PathValidator:
    return PathValidator(TrustStore([certificates(asked)[-1]]), IssuerPool(()), inputs)


def run(at: int = SECONDS, budget: Budget = INPUTS.budget) -> Run:
    return Run(INPUTS, Moment(at), Spending(budget))


def company(asked: Scene) -> tuple[Certificate, ...]:
    return tuple(Certificate(one) for one in presented(asked))


def found(paths: PathValidator, asked: Scene, one: Run) -> list[ValidatedPath | DeadEnd]:
    return list(paths.paths(Certificate(asked.sealed(0)), company(asked), one))


class TestPaths:
    def test_a_path_is_whole(self) -> None:
        """Leaf first, then the authorities; the anchor stands last."""
        asked = scene(2)
        (path,) = found(validator(asked), asked, run())
        assert isinstance(path, ValidatedPath)
        assert [one.der for one in path.certificates] == certificates(asked)[:3]
        assert path.above[-1] == TrustAnchor.from_certificate(certificates(asked)[-1])
        assert path.findings == ()

    def test_every_path_is_yielded(self) -> None:
        """A twin of the intermediate makes a second path, whether the first stands or not."""
        asked = scene()
        twin = asked.chain[1].draft._replace(serial_number=77).sealed(asked.signer(1))
        paths = [
            one
            for one in found(validator(asked), asked._replace(beside=(twin,)), run())
            if isinstance(one, ValidatedPath)
        ]
        assert {path.certificates[1].der for path in paths} == {asked.sealed(1), twin}

    def test_findings_bear_the_indices_of_the_whole_path(self) -> None:
        """An authority's fault has the authority's index, however often it was prepared."""
        asked = replacing(2, not_after=AT - SECOND)(scene(2))
        paths = validator(asked)
        for _ in range(2):
            (path,) = found(paths, asked, run())
            assert isinstance(path, ValidatedPath)
            assert [(one.code.id, one.where.certificate) for one in path.findings] == [("validity.expired", 2)]


class TestSpan:
    def test_all_comparisons_are_in_it(self) -> None:
        """The span is bounded by the nearest dates on both sides, those of prepared authorities too."""
        asked = scene().replacing(1, not_before=AT - timedelta(seconds=3), not_after=AT + timedelta(seconds=5))
        paths = validator(asked)
        for _ in range(2):
            one = run()
            found(paths, asked, one)
            assert (one.moment.since, one.moment.until) == (SECONDS - 3, SECONDS + 6)

    def test_a_prepared_path_serves_its_span_alone(self) -> None:
        """Before and after, the authorities are worked out again."""
        asked = scene().replacing(1, not_before=AT, not_after=AT)
        paths = validator(asked)
        codes = []
        for at in (SECONDS, SECONDS + 1, SECONDS - 1, SECONDS):
            (path,) = found(paths, asked, run(at))
            assert isinstance(path, ValidatedPath)
            codes.append([one.code.id for one in path.findings])
        assert codes == [[], ["validity.expired"], ["validity.not_yet_valid"], []]


class TestMoment:
    def test_what_turns_when(self) -> None:
        """A time is reached in its own second; each comparison narrows the span on one side."""
        moment = Moment(100)
        assert [moment.reached(time) for time in (100, 101, 50, 400)] == [True, False, True, False]
        assert (moment.since, moment.until) == (100, 101)

    def test_at_first_nothing_turns(self) -> None:
        """Without comparisons the span is all of time that certificates can name."""
        assert (Moment(0).since, Moment(0).until) == (BEGINNING, NEVER)

    def test_narrowing(self) -> None:
        """Spans of earlier comparisons only ever narrow."""
        moment = Moment(100)
        moment.narrow(50, 200)
        moment.narrow(10, 900)
        assert (moment.since, moment.until) == (50, 200)


class TestKnownPath:
    def sibling(self) -> Certificate:
        other = ISSUING.issues(common_name("pump-8"), key("p256", 8), dns(HOST))
        return Certificate(other.sealed(ISSUING.key))

    def test_nothing_is_known_at_first(self) -> None:
        """A way must have been shown."""
        asked = scene()
        assert validator(asked).known_path(self.sibling(), company(asked), run()) is None

    def test_the_way_of_a_sibling(self) -> None:
        """A leaf of the same issuer, identifier and company goes the same way as by a search."""
        asked = scene()
        paths = validator(asked)
        found(paths, asked, run())
        known = paths.known_path(self.sibling(), company(asked), run())
        (searched,) = validator(asked).paths(self.sibling(), company(asked), run())
        assert known is not None
        assert isinstance(searched, ValidatedPath)
        assert (known.certificates, known.anchor, known.findings) == (
            searched.certificates,
            searched.anchor,
            searched.findings,
        )

    @pytest.mark.parametrize(
        "change",
        [
            replacing(0, issuer=common_name("Nobody")),
            replacing(0, signature=b"\x30\x06\x02\x01\x01\x02\x01\x01"),
            including(0, pki.Extension(pki.AUTHORITY_KEY_IDENTIFIER, False, pki.sequence(pki.tlv(0x80, b"x")))),
        ],
    )
    def test_not_for_another_issuer_identifier_or_signature(self, change: object) -> None:
        """What differs in any of these is searched for from the start."""
        asked = scene()
        paths = validator(asked)
        found(paths, asked, run())
        leaf = Certificate(change(asked).sealed(0))  # type: ignore[operator]
        assert paths.known_path(leaf, company(asked), run()) is None

    def test_not_for_other_company(self) -> None:
        """What is presented beside the leaf is part of the question."""
        asked = scene()
        paths = validator(asked)
        found(paths, asked, run())
        assert paths.known_path(self.sibling(), (), run()) is None
        assert paths.known_path(self.sibling(), company(asked) * 2, run()) is None


class TestBounds:
    def test_caches_are_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many issuers are met, no more than the bound are kept, and the answers stay."""
        monkeypatch.setattr(validate, "_MOST_PREPARED", 4)
        asked = scene()
        paths = validator(asked)
        for number in range(12):
            twin = asked.chain[1].draft._replace(serial_number=1000 + number).sealed(asked.signer(1))
            one = list(paths.paths(Certificate(asked.sealed(0)), (Certificate(twin),), run()))
            assert [type(path) for path in one] == [ValidatedPath]
        assert len(paths._prepared) <= 4
        assert len(paths._first) <= 4

    def test_verdicts_are_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The same holds for answers kept."""
        from devicetrust import question as module

        monkeypatch.setattr(module, "_MOST_JUDGEMENTS", 8)
        judge = verifier(scene())
        for number in range(30):
            judge.verify(b"%d" % number, at=AT)
        assert len(judge._workings.judgements) <= 8


class TestBudget:
    def test_each_limit_is_spent_once_and_named(self) -> None:
        """A limit that is reached is noted once, and what is left of the others is not touched."""
        spending = Spending(Budget(signatures=1, candidates=0, name_comparisons=5, policy_nodes=2))
        answers = [
            spending.spend_signature(),
            spending.spend_signature(),
            spending.spend_signature(),
            spending.spend_candidate(),
            spending.spend_name_comparisons(6),
            spending.spend_name_comparisons(5),
            spending.spend_policy_nodes(2),
            spending.spend_policy_nodes(1),
        ]
        assert answers == [True, False, False, False, False, True, True, False]
        assert spending.spent == ["signatures", "candidates", "name_comparisons", "policy_nodes"]

    def test_a_prepared_path_costs_what_it_cost(self) -> None:
        """The same question costs the same, whether the authorities were prepared before or not."""
        asked = including(2, pki.name_constraints(permitted=[pki.directory(common_name("x")), dns("example.com")]))(
            scene(2)
        )
        asked = including(1, pki.certificate_policies("1.2.3"))(including(2, pki.certificate_policies("1.2.3"))(asked))
        paths = validator(asked)
        left = []
        for _ in range(2):
            one = run()
            found(paths, asked, one)
            left.append((one.spending.name_comparisons, one.spending.policy_nodes, one.spending.signatures))
        assert left[0] == left[1]
        assert left[0][0] < INPUTS.budget.name_comparisons
