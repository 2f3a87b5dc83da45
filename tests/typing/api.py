"""The public API as a type checker sees it. Nothing here runs.

Makes: one function a promise; mypy --strict reads them in `make types`.
May import: devicetrust, as its users do.
Must never: need a cast or an ignore.
Read first: any.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import ssl
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, assert_type
from wsgiref.simple_server import make_server
from wsgiref.types import WSGIApplication

from cryptography import x509

from devicetrust import (
    AnchorConstraints,
    Audience,
    Certificate,
    CertificateID,
    CertificateRevocationList,
    DeviceIdentity,
    DeviceTrustError,
    Difference,
    DifferencePart,
    Effect,
    Evidence,
    EvidenceOutlook,
    Failure,
    Finding,
    Horizon,
    Language,
    LintReport,
    MisuseError,
    OCSPResponse,
    Outcome,
    PasswordRequired,
    Period,
    Profile,
    Reference,
    Replay,
    RevocationDepth,
    RevocationPolicy,
    RevocationSource,
    Severity,
    TimeInterval,
    TrustAnchor,
    TrustStore,
    Undecided,
    UnknownStatus,
    UnreadableCertificate,
    UnreadableInput,
    Untrusted,
    Verdict,
    Verifier,
    Waiver,
    WaiverFile,
    Waivers,
    Want,
    WantKind,
    WrongPassword,
    fetch,
    forecast,
    lint,
    load_certificates,
    load_crls,
    load_ocsp,
    load_profile,
    profiles,
    replay,
    report,
    testing,
    tls,
)
from devicetrust.profiles import StrengthPolicy, ValidityModel, strength
from devicetrust.sources import EvidenceSource, WaiverSource


def verifies_what_a_peer_presented(path: Path, at: datetime) -> Verdict:
    """The call of the README."""
    verifier = Verifier(TrustStore.from_file(path), profile=profiles.tls_server)
    leaf, *intermediates = load_certificates(path, password=b"secret")
    evidence = Evidence(crls=load_crls(path), ocsp=load_ocsp(b""), certificates=intermediates)
    reference = Reference.any_of(Reference.dns("pump-17.icu.example"), Reference.ip("10.20.30.40"))
    verdict = verifier.verify(leaf, intermediates, reference=reference, evidence=evidence, at=at)
    return assert_type(verdict.require(Outcome.TRUSTED, lasting=timedelta(days=30)), Verdict)


def waives(verifier: Verifier, path: Path, certificate: Certificate, verdict: Verdict, at: datetime) -> Verifier:
    """A waiver of what was found, beside those of a file."""
    [finding] = verdict.blocking()
    until = at + timedelta(hours=12)
    devices = [certificate.fingerprint]
    waiver = Waiver(code=finding.code, granted_by="A", reason="b", valid_from=at, valid_until=until, devices=devices)
    source: WaiverSource = WaiverFile(path)
    return verifier.evolve(waivers=Waivers([*source.waivers().waivers, waiver]))


def lints(path: Path, at: datetime) -> tuple[Finding, ...]:
    """Certificates held against rules, without trust."""
    report = assert_type(lint(load_certificates(path), profile=profiles.rfc5280, at=at), LintReport)
    return assert_type(report.findings, tuple[Finding, ...])


def explains_a_verdict(verdict: Verdict) -> None:
    """Audience and language are members, or the strings that they stand for."""
    assert_type(verdict.explain(), str)
    assert_type(verdict.explain(audience="help_desk", language="fr"), str)
    assert_type(verdict.explain(Audience.HELP_DESK, Language.FRENCH), str)


def records_a_verdict(verdict: Verdict, path: Path) -> None:
    """A record is octets; a replay takes them or a path, and has its differences by part."""
    asked_again = replay(assert_type(verdict.record(), bytes), profile=profiles.tls_client)
    assert_type(replay(path), Replay)
    assert_type(asked_again.same, bool)
    assert_type(asked_again.verdict, Verdict | None)
    assert_type(asked_again.outcome, Outcome)
    for difference in assert_type(asked_again.differences, tuple[Difference, ...]):
        assert_type(difference.part, DifferencePart)
        assert_type(difference.recorded, str | None)


def reads_a_verdict(verdict: Verdict) -> None:
    """Every field has a type that a caller can act on."""
    assert_type(verdict.outcome, Outcome)
    assert_type(verdict.path, tuple[Certificate | TrustAnchor, ...])
    assert_type(verdict.findings, tuple[Finding, ...])
    assert_type(verdict.headline, Finding | None)
    assert_type(verdict.user_constrained_policies, frozenset[str])
    assert_type(verdict.wants, tuple[Want, ...])
    assert_type(verdict.at, datetime)
    assert_type(verdict.horizon, Horizon)
    assert_type(verdict.lifetime, Horizon)
    assert_type(verdict.horizon.until, datetime | None)
    assert_type(verdict.horizon.cause, Finding | None)
    assert_type(verdict.horizon.recheck, datetime | None)
    assert_type(verdict.explain(), str)
    for finding in verdict.findings:
        assert_type(finding.code.id, str)
        assert_type(finding.severity, Severity)
        assert_type(finding.code.effect, Effect)
        assert_type(finding.source, str)
        assert_type(finding.where.certificate, int | None)


def says_which_device(verdict: Verdict, certificate: Certificate | x509.Certificate) -> None:
    """Each part of an identity is typed, and has its field."""
    identity = verdict.identity
    assert_type(identity, DeviceIdentity)
    assert_type(DeviceIdentity.from_certificate(certificate), DeviceIdentity)
    assert_type(identity.serial_number, str | None)
    assert_type(identity.hardware_modules[0].hw_serial_num, bytes)
    assert_type(identity.permanent_identifiers[0].assigner, str | None)
    assert_type(identity.udis[0].device, tuple[str, ...] | None)
    assert_type([(part.value, part.field, part.reason) for part in identity.parts], list[tuple[str, str, str | None]])


def binds_to_an_inventory() -> Reference:
    """Every entry is a reference, and joins with every other."""
    device = Reference.device(serial_number="SN-17", manufacturer="Acme Medical")
    return Reference.any_of(
        Reference.all_of(Reference.dns("pump-17.icu.example"), device),
        Reference.hardware_module("1.3.6.1.4.1.343.9", b"SN-17"),
        Reference.permanent_identifier("ab12", "2.23.133.12.1"),
        Reference.udi("(01)10614141123459(21)400"),
        Reference.udi("(01)10614141123459", listed=device),
        Reference.sdc_endpoint("142c0e2d-5af8-54c0-bb7e-6b603f646e4a"),
        Reference.spiffe("spiffe://hospital.example/pump/17"),
        Reference.udap("https://ehr.example/fhir"),
        Reference.ae_title("PUMP17", listed=device),
    )


def takes_certificates_of_cryptography(certificate: x509.Certificate, verifier: Verifier) -> None:
    """Wherever a `Certificate` is taken, one of ``cryptography`` is taken too."""
    trust = TrustStore([certificate], pinned=[certificate]).including(certificate).without(certificate)
    assert_type(trust, TrustStore)
    assert_type(verifier.verify(certificate, [certificate]), Verdict)
    assert_type(Evidence(certificates=[certificate]), Evidence)
    assert_type(Certificate.from_cryptography(certificate), Certificate)
    assert_type(Certificate(b"").to_cryptography(), x509.Certificate)


def evolves(profile: Profile, verifier: Verifier) -> None:
    """Frozen values make others of their own type."""
    assert_type(profile.evolve(name="ward clients", max_intermediates=1), Profile)
    assert_type(verifier.evolve(profile=profile), Verifier)


def chooses_strength_and_model(path: Path) -> Profile:
    """A strength policy and a validity model combine with any profile, from a file as well."""
    ours = strength.bsi_2026.evolve(rsa_schemes=frozenset(strength.RSAScheme))
    assert_type(ours, StrengthPolicy)
    assert_type(profiles.BUILT_IN["sdc_provider"], Profile)
    return assert_type(load_profile(path), Profile).evolve(strength=ours, validity_model=ValidityModel.IDEVID)


def looks_ahead(verifier: Verifier, leaf: Certificate, start: datetime, end: datetime) -> None:
    """A forecast is made of periods with an outcome and a cause."""
    outlook = EvidenceOutlook.AS_HELD
    for period in forecast(verifier, leaf, reference=Reference.UNCHECKED, start=start, end=end, outlook=outlook):
        assert_type(period, Period)
        assert_type(period.start, datetime)
        assert_type(period.end, datetime)
        assert_type(period.outcome, Outcome)
        assert_type(period.cause, Finding | None)


def acts_on_a_refusal(verdict: Verdict) -> Verdict:
    """A refusal carries its verdict; one for lack of evidence is a refusal too."""
    try:
        return verdict.require()
    except Undecided as refusal:
        assert_type([want.urls for want in refusal.verdict.wants], list[tuple[str, ...]])
        raise
    except Untrusted as refusal:
        return assert_type(refusal.verdict, Verdict)


def names_every_exception() -> list[type[DeviceTrustError]]:
    """One root catches all that is raised on purpose."""
    return [MisuseError, PasswordRequired, UnreadableCertificate, UnreadableInput, Untrusted, WrongPassword]


def limits_an_anchor(root: Certificate, after: datetime) -> TrustStore:
    """What an anchor may vouch for is the caller's word."""
    constraints = AnchorConstraints(purposes=frozenset({"1.3.6.1.5.5.7.3.1"}), max_path_length=0, distrust_after=after)
    return TrustStore([TrustAnchor.from_certificate(root, constraints=constraints)])


