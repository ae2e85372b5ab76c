"""Weight a minute, 429 and 418. The minute is the machine's; one that turns during a test is started anew."""

import pytest

from helpers import REST

markets = pytest.mark.parametrize("market", ["spot", "um", "cm"])


def spend_until_refused(replica, market):
    """Statuses of pings with three left; several tries, as the minute may turn in between."""
    for _ in range(5):
        replica.budget(market, limit=100, used=97)
        answers = [replica.get(f"{REST[market]}/ping") for _ in range(4)]
        if answers[-1].status != 200:
            return answers
    raise AssertionError("the budget never ran out")


@markets
def test_over_the_budget_is_429(replica, market):
    answers = spend_until_refused(replica, market)
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert [int(answer.headers["x-mbx-used-weight-1m"]) for answer in answers] == [98, 99, 100, 101]
    assert answers[-1].json()["code"] == -1003
    assert answers[-1].json()["msg"].startswith("Too much request weight used; current limit is 100 request weight per 1 MINUTE.")
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60


def test_going_on_is_418_and_a_new_budget_lifts_it(replica):
    for _ in range(5):
        spend_until_refused(replica, "um")
        statuses = [replica.get("/fapi/v1/time").status for _ in range(12)]
        if 418 in statuses:
            break
    assert statuses == sorted(statuses, reverse=True) and statuses[-1] == 418
    banned = replica.get("/fapi/v1/ping")
    assert banned.status == 418 and banned.json()["code"] == -1003
    assert banned.json()["msg"].startswith("Way too much request weight used; IP banned until 1")
    assert 60 < int(banned.headers["retry-after"]) <= 120
    assert replica.get("/api/v3/ping").status == 200  # another host, another budget
    replica.budget("um", limit=2400, used=0)
    assert replica.get("/fapi/v1/ping").status == 200


def test_the_default_budgets_and_exchange_info(replica):
    replica.budget("spot", limit=6000, used=0)
    limits = replica.get("/api/v3/exchangeInfo").json()["rateLimits"]
    assert [entry["limit"] for entry in limits if entry["rateLimitType"] == "REQUEST_WEIGHT"] == [6000]
    replica.budget("spot", limit=1200)
    limits = replica.get("/api/v3/exchangeInfo").json()["rateLimits"]
    assert [entry["limit"] for entry in limits if entry["rateLimitType"] == "REQUEST_WEIGHT"] == [1200]


def test_the_archive_costs_no_weight(replica):
    before = replica.budget("spot")["used"]
    replica.get("/?prefix=data/spot/daily/klines/BTCUSDT/1d/&delimiter=/&max-keys=2")
    assert replica.budget("spot")["used"] in (before, 0)
