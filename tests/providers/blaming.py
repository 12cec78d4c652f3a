"""Whom an error concerns: our account, our pace, the order, or nobody who could say."""

import json

import pytest

from providers.outcomes import NotSent, ProviderFault, Refused, Unknown
from tests.providers.ordering_once import outcome_of
from tests.providers.scripted import answering


@pytest.mark.parametrize(
    "text",
    [
        "Invalid API key",
        "Incorrect API key",
        "API key is invalid",
        "Wrong key",
        "Bad API key",
        "Invalid key",
        "API key is read-only",
        "Account suspended",
        "Your account is blocked",
        "User inactive",
        "Access denied",
        "Insufficient balance",
        "Not enough funds on balance",
        "neworder.error.not_enough_funds",
        "Low balance",
        "Not enough balance",
        "You don't have enough balance",
        "Insufficient funds",
        "Balance is too low!",
        "The panel is under maintenance",
        "API is disabled",
        "Your IP is not allowed",
        "Unauthorized",
        "Missing required parameter: key",
        "Missing required parameter: action",
        "Invalid host",
        "Use POST",
    ],
)
def test_an_error_about_our_account_is_the_providers_fault(text: str) -> None:
    body = json.dumps({"error": text})
    assert outcome_of(answering(body.encode())) == ProviderFault(text, body)


def test_that_a_request_id_is_missing_can_only_come_from_a_notpanel() -> None:
    text = "Missing required parameter: request_id"
    body = json.dumps({"error": text})
    why = f"{text}: this is a NotPanel: choose the standard dialect"
    assert outcome_of(answering(body.encode(), "400 Bad Request")) == ProviderFault(why, body)


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect service ID",
        "Service not found",
        "Bad link",
        "Invalid parameter: link",
        "Incorrect request",
        "Quantity less than minimal 50",
        "Quantity above the maximum of 10000",
        "neworder.error.link_duplicate",
        "You have active order with this link. Please wait until order being completed.",
        "Link is private",
        "Service is disabled",
        "This account is private",
        "Not enough quantity",
        "Invalid keywords",
        "???",
        "нет",
    ],
)
def test_any_other_error_is_about_the_order(text: str) -> None:
    body = json.dumps({"error": text})
    assert outcome_of(answering(body.encode())) == Refused(text, body)


@pytest.mark.parametrize("text", ["Rate limit exceeded", "Too many requests", "Too many requests, slow down"])
def test_an_error_about_our_pace_is_sent_again_later(text: str) -> None:
    body = json.dumps({"error": text})
    assert outcome_of(answering(body.encode())) == NotSent(text, body)


@pytest.mark.parametrize(
    "text", ["Internal server error", "Something went wrong", "Request timed out", "SQLSTATE[HY000]"]
)
def test_an_error_of_a_panel_that_broke_down_is_unknown(text: str) -> None:
    body = json.dumps({"error": text})
    assert outcome_of(answering(body.encode())) == Unknown(text, body)