def asks_about_revocation(profile: Profile) -> Profile:
    """What a profile asks about revocation is a frozen value, and makes others of its own type."""
    assert_type(profile.revocation, RevocationPolicy)
    assert_type(profile.revocation.unknown, UnknownStatus)
    assert_type(RevocationPolicy.IF_PUBLISHED, RevocationPolicy)
    patient = RevocationPolicy.REQUIRED.evolve(
        depth=RevocationDepth.LEAF, sources=(RevocationSource.CRL,), stale_grace=timedelta(hours=12)
    )
    return profile.evolve(revocation=assert_type(patient, RevocationPolicy))


def passes_evidence(path: Path, responses: list[bytes], nonce: bytes) -> Evidence:
    """Evidence is made of what the loaders give, of views of octets, and of what could not be had."""
    crls = assert_type(load_crls(path), list[CertificateRevocationList])
    ocsp = assert_type(load_ocsp(path), list[OCSPResponse]) + [OCSPResponse(one, nonce=nonce) for one in responses]
    evidence = Evidence(crls=crls, ocsp=ocsp, failures=[Failure("http://crl.example/ca.crl", "no answer")])
    assert_type(evidence.crls, tuple[CertificateRevocationList, ...])
    assert_type(evidence.failures, tuple[Failure, ...])
    return assert_type(evidence.including(crls=[CertificateRevocationList(b"")]), Evidence)


