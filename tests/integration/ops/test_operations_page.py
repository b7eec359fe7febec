"""The operations page on a whole stack: an operator logs in and sees every process; a caseworker does not."""

from __future__ import annotations

import re
from html import unescape

import httpx

from ops.embedded.demo_users import DemoUser, Role, demo_users
from ops.stack.programs import PROGRAMS
from ops.testing.stacks import RunningStack


def log_in(browser: httpx.Client, stack: RunningStack, user: DemoUser) -> httpx.Response:
    """Press a user's button on the login page; gives the page that it ends at."""
    page = browser.get(f"{stack.url}/logg-inn", follow_redirects=True)
    [form] = [form for form in page.text.split("<form")[1:] if f'<span class="name">{user.name}</span>' in form]
    fields = {field: unescape(value) for field, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
    return browser.post(page.url, data=fields, follow_redirects=True)


def texts(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def test_an_operator_sees_every_process_and_nothing_of_a_municipality(stack: RunningStack) -> None:
    """By the embedded login; each process is ready and tells its figures, and no municipality is to be had."""
    [operator] = [one for one in demo_users() if one.role is Role.OPERATOR]
    with httpx.Client(timeout=30) as browser:
        answer = log_in(browser, stack, operator)
        assert str(answer.url) == f"{stack.url}/drift"
        page = texts(answer.text)
        for program in PROGRAMS:
            assert re.search(rf"\b{program.name} Klar ", page), program.name
        assert "distribution.imdi.distribution-lists.v1" in page
        assert "ukjent" not in page
        assert browser.get(f"{stack.url}/kommune/k-0301/arbeidsflate").status_code == 404


def test_a_caseworker_does_not_see_operations(stack: RunningStack) -> None:
    """It is as a page that does not exist."""
    writer = next(one for one in demo_users() if one.role is Role.WRITER)
    with httpx.Client(timeout=30) as browser:
        log_in(browser, stack, writer)
        assert browser.get(f"{stack.url}/drift").status_code == 404
