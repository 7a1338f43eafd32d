"""Sign-in for life's cases, on a telephone: no code, a number that changed hands, a new number."""

import pytest

from tests.journeys.conftest import NewPhone
from tests.journeys.servers import Server
from tests.people import Cast

pytestmark = pytest.mark.journey


def test_a_number_that_changed_hands_is_left_alone_without_a_call(
    server: Server, cast: Cast, new_phone: NewPhone
) -> None:
    phone = new_phone(server)
    phone.open("/sign-in/no-code")
    phone.see("no-code")
    phone.open("/not-me")
    phone.mobile = cast.li_na.mobile.removeprefix("+86")
    phone.type("mobile", phone.mobile)
    phone.go_on()
    phone.type("code", phone.read_code())
    phone.go_on()
    phone.see("not-me")
    phone.go_on()
    assert phone.path == "/not-me/done"
    phone.see("not-me-done")


def test_a_new_number_is_asked_for_without_calling(server: Server, cast: Cast, new_phone: NewPhone) -> None:
    phone = new_phone(server)
    phone.open("/new-number")
    phone.see("new-number")
    phone.type("old", cast.li_na.mobile)
    phone.type("ending", cast.li_na.id_last4)
    phone.type("new", "13700137007")
    phone.mobile = "13700137007"
    phone.go_on()
    phone.see("new-number-code")
    phone.type("code", phone.read_code())
    phone.go_on()
    assert phone.path == "/new-number/asked"
    phone.see("new-number-asked")