def gets_what_is_wanted(verdict: Verdict) -> list[tuple[str, bytes | None]]:
    """A want says what kind of octets, for which certificate, where they are, and what to ask a responder."""
    for want in verdict.wants:
        assert_type(want.kind, WantKind)
        assert_type(want.certificate, bytes)
        assert_type(want.question, CertificateID | None)
    return [
        (url, None if want.question is None else assert_type(want.question.request(), bytes))
        for want in verdict.wants
        for url in want.urls
    ]


def does_not_know_the_time(verifier: Verifier, leaf: Certificate, earliest: datetime, latest: datetime) -> Verdict:
    """A moment may be an interval, wherever the time is known no better."""
    return verifier.verify(leaf, at=TimeInterval(earliest, latest))


def settles(verifier: Verifier, leaf: Certificate) -> Verdict:
    """Fetching gives a verdict; any fetcher will do."""
    fetcher = fetch.CachingFetcher(fetch.HttpFetcher(allow=["10.1.0.0/16"]), fetch.DiskCache("cache"))
    return assert_type(fetch.settle(verifier, leaf, fetcher=fetcher, budget=fetch.FetchBudget(seconds=5)), Verdict)


async def settles_in_tasks(verifier: Verifier, leaf: Certificate) -> Verdict:
    """The same for asyncio."""
    recorder = fetch.RecordingFetcher(fetch.ReplayFetcher({"http://crl.example/": b""}), "recorded")
    return assert_type(await fetch.asettle(verifier, leaf, fetcher=recorder, nonces=fetch.Nonces.RANDOM), Verdict)


def keeps_evidence_fresh(verifier: Verifier, leaf: Certificate, issuer: Certificate) -> datetime | None:
    """A source of fresh evidence is an evidence source."""
    issuers = [fetch.WatchedIssuer(issuer, ("http://crl.example/",))]
    with fetch.FreshEvidence(verifier, issuers=issuers) as fresh:
        source: EvidenceSource = fresh
        fresh.observe(verifier.verify(leaf, evidence=source.evidence()))
        assert_type(fresh.status(), tuple[fetch.WatchStatus, ...])
        return assert_type(fresh.end, datetime | None)


def certificates_for_tests(roots: Path, moment: datetime) -> None:
    """A hospital, a device of it, right and wrong, its status, its credential."""
    hospital = testing.Hospital(seed=1, at=moment, algorithm=testing.KeyAlgorithm.ED25519)
    pump = hospital.device("pump-1", kind="infusion_pump", faults=[testing.Fault.EXPIRED])
    hospital.device("pacs-1", testing.DeviceKind.PACS, identity=testing.DevID.IDEVID, not_after=moment)
    assert_type(pump.certificate, Certificate)
    assert_type(pump.chain, tuple[Certificate, ...])
    assert_type(pump.credential(), tls.Credential)
    hospital.revoke(pump)
    assert_type(hospital.roots, tuple[Certificate, Certificate])
    assert_type(hospital.crls(at=moment), list[CertificateRevocationList])
    assert_type(hospital.ocsp(pump.certificate, at=moment), OCSPResponse)
    assert_type(hospital.trust_store(), TrustStore)
    assert_type(TrustStore.for_tests(roots), TrustStore)
    assert_type(TrustStore.for_tests(hospital.roots), TrustStore)
    assert_type(hospital.verify(pump), Verdict)
    assert_type(testing.Fault.EXPIRED.expected.code, str)


