"""One rendering by the reference: the Jinja environment that transformers compiles chat templates in."""
import datetime
from unittest import mock

from transformers.utils import chat_template_utils


class Clock(datetime.datetime):
    """A clock that stands still, for strftime_now."""

    stands_at = None

    @classmethod
    def now(cls, tz=None):
        return cls.stands_at


def render(template, variables, now):
    """Returns (text, None) or (None, name of the exception's type)."""
    Clock.stands_at = now
    with mock.patch.object(chat_template_utils, "datetime", Clock):
        try:
            return chat_template_utils._compile_jinja_template(template).render(**variables), None
        except Exception as problem:  # whatever Python raises in a template is the result here
            return None, type(problem).__name__
