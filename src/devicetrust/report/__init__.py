"""What was found, for whoever reads it: people, programs, code review and test reports.

Makes: entries, and of them text, JSON, SARIF and JUnit XML; what a rule is; what was assessed of a framework.
May import: everything below.
Must never: judge, ask a rule that was not asked, or say that a certificate or a site complies with anything.
Read first: `Entry`, then `sarif_log`.
"""

from __future__ import annotations

from devicetrust.report.assessment import Assessment, Coverage, assess
from devicetrust.report.data import lints_data
from devicetrust.report.entry import Entry
from devicetrust.report.framework_text import framework_lines, frameworks_data
from devicetrust.report.junit import junit_xml
from devicetrust.report.regulatory_map import Framework, HowKnown, Requirement, built_in_frameworks, load_frameworks
from devicetrust.report.rule_data import every_code, every_rule, rule_data
from devicetrust.report.sarif import sarif_log
from devicetrust.report.text import lint_lines

__all__ = [
    "Assessment",
    "Coverage",
    "Entry",
    "Framework",
    "HowKnown",
    "Requirement",
    "assess",
    "built_in_frameworks",
    "every_code",
    "every_rule",
    "framework_lines",
    "frameworks_data",
    "junit_xml",
    "lint_lines",
    "lints_data",
    "load_frameworks",
    "rule_data",
    "sarif_log",
]
