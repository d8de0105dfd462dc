"""The two pages for visitors whom the app does not serve yet: one asks for the token, one to sign in."""

from jinja2 import Environment

_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{{ title }} · Emotion Classifier</title>
<style>body { font: 1rem/1.5 sans-serif; max-width: 34rem; margin: 4rem auto; padding: 0 1rem }</style>
"""
_ENVIRONMENT = Environment(autoescape=True)


def visitor_page(title: str, body: str, **values: object) -> str:
    """Return a page without scripts, its values escaped.

    Args:
        title: of the page.
        body: its content as a Jinja2 template, a constant.
        values: of the template.
    """
    return _ENVIRONMENT.from_string(_HEAD + body + "</html>").render(title=title, **values)
