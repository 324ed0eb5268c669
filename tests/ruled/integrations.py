"""What integrations work with (INT), sentence by sentence."""

from tests.ruled.rule import Change, Rule

TOKENS, STORED = "tests/domain/test_tokens.py", "tests/actions/test_tokens.py"
SCOPES, OF_VISIBILITY = "tests/reads/test_scopes.py", "app/reads/visibility.py"
RETRIES, OF_WORK = "tests/actions/test_retries.py", "app/actions/work.py"
OF_TOKENS, OF_ACTIONS, OF_ACCESS = "app/domain/tokens.py", "app/actions/tokens.py", "app/domain/access.py"
ASKED = "tests/webhooks/test_asked.py"
ENDPOINTS, ADDRESSES = "tests/domain/test_webhooks.py", "tests/webhooks/test_destinations.py"
OF_ENDPOINTS, OF_DELIVERIES = "app/domain/webhooks.py", "app/domain/deliveries.py"

RULES = (
    Rule(
        "INT-1.1",
        "Only buyers and owners make access tokens.",
        f"{TOKENS}::test_nobody_else_makes_tokens",
        Change(OF_TOKENS, "MAKERS = frozenset({Role.BUYER, Role.OWNER})", "MAKERS = frozenset(Role)"),
    ),
    Rule(
        "INT-1.2",
        "A token has a label of 1 to 100 characters, a scope at least, and an end ahead.",
        f"{TOKENS}::test_what_no_token_is_made_of",
        Change(OF_TOKENS, "LABEL_LONGEST = 100", "LABEL_LONGEST = 101"),
    ),
    Rule(
        "INT-1.3",
        "It ends no later than the setting allows.",
        f"{TOKENS}::test_what_no_token_is_made_of",
        Change(OF_TOKENS, "if now < expires_at <= latest:", "if now < expires_at:"),
    ),
    Rule(
        "INT-1.4",
        "At most 20 tokens of an account work at a time.",
        f"{TOKENS}::test_at_most_twenty_work",
        Change(OF_TOKENS, "LIVE_MOST = 20", "LIVE_MOST = 21"),
    ),
    Rule(
        "INT-1.5",
        "The text is told once: a retry is answered the token without it.",
        f"{STORED}::test_a_text_is_told_once",
        Change(
            OF_ACTIONS,
            "return Issued(made, None)\n        token, text, happening = tokens.create(",
            'return Issued(made, "")\n        token, text, happening = tokens.create(',
        ),
    ),
    Rule(
        "INT-1.6",
        "Only the hash of the text and its first letters are kept.",
        f"{TOKENS}::test_a_token_is_made_of_what_was_asked_and_keeps_no_text",
        Change(OF_TOKENS, "return hashlib.sha256(text.encode()).hexdigest()", "return text"),
    ),
    Rule(
        "INT-1.7",
        "A rotation keeps the token, and the text before goes on for the overlap.",
        f"{TOKENS}::test_a_rotation_keeps_the_token_and_lets_the_text_before_go_on",
        Change(OF_TOKENS, "previous_until=min(act.now + overlap, token.expires_at)", "previous_until=act.now"),
    ),
    Rule(
        "INT-1.8",
        "The text before never outlives the end it had.",
        f"{TOKENS}::test_the_text_before_never_outlives_its_end",
        Change(
            OF_TOKENS, "previous_until=min(act.now + overlap, token.expires_at)", "previous_until=act.now + overlap"
        ),
    ),
    Rule(
        "INT-1.9",
        "The overlap is at most 7 days.",
        f"{TOKENS}::test_what_a_rotation_cannot_be",
        Change(OF_TOKENS, "OVERLAP_MOST = timedelta(days=7)", "OVERLAP_MOST = timedelta(days=8)"),
    ),
    Rule(
        "INT-1.10",
        "Only whoever made a token rotates it.",
        f"{TOKENS}::test_whose_a_token_is",
        Change(OF_TOKENS, "if token.account_id != actor.account_id:", "if token.seller_id != actor.seller_id:"),
    ),
    Rule(
        "INT-1.11",
        "Owners see every token of their company and none of another.",
        f"{TOKENS}::test_whose_a_token_is",
        Change(OF_TOKENS, "actor.role is not Role.OWNER or token.seller_id != actor.seller_id:", "actor is None:"),
    ),
    Rule(
        "INT-1.12",
        "Whoever is removed from the company loses their tokens.",
        f"{STORED}::test_whoever_is_removed_loses_their_tokens",
        Change("app/actions/members.py", "means.mint), member.account_id)", "means.mint), seller.id)"),
    ),
    Rule(
        "INT-1.13",
        "A text older than the one before a rotation ends at once.",
        f"{STORED}::test_the_text_before_a_rotation",
        Change(
            "app/db/subjects.py",
            "self._table.c.id == record.id).values(values_of(record))",
            "self._table.c.id == record.id).values(id=record.id)",
        ),
    ),
    Rule(
        "INT-1.14",
        "When a token was last used is written at most once a minute.",
        f"{STORED}::test_uses_are_written_together_and_at_most_once_a_minute",
        Change("app/db/tokens.py", "x.last_used_at <= used.at - $3::interval", "$3::interval IS NOT NULL"),
    ),
    Rule(
        "INT-1.15",
        "A token whose end nobody names ends as late as the setting allows.",
        f"{TOKENS}::test_a_token_whose_end_nobody_names_ends_as_late_as_any",
        Change(OF_TOKENS, "ends = act.now + lifetime if", "ends = act.now + lifetime / 2 if"),
    ),
    Rule(
        "INT-2.1",
        "An access token makes, rotates and ends no token.",
        f"{TOKENS}::test_a_token_makes_no_token",
        Change(OF_TOKENS, "    require_person(actor)\n    return actor", "    str(actor)\n    return actor"),
    ),
    Rule(
        "INT-2.2",
        "An access token removes no member.",
        "tests/actions/test_members.py::test_who_removes_members",
        Change(
            OF_ACCESS,
            "if actor.token_id is not None:\n        raise Refusal(ErrorCode.PERSON",
            "if actor is None:\n        raise Refusal(ErrorCode.PERSON",
        ),
    ),
    Rule(
        "INT-2.3",
        "An access token moves no clock, and changes no policy.",
        "tests/actions/test_clock.py::test_nobody_but_an_operator_moves_it",
        Change("app/actions/policies.py", "    require_person(actor)", "    str(actor)"),
    ),
    Rule(
        "INT-3.1",
        "The same key and input are answered with what was made the first time, and nothing is done again.",
        f"{RETRIES}::test_a_retry_is_answered_and_nothing_done",
        Change(
            OF_WORK,
            "if (made := await recall(connection, call)) is None:\n                raise\n            return settled",
            "if (made := None) is None:\n                raise\n            return settled",
        ),
    ),
    Rule(
        "INT-3.2",
        "Another input or another mutation under a key is refused.",
        f"{RETRIES}::test_another_input_or_operation_under_a_key_is_refused",
        Change(OF_WORK, "!= (call.operation, call.digest):", "!= (row['operation'], call.digest):"),
    ),
    Rule(
        "INT-3.3",
        "Keys are those of a token, or else of an account.",
        f"{RETRIES}::test_keys_are_their_users_own",
        Change(OF_ACCESS, "return self.token_id or self.account_id", "return self.account_id"),
    ),
    Rule(
        "INT-3.4",
        "Of many at once with one key one is done.",
        f"{RETRIES}::test_of_many_with_one_key_one_makes_something",
        Change(OF_WORK, "pg_advisory_xact_lock(hash", "(hash"),
    ),
    Rule(
        "INT-3.5",
        "What was refused leaves its key free.",
        f"{RETRIES}::test_a_refused_request_leaves_its_key_free",
        Change(
            OF_WORK,
            "await _write(connection, means, before, kept)",
            "await _write(connection, means, before, kept, keeping(call, order_id))",
        ),
    ),
    Rule(
        "INT-3.6",
        "Keys are kept for at least 24 hours.",
        "tests/jobs/test_retention.py::test_keys_are_kept_for_a_day_at_least_and_not_for_ever",
        Change("app/db/keys.py", "KEPT = timedelta(days=2)", "KEPT = timedelta(days=1)"),
    ),
    Rule(
        "INT-4.1",
        "Shipments, milestones and consignment orders take SHIPMENTS_READ.",
        f"{SCOPES}::test_each_scope_hides_its_noun_and_nothing_else",
        Change(OF_VISIBILITY, "return true() if standing.shipments else false()", "return true()"),
    ),
    Rule(
        "INT-4.2",
        "Claims, waivers and disputes take CLAIMS_READ.",
        f"{SCOPES}::test_each_scope_hides_its_noun_and_nothing_else",
        Change(OF_VISIBILITY, "return true() if standing.claims else false()", "return true()"),
    ),
    Rule(
        "INT-4.3",
        "Events of shipments and claims are told to whoever may read them.",
        f"{SCOPES}::test_a_token_is_not_told_of_what_it_may_not_read",
        Change(
            "app/domain/happenings.py",
            "if scope not in scopes for kind in kinds)",
            "if scope is None for kind in kinds)",
        ),
    ),
    Rule(
        "INT-4.4",
        "Nothing is found by a claim that may not be read.",
        f"{SCOPES}::test_nothing_is_found_by_a_claim_that_may_not_be_read",
        Change("app/schema/order_lists.py", "if standing.claims else false()", "if standing.reads else false()"),
    ),
    Rule(
        "INT-4.5",
        "Files of what was made and sent take SHIPMENTS_READ.",
        f"{SCOPES}::test_files_of_shipments_are_given_to_who_may_read_them",
        Change(
            "app/domain/attachments.py",
            "if used and file.purpose in OF_SHIPMENTS",
            "if not used and file.purpose in OF_SHIPMENTS",
        ),
    ),
    Rule(
        "INT-4.6",
        "Steps of claims and disputes take CLAIMS_WRITE.",
        f"{SCOPES}::test_a_step_takes_the_scope_of_its_noun",
        Change(
            "app/domain/lifecycle.py",
            "**dict.fromkeys(_REMEDIES, Scope.CLAIMS_WRITE)",
            "**dict.fromkeys(_REMEDIES, Scope.ORDERS_WRITE)",
        ),
    ),
    Rule(
        "INT-7.1",
        "Only buyers and owners keep endpoints.",
        f"{ENDPOINTS}::test_nobody_else_keeps_endpoints",
        Change(OF_ENDPOINTS, "KEEPERS = frozenset({Role.BUYER, Role.OWNER})", "KEEPERS = frozenset(Role)"),
    ),
    Rule(
        "INT-7.2",
        "An access token keeps no endpoint.",
        f"{ENDPOINTS}::test_an_access_token_keeps_no_endpoint",
        Change(OF_ENDPOINTS, "    require_person(actor)\n    return actor", "    str(actor)\n    return actor"),
    ),
    Rule(
        "INT-7.3",
        "There are at most 10 endpoints.",
        f"{ENDPOINTS}::test_there_are_ten_at_most",
        Change(OF_ENDPOINTS, "if there >= ENDPOINTS_MOST:", "if there > ENDPOINTS_MOST:"),
    ),
    Rule(
        "INT-7.4",
        "An endpoint is an https address of the public internet.",
        f"{ADDRESSES}::test_urls_that_lead_inside_or_nowhere",
        Change("app/domain/destinations.py", "if not allowed(host, reach):", "if not host:"),
    ),
    Rule(
        "INT-7.5",
        "Every address that a name stands for is looked at in every attempt.",
        f"{ADDRESSES}::test_a_name_that_stands_for_something_inside",
        Change("app/posting.py", "not all(allowed(address", "not any(allowed(address"),
    ),
    Rule(
        "INT-7.6",
        "A redirect is not followed, and accepts nothing.",
        f"{ENDPOINTS}::test_what_is_accepted",
        Change(OF_DELIVERIES, "if 200 <= status < 300:", "if 200 <= status < 400:"),
    ),
    Rule(
        "INT-7.7",
        "Each wait is four times the one before, up to 6 hours.",
        f"{ENDPOINTS}::test_the_schedule",
        Change(OF_DELIVERIES, "WAIT_GROWS = 4", "WAIT_GROWS = 3"),
    ),
    Rule(
        "INT-7.8",
        "An event is given up after 12 attempts.",
        f"{ENDPOINTS}::test_twelve_attempts_are_made",
        Change(OF_DELIVERIES, "if delivery.attempts >= most:", "if delivery.attempts > most:"),
    ),
    Rule(
        "INT-7.9",
        "An event of a subject waits for the one before it.",
        "tests/webhooks/test_delivering.py::test_a_stuck_order_holds_up_its_own_events_and_no_others",
        Change("app/db/deliveries.py", "or_(other.position < _d.position", "or_(other.position > _d.position"),
    ),
    Rule(
        "INT-7.10",
        "4 attempts at an endpoint are under way at most, one alone while it accepts nothing.",
        f"{ENDPOINTS}::test_how_many_attempts_are_made_at_once",
        Change(OF_DELIVERIES, "(1 if endpoint.failures else AT_ONCE)", "AT_ONCE"),
    ),
    Rule(
        "INT-7.11",
        "An endpoint that has accepted nothing for 24 hours is paused.",
        f"{ENDPOINTS}::test_when_an_endpoint_is_paused",
        Change(OF_DELIVERIES, "now - since >= terms.pause_after", "now - since > terms.pause_after"),
    ),
    Rule(
        "INT-7.12",
        "Fewer than 5 failures pause no endpoint.",
        f"{ENDPOINTS}::test_when_an_endpoint_is_paused",
        Change(OF_DELIVERIES, "FAILURES_LEAST = 5", "FAILURES_LEAST = 4"),
    ),
    Rule(
        "INT-7.13",
        "An endpoint that answers 410 is paused at once.",
        f"{ENDPOINTS}::test_gone_is_gone",
        Change(OF_DELIVERIES, "GONE = 410", "GONE = 404"),
    ),
    Rule(
        "INT-7.14",
        "A secret that is replaced signs on for 7 days at most.",
        f"{ENDPOINTS}::test_the_secret_before_goes_on_for_a_while",
        Change(OF_ENDPOINTS, "OVERLAP_MOST = timedelta(days=7)", "OVERLAP_MOST = timedelta(days=8)"),
    ),
    Rule(
        "INT-7.15",
        "A receiver that answers 429 or 503 with Retry-After is left alone until then.",
        f"{ASKED}::test_who_asks_for_it_is_left_alone",
        Change(OF_DELIVERIES, "BUSY = frozenset({429, 503})", "BUSY = frozenset({429})"),
    ),
    Rule(
        "INT-7.16",
        "It is left alone for 6 hours at most.",
        f"{ASKED}::test_nobody_is_left_alone_for_longer_than_six_hours",
        Change(
            OF_DELIVERIES,
            "else min(timedelta(seconds=int(text)), LONGEST_WAIT)",
            "else max(timedelta(seconds=int(text)), LONGEST_WAIT)",
        ),
    ),
    Rule(
        "INT-7.17",
        "No wait of the schedule is shorter for what a receiver asks.",
        f"{ASKED}::test_nobody_is_asked_sooner_than_the_schedule_says",
        Change(
            OF_DELIVERIES,
            "next_attempt_at=now + wait_after(terms.first_wait, delivery.attempts, chance)",
            "next_attempt_at=now + 0 * wait_after(terms.first_wait, delivery.attempts, chance)",
        ),
    ),
    Rule(
        "INT-7.18",
        "Only an event that was given up is tried again by itself.",
        f"{ASKED}::test_what_is_not_tried_again",
        Change(
            OF_DELIVERIES,
            "if delivery.event_id is None or delivery.state is not DeliveryState.DEAD:",
            "if delivery.event_id is None:",
        ),
    ),
    Rule(
        "INT-7.19",
        "What is tried again goes before what waits of its subject, and after what is under way.",
        f"{ASKED}::test_later_events_of_its_order_wait_for_it",
        Change("app/db/deliveries.py", "other.leased_until > now)),", "other.leased_until < now)),"),
    ),
)
