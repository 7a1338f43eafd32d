"""Whatever can stop a borrower has an end: a field, a step that leads on, or a page that says what would work. None is forgotten."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.permissions import Role
from portal.messages import ERROR_TEXTS
from portal.models import Borrower, Event, Loan
from portal.web.borrower.plans.leading_on import _STEPS as STEPS
from portal.web.dead_ends import DEAD_ENDS, LOCKS, DeadEnd
from portal.web.errors import dead_end_page
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.codes import code_sent_to
from tests.integration.web.conftest import SECRET_KEY, BorrowerClient, Writing
from tests.integration.web.worlds import form_token, visit
from tests.page_faults import page_faults
from tests.people import Cast, add_loan, add_staff

ON_A_FIELD = frozenset(
    {
        "pairing_missing",
        "pairing_unclear",
        "pairing_wrong",
        "too_many_pairings",
        "borrower_on_support_call",
        "support_choice_missing",
        "support_call_over",
        "frequency_missing",
        "channel_missing",
        "consent_unknown",
        "hours_consent_needed",
        "hours_missing",
        "hours_reversed",
        "representative_contact_missing",
        "representative_kind_missing",
        "representative_name_missing",
        "representative_there",
        "attachment_consent_needed",
        "attachment_sent",
        "early_day_out_of_range",
        "file_broken",
        "file_heic",
        "file_missing",
        "file_too_large",
        "file_type_unknown",
        "files_busy",
        "pdf_acts",
        "pdf_locked",
        "pdf_too_long",
        "people_not_possible",
        "photo_too_large",
        "reply_missing",
        "too_many_files",
        "wish_missing",
        "email_missing",
        "mobile_missing",
        "mobile_unclear",
        "code_missing",
        "code_unclear",
        "code_wrong",
        "code_tries_spent",
        "code_expired",
        "code_used",
        "code_none",
        "ending_missing",
        "ending_unclear",
        "ending_wrong",
        "ending_shared",
        "number_same",
        "assigned_again",
        "notice_unseen",
        "mobile_elsewhere",
        "topic_missing",
        "case_loan_missing",
        "date_in_future",
        "colleague_unknown",
        "text_missing",
        "text_too_long",
        "message_missing",
        "message_too_long",
        "message_kind_refused",
        "amount_missing",
        "amount_negative",
        "amount_not_a_number",
        "amount_too_precise",
        "amount_too_large",
        "amount_not_positive",
        "parts_too_few",
        "day_of_month_unknown",
        "first_date_in_past",
        "first_date_too_early",
        "first_date_too_late",
        "deferral_out_of_range",
        "deferral_too_short",
        "deferral_in_vain",
        "weekday_unknown",
        "upfront_in_past",
        "upfront_too_early",
        "upfront_too_late",
        "pay_on_missing",
        "promise_in_past",
        "promise_too_early",
        "promise_too_late",
        "upfront_too_large",
        "upfront_not_for_kind",
        "kind_not_offered",
        "steps_out_of_range",
        "steps_need_more_payments",
        "steps_below_interest",
        "no_interest_to_pay",
        "settlement_out_of_bounds",
        "treatment_not_for_kind",
        "payment_out_of_bounds",
        "hardship_missing",
        "consent_needed",
        "need_missing",
        "day_not_possible",
        "monthly_zero",
        "kind_missing",
        "own_numbers_missing",
        "count_not_a_number",
        "installments_out_of_range",
        "date_missing",
        "date_unclear",
        "date_too_far",
        "disclosure_too_quick",
        "plan_too_long",
        "limitation_not_confirmed",
        "rate_above_cap",
        "total_above_cap",
        "nothing_overdue",
        "no_principal_left",
        "check_code_malformed",
        "check_code_mistyped",
        "check_nothing_given",
        "check_file_too_large",
        "check_file_empty",
    }
)
"""Said on the field, or above the form, with what was typed kept."""

NOT_BORROWERS = frozenset(
    {
        "case_closed",
        "case_decided_by_oneself",
        "case_moved",
        "case_not_taken",
        "case_owned_by_other",
        "colleague_cannot_handle",
        "complained_about",
        "correction_kind_missing",
        "correction_loan_missing",
        "correction_needed",
        "correction_text_missing",
        "evidence_missing",
        "hold_end_asked_already",
        "hold_end_needs_another",
        "hold_end_passed",
        "hold_has_no_end",
        "hold_kind_missing",
        "hold_not_by_hand",
        "hold_of_open_case",
        "hold_over",
        "legal_hold_over",
        "legal_hold_runs",
        "legal_hold_runs_already",
        "matter_missing",
        "data_must_be_kept",
        "hold_runs_already",
        "hold_too_long",
        "not_a_complaint",
        "note_missing",
        "number_moved",
        "number_too_early",
        "outcome_missing",
        "reason_does_not_fit",
        "request_answered",
        "words_missing",
        "attachment_claim_needed",
        "counter_changes_nothing",
        "counter_dates_too_early",
        "counter_out_of_date",
        "decided_by_other",
        "decided_first_by_oneself",
        "forbidden_phrase",
        "letter_missing",
        "nothing_to_undo",
        "question_missing",
        "creditor_known",
        "creditor_unknown",
        "proof_unclear",
        "rate_day_unlikely",
        "rate_differs",
        "rate_known_already",
        "rate_unlikely",
        "told_already",
        "told_before_assignment",
        "told_by_missing",
        "told_of_another",
        "currency_mixed",
        "currency_unknown",
        "period_unclear",
        "dates_not_rising",
        "first_date_not_after_start",
        "principal_not_positive",
        "rate_out_of_range",
        "grace_out_of_range",
        "multiple_unknown",
        "no_row_on_date",
        "no_installments_left",
        "line_too_long",
        "line_not_json",
        "line_not_an_object",
        "key_repeated",
        "key_unknown",
        "value_missing",
        "value_not_text",
        "value_not_a_number",
        "value_negative",
        "value_not_whole",
        "value_not_a_choice",
        "book_folder_missing",
        "book_file_missing",
        "book_file_twice",
        "book_file_unreadable",
        "header_missing",
        "column_unknown",
        "column_repeated",
        "column_missing",
        "row_broken",
        "reference_unclear",
        "reference_repeated",
        "text_broken",
        "text_longer_than",
        "value_out_of_range",
        "mobile_not_international",
        "id_ending_unclear",
        "email_unclear",
        "id_hash_unclear",
        "borrower_ref_unknown",
        "loan_ref_unknown",
        "loan_changed_hands",
        "currency_changed",
        "book_is_older",
        "payment_after_book",
        "day_is_over",
        "day_taken_over",
        "day_to_come",
        "principal_not_the_sum",
        "dpd_differs",
        "number_repeated",
        "number_missing",
        "paid_above_due",
        "payment_of_other_loan",
        "advances_missing",
        "payments_missing",
        "payment_before_advance",
        "rate_undefined",
        "rate_ambiguous",
        "rate_too_large",
        "rows_not_a_list",
        "rows_too_many",
        "row_unclear",
        "event_not_erasable",
        "event_proves_document",
        "event_without_place",
        "record_key_unusable",
        "record_key_exists",
        "seal_key_unusable",
        "seal_key_exists",
        "seal_certificate_unknown",
        "signing_failed",
        "signing_authority_trust_unusable",
        "signing_authority_key_unusable",
        "time_stamp_failed",
        "time_stamp_invalid",
        "time_stamp_trust_unusable",
        "time_stamp_key_unusable",
        "time_stamp_key_exists",
        "payment_reference_taken",
        "payment_unknown",
        "debt_unknown",
        "withheld_out_of_range",
        "permission_missing",
        "not_waiting",
        "plan_not_broken",
        "reinstated_before",
        "nothing_left_of_plan",
        "other_plan_exists",
        "end_told_already",
        "end_not_told",
        "end_too_early",
        "answer_waits",
        "reason_no_longer_true",
        "claimed_by_other",
        "claim_needed",
        "already_decided",
        "bulk_message_waits",
        "bulk_needs_own_look",
        "bulk_needs_second",
        "content_changed",
        "related_case",
        "drafted_by_oneself",
        "decided_before_by_oneself",
        "reason_missing",
        "reason_text_missing",
        "would_accept_missing",
        "guarantor_choice_missing",
        "login_taken",
        "login_missing",
        "staff_number_missing",
        "roles_not_together",
        "roles_as_before",
        "agency_missing",
        "agency_not_for_role",
        "agency_unknown",
        "agency_registered",
        "time_unclear",
        "incident_found_later",
        "incident_happened_later",
        "incident_kinds_missing",
        "incident_people_unclear",
        "incident_closed",
        "incident_unfinished",
        "notice_incomplete",
        "notice_by_oneself",
        "notice_answered",
        "notice_overtaken",
        "silence_reason_missing",
        "agency_over",
        "evaluated_already",
        "contract_reversed",
        "contract_over",
        "contract_too_long",
        "contract_not_longer",
        "evaluation_missing",
        "result_missing",
        "agency_ended",
        "staff_oneself",
        "staff_change_by_oneself",
        "staff_change_waits",
        "staff_change_over",
        "staff_change_stale",
        "staff_disabled",
        "staff_enabled",
        "last_administrator",
        "invitation_over",
        "invitation_waits",
        "totp_code_wrong",
        "key_known",
        "key_name_missing",
        "key_not_accepted",
        "keys_too_many",
        "password_not_new",
        "password_old_wrong",
        "passwords_differ",
        "id_number_missing",
        "id_number_unclear",
        "loan_number_missing",
        "closeness_missing",
        "too_many_declared",
        "roles_missing",
        "staff_unknown",
        "borrower_unknown",
        "password_too_short",
        "password_too_long",
        "password_breached",
        "password_common",
        "password_repeats",
        "password_own_word",
        "absence_over",
        "absence_reversed",
        "absence_too_long",
        "colleague_away",
        "colleague_cannot_decide",
        "staff_away",
        "view_name_taken",
        "call_outcome_missing",
        "statement_missing",
        "statements_missing",
        "note_sensitive",
        "promise_above_owed",
        "promise_day_missing",
        "promise_day_out_of_range",
        "call_back_missing",
        "call_back_out_of_range",
        "call_back_not_allowed",
        "next_call_unknown",
        "not_on_list",
        "lease_held",
        "lease_needed",
        "placement_over",
        "lease_of_other_loan",
        "borrower_on_call",
        "call_unfinished",
        "call_over",
        "override_reason_missing",
        "override_not_possible",
        "override_by_oneself",
        "override_answered",
        "override_over",
        "override_used",
        "too_many_searches",
        "support_call_open",
        "support_not_your_call",
        "support_not_allowed",
        "support_extended_already",
        "support_entered_already",
        "support_reason_missing",
        "support_direction_missing",
        "contact_not_allowed",
        "no_call_now",
        "only_the_borrower",
        "borrowers_page_on_call",
        "no_code_for_staff",
        "draft_unfinished",
        "too_many_views",
        "guide_moved",
        "policy_moved_on",
        "policy_changed_meanwhile",
        "policy_drafted_by_oneself",
        "policy_drafted_by_another",
        "policy_out_of_date",
        "policy_not_replayed",
        "policy_trial_running",
        "policy_changes_nothing",
        "policy_why_missing",
        "policy_note_missing",
        "policy_date_past",
        "policy_date_missing",
        "policy_date_before_last",
        "policy_share_out_of_range",
        "policy_not_sound",
        "policy_value_missing",
        "policy_value_unknown",
        "policy_value_out_of_range",
        "policy_value_not_a_number",
        "policy_floor_falls",
        "policy_offers_nothing",
        "policy_hours_end_before_they_begin",
        "policy_band_in_part",
        "policy_band_of_nothing",
        "policy_band_above_offer",
        "policy_band_below_payment",
        "policy_treatment_not_for_kinds",
        "policy_replay_waits",
        "policy_replay_size",
        "policy_trial_over",
        "policy_trial_end_asked",
        "policy_trial_end_not_asked",
        "policy_trial_end_by_oneself",
        "guide_phrase_forbidden",
        "guide_stage_unknown",
        "guide_steps_missing",
        "guide_text_missing",
        "support_wrap_up_missing",
        "support_wrapped_up",
        "support_outcome_missing",
        "support_follow_missing",
        "support_needs_proof",
        "support_loan_missing",
        "support_flag_missing",
        "support_call_back_at_night",
        "support_task_over",
        "support_call_on",
        "support_ceiling_reached",
        "recording_missing",
        "recording_unclear",
        "oral_needs_draft",
        "escalation_reason_missing",
        "escalation_answered",
        "escalation_own",
        "reveal_field_missing",
        "verdict_missing",
        "remark_missing",
        "reading_own_call",
        # figures
        "month_unknown",
        "month_to_come",
        "first_day_missing",
        "last_day_missing",
        "days_turned_round",
        "days_too_early",
        "days_too_many",
        "read_already",
        "portal_is_read_only",
        "portal_is_not_read_only",
        "read_only_reason_missing",
        "read_only_reason_too_long",
    }
)
"""Met at the desk and on the command line alone."""

GENERAL = frozenset({"not_found"})
TO_A_SCRIPT = frozenset({"typed_too_large", "typed_unclear"})
"""Answers to the script that keeps what is typed; no page shows them."""
LANGUAGES = pytest.mark.parametrize("language", ["zh_CN", "en"])


def text_of(answer: object) -> str:
    return answer.get_data(as_text=True)  # type: ignore[attr-defined,no-any-return]


def test_every_refusal_has_an_end_and_none_is_forgotten() -> None:
    known = ON_A_FIELD | NOT_BORROWERS | GENERAL | TO_A_SCRIPT | STEPS.keys() | DEAD_ENDS.keys()
    assert ERROR_TEXTS.keys() - known == set()
    assert known - ERROR_TEXTS.keys() == set()


@LANGUAGES
@pytest.mark.parametrize("name", [*DEAD_ENDS, *LOCKS])
def test_every_dead_end_says_why_what_would_work_and_what_to_have_ready(
    app: Flask, name: str, language: str
) -> None:
    end: DeadEnd = {**DEAD_ENDS, **LOCKS}[name]
    with app.test_request_context(headers={"Cookie": f"language={language}"}):
        app.preprocess_request()
        page, status = dead_end_page(409, end, "…")
        said = [str(end.heading), str(end.ready), *map(str, end.works)]
    assert status == 409
    assert page_faults(page) == []
    text = " ".join(re.sub(r"<[^>]+>", " ", page).replace("&#34;", '"').replace("&#39;", "'").split())
    assert all(words in text for words in said)
    assert re.search(r"\bR[2-9A-Z]{8}\b", text)
    assert "400-000-0000" in text
    assert "08:30-20:30" in text


@pytest.fixture
def closed_loan(cast: Cast, writing: Writing) -> Loan:
    with writing() as session:
        loan = add_loan(session, cast.li_na, ref="L-9001")
        loan.status = "closed"
        return loan


def refused_page(client: CheckedClient, loan: Loan) -> str:
    answer = client.post(f"/loans/{loan.public_id}/plan", data={"csrf_token": form_token(client, "/")})
    assert answer.status_code == 422
    return text_of(answer)


def test_the_number_on_the_page_leads_staff_to_what_was_met(
    app: Flask, cast: Cast, closed_loan: Loan, writing: Writing, borrower_client: BorrowerClient
) -> None:
    page = refused_page(borrower_client(cast.li_na), closed_loan)
    assert "这笔借款已经结束" in page
    number = re.findall(r"\bR[2-9A-Z]{8}\b", page)[0]
    with writing() as session:
        event = session.scalars(select(Event).where(Event.name == "refusal:met")).one()
        assert (event.request_id, event.borrower_id) == (number, cast.li_na.id)
        assert event.fields == {"endpoint": "borrower.plan_begin", "code": "loan_closed"}
        agent = add_staff(session, "2099", "only.agent", "只查询", Role.AGENT).id
    desk = visit(app, staff=agent)
    found = text_of(
        desk.get("/desk/reference", query_string={"number": f" {number[:5].lower()}-{number[5:]} "})
    )
    assert cast.li_na.borrower_ref in found
    assert cast.li_na.name not in found
    assert cast.li_na.mobile[-8:] not in found
    with writing() as session:
        look = session.scalars(select(Event).where(Event.name == "reference:looked_up")).one()
        assert look.fields == {"reference": number, "found": "refusal"}
        assert look.borrower_id == cast.li_na.id


@pytest.mark.parametrize("number", ["R22222222", "", "' OR 1=1 --", "李娜", "x" * 500])
def test_a_number_that_leads_nowhere_is_no_mistake(app: Flask, cast: Cast, number: str) -> None:
    desk = visit(app, staff=cast.zhou_min.id)
    assert desk.get("/desk/reference", query_string={"number": number}).status_code == 200


def test_a_refusal_leaves_nothing_but_its_trace_and_twice_is_two_numbers(
    cast: Cast, closed_loan: Loan, borrower_client: BorrowerClient
) -> None:
    client = borrower_client(cast.li_na)
    numbers = {re.findall(r"\bR[2-9A-Z]{8}\b", refused_page(client, closed_loan))[0] for _ in range(2)}
    assert len(numbers) == 2


def _wrong_endings(client: CheckedClient, writing: Writing, borrower: Borrower) -> str:
    client.submit("/sign-in", {"mobile": borrower.mobile})
    with writing() as session:
        code = code_sent_to(session, borrower.mobile, SECRET_KEY)
    client.submit("/sign-in/code", {"code": code})
    for number in range(6):
        answer = client.submit("/sign-in/ending", {"ending": f"000{number}"})
    assert answer.status_code == 429
    return text_of(answer)


def test_five_wrong_endings_end_in_a_page_that_says_what_still_works(
    client: CheckedClient, cast: Cast, writing: Writing
) -> None:
    page = _wrong_endings(client, writing, cast.li_na)
    assert "暂停 24 小时" in page
    assert "以前登录过的手机" in page
    assert "2026年11月3日" in page


def test_a_session_that_ended_by_itself_says_so_once(
    cast: Cast, borrower_client: BorrowerClient, clock: HandClock
) -> None:
    client = borrower_client(cast.li_na)
    assert "已为您退出登录" not in text_of(client.get("/"))
    clock.move_on(minutes=11)
    assert client.get("/").location == "/sign-in"
    assert "已为您退出登录" in text_of(client.get("/sign-in"))
    assert "已为您退出登录" not in text_of(client.get("/sign-in"))
