"""Parts of an agreement that are added up."""

from portal.domain.agreement_parts import OldTerms


def test_arrears_are_all_their_components_together() -> None:
    arrears = {"principal": 1_000, "interest": 200, "fee": 30, "penalty": 4}
    assert OldTerms(arrears=arrears, overdue_since=None, rows=(), total=0).arrears_total == 1_234
