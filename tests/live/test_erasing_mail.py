"""The neutral mail to somebody in whose place their clinic asked: which day it is, and where to stop it."""

from tests.live.house import House
from tests.live.post import Post
from tests.live.test_appointments import clinic, mails
from tests.live.test_reminders import PUBLIC, opening

__all__ = ["clinic"]


async def test_who_is_to_be_erased_is_told_the_day_and_no_more(clinic: House, post: Post) -> None:
    asking = {"reason": "They called about the bleeding", "told": "yes"}
    async with opening(clinic, "therapist") as therapist:
        page = await therapist.sends(f"/patients/{clinic.cast.patient}/erasure", asking)

    (mail,) = mails(post)
    body = mail.get_body()
    assert body is not None
    said = body.get_content()
    assert "they were told by mail" in page.words
    assert mail["To"] == "robin@example.org"
    assert mail["Subject"] == "Your account"
    assert "22 June 2025" in said
    assert f"{PUBLIC}/erase" in said
    for secret in ("bleeding", "Robin", "Clinic", "Therapist", "physio", clinic.cast.patient):
        assert secret.lower() not in said.lower()


async def test_where_the_mail_does_not_go_out_the_page_says_so(clinic: House, post: Post) -> None:
    post.refuse = "550 no"
    async with opening(clinic, "therapist") as therapist:
        page = await therapist.sends(
            f"/patients/{clinic.cast.patient}/erasure", {"reason": "They called", "told": "yes"}
        )

    assert "the mail could not be sent" in page.words
