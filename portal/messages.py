"""The text for people of every error code. ``%(name)s`` placeholders are filled from the error's details."""

from collections.abc import Mapping
from datetime import date

from flask_babel import LazyString, lazy_gettext

from portal.domain.errors import DomainError
from portal.domain.money import parse_minor
from portal.i18n import format_date, format_money

ERROR_TEXTS: Mapping[str, LazyString] = {
    # general
    "not_found": lazy_gettext("We could not find this page."),
    "document_damaged": lazy_gettext(
        "This document cannot be opened now as it was filed. The fault is noted, and nothing else is affected."
    ),
    "attachment_damaged": lazy_gettext(
        "This file cannot be opened now as it was sent. The fault is noted, and nothing else is affected."
    ),
    # sign-in and codes
    "mobile_missing": lazy_gettext("Enter your mobile number."),
    "mobile_unclear": lazy_gettext("Enter a mobile number of 11 digits, for example 138 0000 0000."),
    "code_missing": lazy_gettext("Enter the code from the text message."),
    "code_unclear": lazy_gettext("The code has 6 digits."),
    "code_wrong": lazy_gettext("This code is not right. You can try %(left)s more times."),
    "code_tries_spent": lazy_gettext("This code was tried too many times. Please ask for a new one."),
    "code_expired": lazy_gettext("This code is no longer valid. Please ask for a new one."),
    "code_used": lazy_gettext("This code was used already. Please ask for a new one."),
    "code_none": lazy_gettext("No code was asked for here. Please ask for a new one."),
    "ending_missing": lazy_gettext("Enter the last four characters of your ID."),
    "ending_unclear": lazy_gettext("Enter four characters: digits, or digits and a final X."),
    "ending_wrong": lazy_gettext(
        "This does not match our records. Please check the last four characters of your ID."
    ),
    "ending_shared": lazy_gettext(
        "We cannot tell whose account this is. Please call us; we will help you sign in."
    ),
    "number_same": lazy_gettext(
        "The new number is the same as the old one. Enter the number that you use now."
    ),
    "mobile_elsewhere": lazy_gettext(
        "At present we can send codes only to numbers that begin with %(prefixes)s. If you have none, please call us."
    ),
    # cases
    "topic_missing": lazy_gettext("Choose what it is about."),
    "text_missing": lazy_gettext("Tell us in a few words."),
    "form_sent_already": lazy_gettext(
        "This form was sent already. Please open a new one to tell us something else."
    ),
    "rate_known_already": lazy_gettext(
        "Figures up to %(until)s are known already, and are not changed here."
    ),
    "rate_day_unlikely": lazy_gettext(
        "The prime rate is published on the 20th of a month or the next working day; this day lies outside of that."
    ),
    "rate_unlikely": lazy_gettext(
        "Enter a percentage above 0 and up to 10, with two decimals at most, such as 3.00."
    ),
    "rate_differs": lazy_gettext(
        "Another figure stands there: %(before)s. If that one is wrong, add --replace; both are recorded."
    ),
    "date_in_future": lazy_gettext("This day is still to come."),
    "told_before_assignment": lazy_gettext(
        "On this day the lender's book still named the creditor of before. Enter the day of the notice about the present one."
    ),
    "told_of_another": lazy_gettext(
        "The notice has to name the creditor of today, as its name stands above. One about an earlier assignment does not count."
    ),
    "notice_unseen": lazy_gettext("Please read the notice below once more, then press the button."),
    "assigned_again": lazy_gettext(
        "Meanwhile the lender's book names another creditor. Please read the notice below once more."
    ),
    "told_by_missing": lazy_gettext("Choose how the borrower was told."),
    "told_already": lazy_gettext("That the borrower was told is on record already."),
    "proof_unclear": lazy_gettext(
        "Enter the number under which the proof is kept: 4 to 40 letters, digits and hyphens."
    ),
    # cases at the desk
    "case_loan_missing": lazy_gettext("Choose the loan that it is about."),
    "complained_about": lazy_gettext("This complaint is about you. A colleague handles it."),
    "case_decided_by_oneself": lazy_gettext(
        "You decided this before, and the borrower asked for another person."
    ),
    "case_closed": lazy_gettext("This has been decided already."),
    "case_owned_by_other": lazy_gettext("Staff member %(by)s handles this."),
    "case_not_taken": lazy_gettext("Nobody has taken this on. Take it first."),
    "case_moved": lazy_gettext("The borrower has written since you opened the page. Read that first."),
    "colleague_cannot_handle": lazy_gettext("This colleague does not handle such cases."),
    "colleague_unknown": lazy_gettext("No colleague has this number; leave it empty if you are not sure."),
    "not_a_complaint": lazy_gettext("Only a complaint can be about a member of staff."),
    "outcome_missing": lazy_gettext("Choose how it ends."),
    "reason_does_not_fit": lazy_gettext("This reason does not go with this outcome."),
    "words_missing": lazy_gettext("Write to the borrower what was found and why."),
    "correction_needed": lazy_gettext(
        "Ask the lender to correct its book first: the borrower is right, in whole or in part."
    ),
    "correction_kind_missing": lazy_gettext("Choose what the lender is to correct."),
    "correction_text_missing": lazy_gettext("Write what stands in the book, and what should stand there."),
    "correction_loan_missing": lazy_gettext("Choose the loan that it is about."),
    "request_answered": lazy_gettext("Another answer of the lender is noted already."),
    "number_too_early": lazy_gettext(
        "The old number may still object. The new one can be taken over from %(earliest)s."
    ),
    "number_moved": lazy_gettext("The number on record has changed since this was asked for."),
    "second_look_asked": lazy_gettext("Another person has looked at this already."),
    "second_look_not_needed": lazy_gettext(
        "What you asked for was granted, so there is nothing to look at again."
    ),
    "second_look_too_late": lazy_gettext(
        "Another look can be asked for within 15 days. You can bring the matter up anew at any time."
    ),
    # holds
    "hold_not_by_hand": lazy_gettext("This pause of contact is not set or ended by hand in your role."),
    "hold_runs_already": lazy_gettext("Contact on this loan is paused for this reason already."),
    "hold_over": lazy_gettext("This pause of contact has ended already."),
    "hold_of_open_case": lazy_gettext(
        "An open case stands behind this pause. It ends when the case is decided."
    ),
    "hold_end_asked_already": lazy_gettext("A colleague has asked to end it. Agree or refuse."),
    "hold_end_needs_another": lazy_gettext(
        "You asked for the end of this pause yourself. Somebody else has to agree."
    ),
    "hold_has_no_end": lazy_gettext("A pause of this kind has no end date: it is ended by hand."),
    "hold_end_passed": lazy_gettext("The last day is over already."),
    "hold_too_long": lazy_gettext("The last day can be %(latest)s at the latest."),
    "hold_kind_missing": lazy_gettext("Choose why contact is to be paused."),
    "evidence_missing": lazy_gettext("Choose what shows it; not everything shows every reason."),
    "note_missing": lazy_gettext("Write in a sentence what was seen or said."),
    "legal_hold_runs_already": lazy_gettext(
        "A legal hold runs for this already. Nothing is deleted while it does."
    ),
    "legal_hold_over": lazy_gettext("This legal hold has ended already."),
    "legal_hold_runs": lazy_gettext("A legal hold runs for this borrower: nothing about them is erased."),
    "data_must_be_kept": lazy_gettext(
        "This borrower cannot be erased: a term, a debt, a dispute or a legal hold stands against it."
    ),
    "matter_missing": lazy_gettext("Write which matter it is: a file number, an office."),
    # messages
    "message_missing": lazy_gettext("Paste the message here, or type its check number."),
    "message_too_long": lazy_gettext("At most %(most)s characters, please: one message is enough."),
    # threads
    "message_kind_refused": lazy_gettext("This kind of message cannot be sent from here."),
    "thread_not_open": lazy_gettext("You can write to us about a plan once it has been sent."),
    "attachment_consent_needed": lazy_gettext(
        "Tick that you agree to the use of your documents, or send your message without a file."
    ),
    "too_many_files": lazy_gettext("At most %(most)s files go with one message. Send these first."),
    "file_missing": lazy_gettext("Choose a file first."),
    "file_too_large": lazy_gettext(
        "This file is larger than %(megabytes)s MB. Take a photo of the paper, or send fewer pages."
    ),
    "file_type_unknown": lazy_gettext(
        "This is no photo (JPEG, PNG, WebP) and no PDF. Take a photo of the paper and send that."
    ),
    "file_heic": lazy_gettext(
        "This photo is in the HEIC format, which we cannot read. Take a screenshot of it and send that instead."
    ),
    "file_broken": lazy_gettext("This file cannot be read. Take a photo of the paper and send that."),
    "photo_too_large": lazy_gettext(
        "This picture has more than %(megapixels)s million pixels. Take a photo of the paper with your phone and send that."
    ),
    "pdf_locked": lazy_gettext(
        "This PDF is locked with a password. Send a copy without one, or a photo of the paper."
    ),
    "pdf_too_long": lazy_gettext("A PDF can have at most %(most)s pages. Send only the pages that matter."),
    "pdf_acts": lazy_gettext(
        "This PDF holds more than pages (programs or other files). Print it to a new PDF, or take a photo of the paper."
    ),
    "files_busy": lazy_gettext(
        "Many files arrive at this moment. Please send yours again in a minute; your words are kept."
    ),
    "attachment_sent": lazy_gettext("This file was sent already and stays with its message."),
    "attachment_claim_needed": lazy_gettext("Take the case first: its papers are for who decides it."),
    "attachment_erased": lazy_gettext("This file was deleted when its time was over, as we promised."),
    # wishes, consents, representatives
    "hours_missing": lazy_gettext("Choose from when and until when we may contact you."),
    "hours_reversed": lazy_gettext("The later hour must come after the earlier one."),
    "channel_missing": lazy_gettext("Leave at least one way to reach you."),
    "hours_consent_needed": lazy_gettext(
        "Between 22:00 and 8:00 we contact you only if you agree. Tick the box, or choose other hours."
    ),
    "consent_unknown": lazy_gettext("There is no such consent."),
    "representative_kind_missing": lazy_gettext("Choose who speaks for you."),
    "representative_name_missing": lazy_gettext("Enter the name of the person or the office."),
    "representative_contact_missing": lazy_gettext("Enter how we reach them: a number or an address."),
    "representative_there": lazy_gettext(
        "Somebody speaks for you already. Remove them first, then name another."
    ),
    # creditors
    "creditor_unknown": lazy_gettext("The book has no creditor of the name %(name)s."),
    "creditor_known": lazy_gettext("The book has another creditor of the name %(name)s already."),
    # money
    "amount_missing": lazy_gettext("Enter an amount."),
    "amount_negative": lazy_gettext("The amount cannot be below zero."),
    "amount_not_a_number": lazy_gettext("Enter the amount in plain digits, for example 1200 or 1200.50."),
    "amount_too_precise": lazy_gettext("The amount can have at most %(decimals)s decimal places."),
    "amount_too_large": lazy_gettext("The amount can be at most %(maximum)s."),
    "currency_mixed": lazy_gettext("Sums in %(mine)s and %(theirs)s cannot be put together."),
    "currency_unknown": lazy_gettext("This currency is not known here."),
    "parts_too_few": lazy_gettext("There must be at least %(minimum)s payment."),
    # pricing a plan
    "nothing_overdue": lazy_gettext("Nothing is overdue on this loan, so there is nothing to plan."),
    "no_principal_left": lazy_gettext("No principal is left on this loan to reschedule."),
    "day_of_month_unknown": lazy_gettext("Choose a day from 1 to 28, or the last day of the month."),
    "first_date_in_past": lazy_gettext("The first payment can be on %(earliest)s at the earliest."),
    "first_date_too_early": lazy_gettext("The first payment can be on %(earliest)s at the earliest."),
    "first_date_too_late": lazy_gettext("The first payment can be on %(latest)s at the latest."),
    "deferral_out_of_range": lazy_gettext("Payments can move by 1 to %(maximum)s periods."),
    "deferral_too_short": lazy_gettext(
        "That is too short a pause: the first payment can be on %(earliest)s at the earliest, so the dates have to move by "
        "%(fewest)s periods or more."
    ),
    "deferral_in_vain": lazy_gettext(
        "No pause helps here: payments can move by %(maximum)s periods at most, and even then the first would fall due before "
        "%(earliest)s, the earliest day possible. Choose another kind of plan."
    ),
    "weekday_unknown": lazy_gettext("Choose a day of the week."),
    "upfront_in_past": lazy_gettext("The sum can be paid first on %(earliest)s at the earliest."),
    "upfront_too_early": lazy_gettext("The sum can be paid first on %(earliest)s at the earliest."),
    "upfront_too_late": lazy_gettext("The sum can be paid first on %(latest)s at the latest."),
    "promise_in_past": lazy_gettext(
        "The day can be %(earliest)s at the earliest, so that you have our answer before it."
    ),
    "promise_too_early": lazy_gettext(
        "The day can be %(earliest)s at the earliest, so that you have our answer before it."
    ),
    "promise_too_late": lazy_gettext(
        "The day can be %(latest)s at the latest. If you need longer, choose smaller payments or a pause."
    ),
    "upfront_too_large": lazy_gettext(
        "Enter less than the %(owed)s that are spread. To pay all of it at once, choose to pay it all by a date."
    ),
    "upfront_not_for_kind": lazy_gettext("With this kind of plan no sum is paid first."),
    "kind_not_offered": lazy_gettext("This lender has no plans of this kind. Choose another kind."),
    "steps_out_of_range": lazy_gettext("Payments can rise in 2 or 3 steps."),
    "steps_need_more_payments": lazy_gettext("So many steps need at least %(minimum)s payments."),
    "steps_below_interest": lazy_gettext(
        "The first payments would not even cover the interest. Choose fewer payments, or equal ones."
    ),
    "no_interest_to_pay": lazy_gettext(
        "This loan bears no interest, so there is none to pay first. Moving the dates may help instead."
    ),
    "settlement_out_of_bounds": lazy_gettext("Enter a sum from %(lowest)s to %(highest)s."),
    "treatment_not_for_kind": lazy_gettext(
        "For this kind of plan the arrears cannot be added to the principal."
    ),
    "payment_out_of_bounds": lazy_gettext("Enter an amount from %(lowest)s to %(highest)s."),
    # the plan journey
    "hardship_missing": lazy_gettext("Choose what comes nearest, or that you would rather not say."),
    "consent_needed": lazy_gettext(
        "Tick that you agree to the use of your reason, or choose that you would rather not say."
    ),
    "need_missing": lazy_gettext("Choose what would help you now."),
    "day_not_possible": lazy_gettext("Choose a day from 1 to 28, or the last day."),
    "typed_unclear": lazy_gettext("What was typed could not be kept."),
    "typed_too_large": lazy_gettext("That is too much to keep. Please send it in parts."),
    "people_not_possible": lazy_gettext("Choose how many people live on this money."),
    "frequency_missing": lazy_gettext("Choose how often you want to pay."),
    "monthly_zero": lazy_gettext("Enter what you can pay each time. If that is nothing now, choose a pause."),
    "kind_missing": lazy_gettext("Choose a kind of plan."),
    "own_numbers_missing": lazy_gettext("Enter a sum each time, or in how many payments."),
    "count_not_a_number": lazy_gettext("Enter a whole number, for example 6."),
    "plan_too_long": lazy_gettext(
        "The law allows at most %(months)s months for a plan. Enter %(most)s or less."
    ),
    "plan_already_runs": lazy_gettext(
        "A plan for this loan is in force already. You find it on your first page."
    ),
    "plan_not_broken": lazy_gettext("This plan is not interrupted any more."),
    "reinstated_before": lazy_gettext("This plan went on once already. It cannot go on a second time."),
    "nothing_left_of_plan": lazy_gettext(
        "Everything of this plan is paid. There is nothing left to go on with, and nothing to end."
    ),
    "other_plan_exists": lazy_gettext(
        "Another plan for this loan was signed, or is in force. It has to be withdrawn, decided or over first."
    ),
    "end_told_already": lazy_gettext("The borrower was told already."),
    "end_not_told": lazy_gettext("The borrower has to be told first: why, and how much is left."),
    "reason_no_longer_true": lazy_gettext(
        "By the book as it stands today this reason is not true: look at the payments since the plan was interrupted. "
        "Tell the borrower with another reason, which gives them all the days again, or let the plan go on."
    ),
    "answer_waits": lazy_gettext(
        "The borrower wrote about this plan, and nobody has answered yet. Read it and answer first; the plan can be ended after that."
    ),
    "end_too_early": lazy_gettext(
        "Too little time has passed since the borrower was told. The plan may be ended from %(earliest)s on."
    ),
    "plan_not_in_force": lazy_gettext("That plan is not in force any more, so it cannot be changed."),
    "change_not_possible": lazy_gettext(
        "This plan cannot be changed that way by itself. Write to us or call us, and we change it together."
    ),
    "change_has_its_page": lazy_gettext("Here is what you can change."),
    "wish_missing": lazy_gettext("Choose what you would like to change."),
    "early_day_out_of_range": lazy_gettext("Choose a day from %(earliest)s to %(latest)s."),
    "loan_closed": lazy_gettext("This loan is closed. There is nothing to plan."),
    "open_proposal_exists": lazy_gettext("Another plan for this loan is on its way already."),
    "not_editable": lazy_gettext("This plan was sent already and cannot be changed any more."),
    "move_not_possible": lazy_gettext("That is not possible as things stand now."),
    "terms_not_frozen": lazy_gettext("Please look at your answers and figures once more before you sign."),
    "facts_moved": lazy_gettext(
        "The loan has changed since, for example because a payment came in. The plan has to be worked out and signed anew."
    ),
    "priced_on_another_day": lazy_gettext(
        "The figures were those of another day. Here they are as of today; please look at them again."
    ),
    "priced_by_another_policy": lazy_gettext(
        "The lender's policy has changed since. Here are the figures as of now; please look at them again."
    ),
    "disclosure_not_shown": lazy_gettext("Please read the cost disclosure first."),
    "disclosure_not_read": lazy_gettext("Please read the cost disclosure first."),
    "disclosure_too_quick": lazy_gettext(
        "Please take a moment for this page. You can go on in %(remaining)s seconds."
    ),
    "terms_not_acknowledged": lazy_gettext("Please read and tick each key term. Not ticked yet: %(left)s."),
    "preview_not_ready": lazy_gettext(
        "The document is still being made. That takes a few seconds; please try again in a moment."
    ),
    "preview_failed": lazy_gettext(
        "The document cannot be made as it is. Please call us; we will put it right, and your answers are kept."
    ),
    "limitation_not_confirmed": lazy_gettext("Please tick that you have read this before you sign."),
    "only_the_borrower_signs": lazy_gettext("Only the borrower can sign."),
    "no_version_yet": lazy_gettext("There is no document for this plan yet."),
    "no_verified_account": lazy_gettext(
        "No verified account of the lender is recorded, so no agreement can be made today. Please call us; your answers are kept."
    ),
    "document_not_ready": lazy_gettext("The document is still being made. Please look again in a moment."),
    "review_already_asked": lazy_gettext("Another person has looked at this plan already."),
    "review_too_late": lazy_gettext(
        "Another look can be asked for within 15 days. You can make a new plan at any time."
    ),
    # periods, dates and schedules
    "period_unclear": lazy_gettext("Write the period as for example 1 month, 15 days, 2 weeks or 1 year."),
    "pay_on_missing": lazy_gettext("Choose the day by which you pay."),
    "date_missing": lazy_gettext("Enter the date."),
    "date_unclear": lazy_gettext("Write the date as year-month-day, for example 2026-01-05."),
    "date_too_far": lazy_gettext("The last date would be after the year %(last_year)s."),
    "dates_not_rising": lazy_gettext("Each due date must be later than the one before."),
    "first_date_not_after_start": lazy_gettext("The first due date must be after the date of payment out."),
    "principal_not_positive": lazy_gettext("The principal must be above zero."),
    "rate_out_of_range": lazy_gettext("The yearly rate must be between 0 and %(maximum)s percent."),
    "installments_out_of_range": lazy_gettext("The number of payments must be between 1 and %(maximum)s."),
    "grace_out_of_range": lazy_gettext("The grace periods must be between 0 and %(maximum)s."),
    "multiple_unknown": lazy_gettext("The multiple can be 1, 10 or 100."),
    "no_row_on_date": lazy_gettext("No payment falls due on that date."),
    "no_installments_left": lazy_gettext("No later payments are left to spread this over."),
    # lines and keys of the commands
    "line_too_long": lazy_gettext("The line is too long."),
    "line_not_json": lazy_gettext("The line is not valid JSON."),
    "line_not_an_object": lazy_gettext("The line must be one JSON object."),
    "key_repeated": lazy_gettext("This key is given twice."),
    "key_unknown": lazy_gettext("This key is not known here."),
    "value_missing": lazy_gettext("This value is missing."),
    "value_not_text": lazy_gettext("This value must be text."),
    "value_not_a_number": lazy_gettext("This value must be a number in plain digits."),
    "value_negative": lazy_gettext("This value cannot be below zero."),
    "value_not_whole": lazy_gettext("This value must be a whole number."),
    "value_not_a_choice": lazy_gettext("This value must be one of: %(choices)s."),
    # the loan book
    "book_folder_missing": lazy_gettext("There is no folder %(folder)s."),
    "book_file_missing": lazy_gettext("The folder has no file %(file)s.csv or %(file)s.csv.gz."),
    "book_file_twice": lazy_gettext(
        "The folder has both %(file)s.csv and %(file)s.csv.gz; keep one of them."
    ),
    "book_file_unreadable": lazy_gettext("The file %(file)s cannot be read to its end."),
    "header_missing": lazy_gettext("The file %(file)s has no header row."),
    "column_unknown": lazy_gettext("The file %(file)s has a column that is not known here: %(column)s."),
    "column_repeated": lazy_gettext("The file %(file)s has the column %(column)s twice."),
    "column_missing": lazy_gettext("The file %(file)s lacks the column %(column)s."),
    "row_broken": lazy_gettext("This line does not have the cells that the header names."),
    "reference_unclear": lazy_gettext(
        "A reference has 1 to 64 characters, no blank at its ends, and does not begin with =, +, - or @."
    ),
    "reference_repeated": lazy_gettext("This reference stands on an earlier line too."),
    "text_broken": lazy_gettext("This text has characters that cannot be read."),
    "text_longer_than": lazy_gettext("This text can have at most %(maximum)s characters."),
    "value_out_of_range": lazy_gettext("This value must be between %(minimum)s and %(maximum)s."),
    "mobile_not_international": lazy_gettext(
        "Write the mobile number with + and its country, without blanks, for example +8613800138000."
    ),
    "id_ending_unclear": lazy_gettext("The ID ending has four digits, or three and an X."),
    "email_missing": lazy_gettext("Enter your e-mail address."),
    "email_unclear": lazy_gettext("This is no e-mail address."),
    "id_hash_unclear": lazy_gettext("The ID hash has 16 to 64 hexadecimal digits."),
    "borrower_ref_unknown": lazy_gettext("No borrower has this reference; the loan was left out."),
    "loan_ref_unknown": lazy_gettext("The file loans has no loan with this reference."),
    "loan_changed_hands": lazy_gettext("This loan belongs to another borrower here; the loan was left out."),
    "currency_changed": lazy_gettext("This loan is kept in %(currency)s here; the loan was left out."),
    "day_to_come": lazy_gettext("%(on)s has not come yet: today is %(today)s."),
    "day_is_over": lazy_gettext(
        "%(last)s was run already, so %(on)s cannot be run any more: what happened since would be undone."
    ),
    "day_taken_over": lazy_gettext("Another run of this day went on meanwhile; this one stops."),
    "book_is_older": lazy_gettext("A newer state of this loan, as of %(as_of)s, is here already."),
    "payment_after_book": lazy_gettext(
        "The payment is of %(paid_on)s; the book stands as of %(as_of)s, before that."
    ),
    "principal_not_the_sum": lazy_gettext(
        "The principal is %(stated)s, but the installments' principal adds up to %(found)s."
    ),
    "dpd_differs": lazy_gettext("The file says %(stated)s days past due; the installments give %(found)s."),
    "number_repeated": lazy_gettext("Installment %(number)s is there twice."),
    "number_missing": lazy_gettext("Installment %(number)s is missing."),
    "paid_above_due": lazy_gettext("More is paid than is due."),
    "payment_of_other_loan": lazy_gettext("This payment belongs to another loan."),
    # annualised cost
    "advances_missing": lazy_gettext("At least one advance is needed."),
    "payments_missing": lazy_gettext("At least one payment is needed."),
    "amount_not_positive": lazy_gettext("The amount must be above zero."),
    "payment_before_advance": lazy_gettext("A payment stands before the first advance."),
    "rate_undefined": lazy_gettext("No yearly rate fits these dates and sums."),
    "rate_ambiguous": lazy_gettext("More than one yearly rate fits these dates and sums."),
    "rate_too_large": lazy_gettext("The yearly rate is too large to be shown."),
    "rows_not_a_list": lazy_gettext("This value must be a list of rows."),
    "rows_too_many": lazy_gettext("There can be at most %(maximum)s rows."),
    "row_unclear": lazy_gettext("Each row must be a date and an amount."),
    # the installation
    "read_only_reason_missing": lazy_gettext("Say why: staff read it on every page."),
    "read_only_reason_too_long": lazy_gettext("The reason may have %(most)s characters."),
    "portal_is_read_only": lazy_gettext("The portal is read-only already."),
    "portal_is_not_read_only": lazy_gettext("The portal is not read-only."),
    # documents and check codes
    "agreement_contents_missing": lazy_gettext(
        "The agreement cannot be made: required contents are missing (%(missing)s)."
    ),
    "glyph_missing": lazy_gettext(
        "The document cannot show the character %(character)s (%(code_point)s). Please contact us; we will sort it out."
    ),
    "document_reference_refused": lazy_gettext(
        "The document cannot be made: it points to something outside it."
    ),
    "business_text_missing": lazy_gettext("The text for this document is not available at present."),
    "check_code_malformed": lazy_gettext(
        "A check code has 17 letters and digits, for example 7K3M-9QXR-04TW-HZ5C4."
    ),
    "check_code_mistyped": lazy_gettext(
        "One of the characters is not right. Please compare the code with the document."
    ),
    "check_nothing_given": lazy_gettext("Choose the PDF file or enter its check code."),
    "check_file_too_large": lazy_gettext(
        "The file is larger than %(megabytes)s MB, larger than any agreement of ours."
    ),
    "check_file_empty": lazy_gettext("The file is empty."),
    "seal_key_unusable": lazy_gettext("The seal's key file cannot be used: %(reason)s."),
    "event_proves_document": lazy_gettext(
        "This event tells of the sealing of a document that is still kept, and stays as long as it."
    ),
    "event_not_erasable": lazy_gettext("What the record says about itself is not erased."),
    "event_without_place": lazy_gettext("The event has no place in the record yet; try again in a minute."),
    "record_key_unusable": lazy_gettext("The record's key file cannot be used: %(reason)s."),
    "record_key_exists": lazy_gettext(
        "There is a key of the record at that place already; it is never overwritten."
    ),
    "seal_key_exists": lazy_gettext("There is a file at that place already; a key is never overwritten."),
    "time_stamp_failed": lazy_gettext("The time-stamping authority gave no usable time stamp: %(reason)s."),
    "time_stamp_invalid": lazy_gettext("The time stamp does not hold: %(reason)s."),
    "time_stamp_trust_unusable": lazy_gettext(
        "The certificates of the time-stamping authority cannot be used: %(reason)s."
    ),
    "time_stamp_key_unusable": lazy_gettext(
        "The key of the time stamps' stand-in cannot be used: %(reason)s."
    ),
    "time_stamp_key_exists": lazy_gettext(
        "There is a key of the time stamps' stand-in already; it is never overwritten."
    ),
    "seal_certificate_unknown": lazy_gettext("No seal of ours has a certificate with this fingerprint."),
    "signing_failed": lazy_gettext("The signing authority gave no usable signature: %(reason)s."),
    "signing_authority_trust_unusable": lazy_gettext(
        "The certificates of the signing authority cannot be used: %(reason)s."
    ),
    "signing_authority_key_unusable": lazy_gettext(
        "The key of the signing authority's stand-in cannot be used: %(reason)s."
    ),
    # allocation
    "payment_reference_taken": lazy_gettext(
        "A payment with this reference but another date or amount is already booked."
    ),
    "payment_unknown": lazy_gettext("No payment has this reference."),
    "debt_unknown": lazy_gettext("The debt named is not one of these."),
    # rate caps
    "rate_above_cap": lazy_gettext(
        "The yearly cost of %(asked)s percent is above the %(cap)s percent that the law or the lender's own limit allows."
    ),
    "total_above_cap": lazy_gettext(
        "Principal and interest together would be above what the law allows at %(cap)s percent a year for the whole term."
    ),
    "withheld_out_of_range": lazy_gettext("What was deducted beforehand must be less than the sum paid out."),
    # the desk: claims and decisions
    "permission_missing": lazy_gettext("Your role does not include this."),
    "not_waiting": lazy_gettext("This case does not wait for a decision any more."),
    "claimed_by_other": lazy_gettext("Staff member %(by)s holds this case."),
    "claim_needed": lazy_gettext("You do not hold this case. Take it first, then decide."),
    "already_decided": lazy_gettext("This case has been decided already."),
    "bulk_needs_second": lazy_gettext("A second approver has to agree to this one; it is decided by itself."),
    "bulk_needs_own_look": lazy_gettext("Something in this case has to be weighed by itself."),
    "bulk_message_waits": lazy_gettext("A message in this case waits to be read first."),
    "proposal_moved": lazy_gettext("This changed after you opened the page. Look at it again first."),
    "content_changed": lazy_gettext(
        "The terms on your page are not those that were signed. Look at them again."
    ),
    "related_case": lazy_gettext(
        "This is a case of your own or of somebody close to you. A colleague handles it."
    ),
    "drafted_by_oneself": lazy_gettext("You filled in this proposal. Somebody else has to decide it."),
    "decided_before_by_oneself": lazy_gettext(
        "You decided this case before, and the borrower asked for another person."
    ),
    "decided_first_by_oneself": lazy_gettext(
        "You decided this case first. A second person has to agree, and that is never you."
    ),
    "decided_by_other": lazy_gettext("A colleague decided this. Only who decided may undo it."),
    "nothing_to_undo": lazy_gettext("There is nothing to undo any more: it has gone out, or was undone."),
    "forbidden_phrase": lazy_gettext(
        "The letter must not say “%(phrase)s”. Write it without threats and without third persons."
    ),
    # around support calls
    "support_wrap_up_missing": lazy_gettext(
        "Your last support call is not wrapped up. Note first what came of it."
    ),
    "support_wrapped_up": lazy_gettext("This call has been wrapped up already."),
    "support_outcome_missing": lazy_gettext("Choose what came of the call."),
    "support_follow_missing": lazy_gettext("Say what follows from it."),
    "support_needs_proof": lazy_gettext(
        "The caller did not prove to be the borrower: nothing is noted about a loan. They can do it on their own page, or call again."
    ),
    "support_loan_missing": lazy_gettext("Choose the loan that it is about."),
    "support_flag_missing": lazy_gettext("Choose what was said about the person."),
    "support_call_back_at_night": lazy_gettext(
        "Nobody is called between 22:00 and 8:00. Choose another time."
    ),
    "support_task_over": lazy_gettext("This was settled already."),
    "support_call_on": lazy_gettext("This call still goes on."),
    "support_ceiling_reached": lazy_gettext(
        "You have helped %(most)s borrowers today; that is the most a day allows. A supervisor sees this. Hand the caller to a colleague."
    ),
    "recording_missing": lazy_gettext(
        "Enter the reference of the recording: without it, nothing that was said aloud counts."
    ),
    "recording_unclear": lazy_gettext(
        "A recording's reference has letters, digits and hyphens alone, at least four."
    ),
    "oral_needs_draft": lazy_gettext(
        "There is no finished draft about this loan from this call. What was agreed aloud is drafted together during the call,"
        " so that the borrower can sign it."
    ),
    "escalation_reason_missing": lazy_gettext("Choose why a supervisor is needed."),
    "escalation_answered": lazy_gettext("A colleague has answered this already."),
    "escalation_own": lazy_gettext("You handed this on yourself. Somebody else answers it."),
    "reveal_field_missing": lazy_gettext("Choose what is to be shown."),
    "verdict_missing": lazy_gettext("Choose your verdict."),
    "remark_missing": lazy_gettext("Say what is to be better, or what is to be looked into."),
    "reading_own_call": lazy_gettext("This call is your own. Somebody else reads it."),
    "read_already": lazy_gettext("A colleague has read this call already."),
    # the guide for calls
    "guide_phrase_forbidden": lazy_gettext(
        "“%(phrase)s” may not be said to a borrower. Say it in other words."
    ),
    "guide_moved": lazy_gettext(
        "Somebody else wrote a new version meanwhile; it stands above. What you typed is kept: send it again to have it follow."
    ),
    "guide_stage_unknown": lazy_gettext("There is no such stage."),
    "guide_steps_missing": lazy_gettext("Choose at least one next step."),
    "guide_text_missing": lazy_gettext("Write at least one sentence."),
    "letter_missing": lazy_gettext("Write the letter to the borrower."),
    "question_missing": lazy_gettext("Write what you need to know."),
    "reply_missing": lazy_gettext("Write your answer; a few words are enough."),
    "counter_changes_nothing": lazy_gettext(
        "These are the terms that the borrower signed already. Approve them, or change something."
    ),
    "counter_dates_too_early": lazy_gettext(
        "The borrower needs time to answer: the first payment can be on %(earliest)s at the earliest."
    ),
    "counter_out_of_date": lazy_gettext(
        "The first payment of this offer is too near for the borrower to answer in time. Send it back, and a new offer is worked out."
    ),
    "reason_missing": lazy_gettext("Choose a reason."),
    # figures
    "month_unknown": lazy_gettext("Write the month as year-month, for example 2026-10."),
    "month_to_come": lazy_gettext("This month is still to come."),
    "first_day_missing": lazy_gettext("Enter the first day."),
    "last_day_missing": lazy_gettext("Enter the last day."),
    "days_turned_round": lazy_gettext("The last day is before the first. Turn them round."),
    "days_too_early": lazy_gettext("Enter a first day from %(earliest)s on."),
    "days_too_many": lazy_gettext("Choose at most %(most)s days at a time."),
    "reason_text_missing": lazy_gettext("Say in a sentence what the reason is."),
    "would_accept_missing": lazy_gettext("Say what could be accepted instead."),
    "staff_away": lazy_gettext("You are marked as away. Say that you are here first."),
    "absence_over": lazy_gettext("The last day is over already."),
    "absence_reversed": lazy_gettext("The last day comes before the first."),
    "absence_too_long": lazy_gettext("A year at a time at most."),
    "colleague_away": lazy_gettext("This colleague is away."),
    "colleague_cannot_decide": lazy_gettext("This colleague may not decide this case."),
    "view_name_taken": lazy_gettext("You have a view of this name already."),
    "too_many_views": lazy_gettext("At most %(most)s views. Delete one that you no longer need."),
    "text_too_long": lazy_gettext("At most %(most)s characters, please."),
    "guarantor_choice_missing": lazy_gettext("Record what the guarantor's position is."),
    # the desk: the policy
    "policy_moved_on": lazy_gettext(
        "That is not possible any more: the version has moved on. Here it is as it stands."
    ),
    "policy_changed_meanwhile": lazy_gettext(
        "Somebody has changed this version since you opened the page. Here it is as it stands; nothing of yours was kept."
    ),
    "policy_drafted_by_oneself": lazy_gettext(
        "You drafted this version. Somebody else has to decide about it."
    ),
    "policy_drafted_by_another": lazy_gettext(
        "Somebody else drafted this version; only they write, propose or withdraw it."
    ),
    "policy_out_of_date": lazy_gettext(
        "Another version has come into force since this one was drafted. Its drafter has to save it again, and replay it."
    ),
    "policy_not_replayed": lazy_gettext(
        "Replay exactly this version first: nobody decides what nobody has seen."
    ),
    "policy_trial_running": lazy_gettext("Another version is on trial. End that trial first."),
    "policy_changes_nothing": lazy_gettext("This draft says the same as the version it follows."),
    "policy_why_missing": lazy_gettext("Say why the policy is to change."),
    "policy_note_missing": lazy_gettext("Say why not."),
    "policy_date_past": lazy_gettext("This day has passed."),
    "policy_date_missing": lazy_gettext("Give a day, such as 2026-12-01."),
    "policy_date_before_last": lazy_gettext(
        "The version before begins on %(earliest)s; this one cannot begin earlier."
    ),
    "policy_share_out_of_range": lazy_gettext(
        "A share is from 1 to %(most)s percent of the loans; leave it empty for all."
    ),
    "policy_not_sound": lazy_gettext(
        "Some limits cannot stand like this. Nothing was saved; what you typed is still here."
    ),
    "policy_value_missing": lazy_gettext("This limit is needed."),
    "policy_value_unknown": lazy_gettext("Choose from the list."),
    "policy_value_out_of_range": lazy_gettext("From %(least)s to %(most)s."),
    "policy_value_not_a_number": lazy_gettext("A whole number, please."),
    "policy_floor_falls": lazy_gettext("A larger household needs at least as much as a smaller one."),
    "policy_offers_nothing": lazy_gettext("At least one kind of plan has to be offered."),
    "policy_hours_end_before_they_begin": lazy_gettext("The desk has to close after it opens."),
    "policy_band_in_part": lazy_gettext(
        "Fill in all three limits of this kind, or none: then a person decides each."
    ),
    "policy_band_of_nothing": lazy_gettext("Plans of this kind are not offered; leave these limits empty."),
    "policy_band_above_offer": lazy_gettext("Plans of this kind are offered up to %(most)s only."),
    "policy_band_below_payment": lazy_gettext(
        "This is less than the smallest payment that is approved at once."
    ),
    "policy_treatment_not_for_kinds": lazy_gettext(
        "Only plans that lend anew have a principal to add to. Offer no other kinds, or choose another treatment."
    ),
    "policy_replay_waits": lazy_gettext("A replay of this draft is on its way already."),
    "policy_replay_size": lazy_gettext("From %(least)s to %(most)s."),
    "policy_trial_over": lazy_gettext("This trial is over."),
    "policy_trial_end_asked": lazy_gettext("Somebody has asked for an end of this trial already."),
    "policy_trial_end_not_asked": lazy_gettext("Nobody asks for an end of this trial any more."),
    "policy_trial_end_by_oneself": lazy_gettext("You asked for it. Somebody else has to agree."),
    # the desk: calls
    "call_outcome_missing": lazy_gettext("Choose what became of the call."),
    "statement_missing": lazy_gettext("Tick what you have said."),
    "statements_missing": lazy_gettext(
        "Who you are, that the call is recorded and what it is about must be said and ticked first."
    ),
    "note_sensitive": lazy_gettext(
        "The note seems to hold data that do not belong in it. Take them out, or say that it has to stay."
    ),
    "promise_above_owed": lazy_gettext("That is more than is overdue."),
    "promise_day_missing": lazy_gettext("Enter the day until which it is to be paid."),
    "promise_day_out_of_range": lazy_gettext("From today on, at most %(most)s days ahead."),
    "call_back_missing": lazy_gettext("Enter the day and the time of the call."),
    "call_back_out_of_range": lazy_gettext("Later than now, at most %(most)s days ahead."),
    "call_back_not_allowed": lazy_gettext(
        "No call is allowed at that time (rule %(rule)s). Agree on another one."
    ),
    "next_call_unknown": lazy_gettext("Choose one of the days that are offered."),
    "not_on_list": lazy_gettext("This loan is not on your list."),
    "lease_held": lazy_gettext("Staff member %(by)s is calling about this loan."),
    "placement_over": lazy_gettext(
        "This loan is not with your agency any more. Note what became of the call, and make no further one."
    ),
    "lease_needed": lazy_gettext("This loan is no longer held for you. Take it again before you go on."),
    "lease_of_other_loan": lazy_gettext("You hold another loan. Call there, or skip it first."),
    "borrower_on_call": lazy_gettext("Somebody is calling this person right now."),
    "call_unfinished": lazy_gettext("Note first what became of your last call."),
    "call_over": lazy_gettext("This call is over, and its outcome is noted."),
    "override_reason_missing": lazy_gettext("Say in a sentence why the rule should be set aside."),
    "override_not_possible": lazy_gettext("This rule cannot be set aside by anybody."),
    "override_by_oneself": lazy_gettext("You asked for this yourself. Somebody else has to agree."),
    "override_answered": lazy_gettext("A colleague has answered this already."),
    "override_over": lazy_gettext("The time for this is over. It has to be asked for again."),
    "override_used": lazy_gettext("This was used for a call already."),
    # support calls
    "too_many_searches": lazy_gettext(
        "You have looked up very many numbers. Please wait before you start another call."
    ),
    "support_call_open": lazy_gettext("You are on a support call. End it before you start another."),
    "support_not_your_call": lazy_gettext("This is no support call of yours."),
    "support_not_allowed": lazy_gettext("The borrower has not allowed this in the call."),
    "support_call_over": lazy_gettext("This support call is over. What was seen in it shows no more."),
    "support_extended_already": lazy_gettext(
        "A support call is extended once only. Start a new one if you need more time."
    ),
    "support_entered_already": lazy_gettext("The borrower has entered the number already."),
    "support_reason_missing": lazy_gettext("Choose why there is a call."),
    "support_direction_missing": lazy_gettext("Choose who called."),
    "no_call_now": lazy_gettext("No call may be made to this number now. A call that comes in may be taken."),
    "contact_not_allowed": lazy_gettext("The rules of contact do not allow a call now (rule %(which)s)."),
    "only_the_borrower": lazy_gettext(
        "Only the borrower does this, on their own page. The attempt is on record."
    ),
    "borrowers_page_on_call": lazy_gettext(
        "This is a borrower's own page. During a support call it stays shut in the agent's browser; the borrower opens it"
        " on their own phone. The attempt is on record."
    ),
    "no_code_for_staff": lazy_gettext(
        "Codes belong to the borrower alone. Never ask for one, never enter one. The attempt is on record."
    ),
    "draft_unfinished": lazy_gettext("Choose a plan together before you hand it over."),
    "pairing_missing": lazy_gettext("Enter the number that the agent read out to you."),
    "pairing_unclear": lazy_gettext("The number has 8 digits."),
    "pairing_wrong": lazy_gettext(
        "This number does not fit, or is not valid any more. Ask the agent for a new one."
    ),
    "too_many_pairings": lazy_gettext(
        "Too many numbers were tried. Please wait ten minutes, or call us again."
    ),
    "borrower_on_support_call": lazy_gettext("You are on a support call already. End that one first."),
    "support_choice_missing": lazy_gettext("Choose what you allow, or end the call."),
    "draft_not_handed_over": lazy_gettext("The agent has not handed this plan over to you yet."),
    "draft_cooling": lazy_gettext(
        "Take your time: what was prepared on the telephone can be signed only after a pause. The page says from when on."
    ),
    "signing_on_call": lazy_gettext(
        "You can sign once the support call has ended. Nobody signs while somebody talks to them."
    ),
    # staff accounts
    "login_taken": lazy_gettext("This login or staff number is in use already."),
    "login_missing": lazy_gettext("Enter a login of letters, digits, dots or hyphens; at most 60."),
    "staff_number_missing": lazy_gettext(
        "Enter a staff number: at most 16 letters and digits, one digit at least."
    ),
    "roles_missing": lazy_gettext("Name at least one role."),
    "roles_not_together": lazy_gettext(
        "These roles do not go together. An auditor and an agency collector have no other role,"
        " and an administrator of accounts decides no cases."
    ),
    "roles_as_before": lazy_gettext("These are the roles that the account has already."),
    "agency_missing": lazy_gettext("Name the agency that this collector works for."),
    "agency_not_for_role": lazy_gettext("Only an agency collector belongs to an agency."),
    "time_unclear": lazy_gettext("Enter an hour and a minute, like 14:30."),
    "incident_found_later": lazy_gettext("It cannot have been found later than now."),
    "incident_happened_later": lazy_gettext("It cannot have happened later than today."),
    "incident_kinds_missing": lazy_gettext("Choose at least one kind of information."),
    "incident_people_unclear": lazy_gettext(
        "Enter how many people it concerns, in digits; 0 where it is not known yet."
    ),
    "incident_closed": lazy_gettext("This incident is closed."),
    "incident_unfinished": lazy_gettext(
        "First the authority has to be told, and people too, or it has to stand why they are not."
    ),
    "notice_incomplete": lazy_gettext(
        "The law wants this in every notice (PIPL, article 57). Write it first."
    ),
    "notice_by_oneself": lazy_gettext("Somebody else has to issue what you drafted."),
    "notice_answered": lazy_gettext("This draft has been answered already."),
    "notice_overtaken": lazy_gettext("More is known since this was drafted. Draft it anew."),
    "silence_reason_missing": lazy_gettext("Write why no harm is to be feared."),
    "agency_registered": lazy_gettext("This agency is in the register already."),
    "evaluated_already": lazy_gettext(
        "There is an evaluation of this day already. Note another under another day."
    ),
    "agency_over": lazy_gettext("This agency's contract has ended. Enter a new one."),
    "contract_reversed": lazy_gettext("The contract's last day lies before its first."),
    "contract_over": lazy_gettext("The contract's last day is over already."),
    "contract_too_long": lazy_gettext("A contract runs five years at most."),
    "contract_not_longer": lazy_gettext("The new last day has to be later than the present one."),
    "evaluation_missing": lazy_gettext("Evaluate the agency first: within the last 60 days, and not failed."),
    "result_missing": lazy_gettext("Choose a result."),
    "agency_unknown": lazy_gettext("There is no agency with this name under contract."),
    "agency_ended": lazy_gettext("The contract with this agency has ended."),
    "staff_oneself": lazy_gettext("Nobody changes their own account's rights. Ask another administrator."),
    "staff_change_by_oneself": lazy_gettext(
        "This needs somebody else: neither who asked for it nor whom it is about can agree to it."
    ),
    "staff_change_waits": lazy_gettext("A change of this account waits for a second person already."),
    "staff_change_over": lazy_gettext("This has been answered or withdrawn already."),
    "staff_change_stale": lazy_gettext(
        "The account's roles have changed since this was asked for. Ask anew."
    ),
    "staff_disabled": lazy_gettext("This account has ended."),
    "staff_enabled": lazy_gettext("This account is in use."),
    "last_administrator": lazy_gettext(
        "This is the last administrator. Give somebody else the role first, or nobody could manage accounts any more."
    ),
    "invitation_over": lazy_gettext("This invitation has been used or withdrawn, or its time is over."),
    "invitation_waits": lazy_gettext("A second person has to agree to this invitation first."),
    "totp_code_wrong": lazy_gettext(
        "This code does not match. Add the account to your app, then enter the six digits that it shows now."
    ),
    "password_old_wrong": lazy_gettext("That is not your password until now."),
    "password_not_new": lazy_gettext("That is the password that you have already."),
    "key_not_accepted": lazy_gettext("The key was not accepted. Please try again."),
    "key_known": lazy_gettext("This key is known already."),
    "key_name_missing": lazy_gettext("Give it a name."),
    "keys_too_many": lazy_gettext("There are %(most)s keys already. Remove one first."),
    "passwords_differ": lazy_gettext("The two passwords differ."),
    "id_number_missing": lazy_gettext("Enter the ID number."),
    "id_number_unclear": lazy_gettext(
        "Check the ID number: 18 characters of an identity card, or the number of another document."
    ),
    "loan_number_missing": lazy_gettext("Enter the number of a loan, a plan or a case."),
    "closeness_missing": lazy_gettext("Choose who it is."),
    "too_many_declared": lazy_gettext("So many people cannot be declared here. Talk to an administrator."),
    "staff_unknown": lazy_gettext("There is no staff account with this login."),
    "borrower_unknown": lazy_gettext("There is no borrower with this reference."),
    "password_too_short": lazy_gettext("A password needs at least %(least)s characters."),
    "password_too_long": lazy_gettext("A password can have at most %(most)s characters."),
    "password_common": lazy_gettext("This password is one that many people try. Choose another."),
    "password_breached": lazy_gettext(
        "This password is known from a breach of another service, so that programs try it. Choose another, and change it wherever "
        "else you use it."
    ),
    "password_repeats": lazy_gettext("This password repeats too few characters. Choose another."),
    "password_own_word": lazy_gettext("The password is mostly your login, number or name. Choose another."),
}

_DAYS = ("as_of", "earliest", "latest")


def text_of(error: DomainError) -> str:
    """The error in the language of the reader; a code without a text is a programming error (KeyError)."""
    return str(ERROR_TEXTS[error.code]) % {
        name: _as_said(name, value, error.details.get("currency")) for name, value in error.details.items()
    }


def _as_said(name: str, value: object, currency: object) -> object:
    """Details are written for machines: a day and a sum as people write them. Where there is a currency, every decimal is a sum in it."""
    if name in _DAYS:
        return format_date(date.fromisoformat(str(value)))
    if currency is None or name == "currency":
        return value
    return format_money(parse_minor(str(value), str(currency)), str(currency))