def credentials(certificate: Path, private_key: Path) -> None:
    """From files, with a password or without."""
    credential = tls.Credential.from_files(certificate, private_key, password="secret")
    assert_type(credential.certificate, Certificate)
    assert_type(credential.chain, tuple[Certificate, ...])
    tls.Credential.from_objects(credential.chain, credential.private_key)


async def speaks_mutual_tls(verifier: Verifier, path: Path, source: EvidenceSource) -> None:
    """A context is an `ssl.SSLContext`; what it admits and refuses has a verdict."""
    credential = tls.Credential.from_pkcs12(path, "secret")
    listed = tls.admit.any_of(
        tls.admit.serial_numbers({"SN-1"}, manufacturer="Pumps"),
        tls.admit.references(Reference.dns("pump-1.icu.example")),
        tls.admit.inventory(lambda verdict: verdict.identity.serial_number == "SN-2"),
    )
    server = tls.server_context(verifier, credential, evidence=source, authorizer=listed)
    context: ssl.SSLContext = server
    assert_type(server.refuses_from, datetime | None)
    server.replace(credential=credential, evidence=Evidence(), authorizer=None)
    status = assert_type(server.status(), tls.Status)
    assert_type(status.health.body, bytes)
    assert_type(status.health.standing, tls.Standing)
    assert_type([one.until for one in status.exceptions], list[datetime | None])
    assert_type(status.last_reload, tls.Reload | None)
    assert_type(tls.prometheus_text({"dicom": status}), str)
    audit = logging.StreamHandler()
    audit.setFormatter(tls.SecurityAlertFormatter("gateway-3", site_id="St. Anna"))
    audit.addFilter(tls.is_node_authentication_failure)
    logging.getLogger("devicetrust.tls").addHandler(tls.GroupedRefusals(audit, tls.RefusalGroups()))
    client = tls.client_context(verifier, reference=lambda host, port: Reference.dns(host or "gateway.example"))
    try:
        _, writer = await asyncio.open_connection("gateway.example", 8443, ssl=client)
        assert_type(tls.verdict(writer), Verdict)
        assert_type(tls.verdict(context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())), Verdict)
    except tls.PeerUndecided as refused:
        assert_type(refused.verdict.wants, tuple[Want, ...])
    except tls.PeerRefused as refused:
        assert_type(refused.verdict, Verdict)


def stands_behind_a_proxy(
    verifier: Verifier, source: EvidenceSource, application: WSGIApplication, asynchronous: tls.ASGIApplication
) -> None:
    """A gate makes of an application one of the same kind."""
    gate = tls.ProxyGate(
        verifier,
        form=tls.ProxyForm.NGINX,
        header="ClientCertificate",
        proxies=["127.0.0.1", ipaddress.ip_network("10.0.0.0/24")],
        evidence=source,
        authorizer=tls.admit.serial_numbers({"SN-1"}),
        without_certificate=tls.WithoutCertificate.LET_PASS,
    )
    gated: WSGIApplication = gate.wsgi(application, underscored=tls.UnderscoredNames.DROPPED)
    make_server("127.0.0.1", 8000, gated)
    assert_type(gate.asgi(asynchronous), tls.ASGIApplication)
    assert_type(gate.names, frozenset[str])


class OnlyPumps(tls.admit.Authorizer):
    """An authorizer of one's own."""

    def decide(self, verdict: Verdict) -> tls.admit.Decision:
        return tls.admit.Decision(verdict.identity.manufacturer == "Pumps", "by its manufacturer")


def reports(certificate: Certificate, verdict: Verdict, file: Path) -> list[str]:
    """A lint report or a verdict, with its file, becomes text, data, SARIF or JUnit XML."""
    entries = [
        report.Entry("pump.pem", 0, lint(certificate, profile=profiles.tls_client)),
        report.Entry("a", 1, verdict),
    ]
    assert_type(report.sarif_log(entries), dict[str, Any])
    assert_type(report.junit_xml(entries, least=Severity.WARNING), str)
    for framework in (*report.built_in_frameworks().values(), *report.load_frameworks(file).values()):
        for assessment in report.assess(framework, entries):
            assert_type(assessment.coverage, report.Coverage)
            assert_type(assessment.requirement.known, report.HowKnown)
    return list(report.lint_lines(entries))
