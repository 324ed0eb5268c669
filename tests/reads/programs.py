"""What integrations keep, and no simulated market has: access tokens, webhooks and what was sent, and a ranking."""

TOKENS = (
    # of old, never used; and one of which everything is known
    """INSERT INTO access_tokens (id, version, account_id, seller_id, label, hash, scopes, expires_at, created_at)
       SELECT md5('old token' || a.id)::uuid, 1, a.id, m.seller_id, 'Of old', md5('old' || a.id), '{ORDERS_READ}',
              a.created_at + interval '90 days', a.created_at
       FROM accounts a LEFT JOIN members m ON m.account_id = a.id WHERE m.role = 'OWNER' OR m.id IS NULL""",
    """INSERT INTO access_tokens (id, version, account_id, seller_id, label, hash, beginning, previous_hash,
           previous_until, scopes, expires_at, revoked_at, created_at, last_used_at)
       SELECT md5('new token' || id)::uuid, version, account_id, seller_id, 'ERP', md5(hash), 'ta_1', md5(hash || '0'),
              expires_at, scopes, expires_at, expires_at, created_at, created_at FROM access_tokens""",
)
WEBHOOKS = (
    # one that nothing was sent to, and one in trouble, of another keeper than who may see it
    """INSERT INTO webhook_endpoints (id, version, account_id, seller_id, url, document, operation_name, variables,
           state, trouble, made_at, position, event_id, secret_key, secret_number, previous_key, previous_number,
           previous_until, failures, failing_since)
       SELECT md5(e.state || k.id)::uuid, 1, CASE WHEN e.trouble IS NULL OR k.seller_id IS NULL THEN k.account_id
              ELSE (SELECT id FROM accounts WHERE operator ORDER BY id LIMIT 1) END, k.seller_id,
              'https://hooks.example/' || e.state, 'subscription Told { events { cursor } }', e.name, '{}', e.state,
              e.trouble, k.created_at, 0, 0, 'key', 2, e.name, 1, e.at, e.failures, e.at
       FROM (SELECT id, account_id, seller_id, created_at FROM members WHERE role = 'OWNER'
             UNION ALL SELECT id, id, NULL, created_at FROM accounts a
             WHERE NOT operator AND NOT EXISTS (SELECT FROM members m WHERE m.account_id = a.id)) k,
            (VALUES ('ACTIVE', NULL, NULL, NULL, 0),
                    ('UNHEALTHY', 'FAILING', 'Told', '2024-06-01T00:00:00Z'::timestamptz, 3))
            AS e(state, trouble, name, at, failures)""",
    """INSERT INTO webhook_deliveries (id, endpoint_id, event_id, position, subject_id, kind, event_at, state, made_at,
           next_attempt_at, attempts, tries, finished_at)
       SELECT md5(d.state || w.id || coalesce(e.id, 0))::uuid, w.id, e.id, e.id, w.id, coalesce(e.kind, 'PING'),
              w.made_at, d.state, w.made_at, w.made_at, d.attempts, d.attempts, d.at
       FROM webhook_endpoints w,
            (VALUES ('WAITING', true, 0, NULL), ('WAITING', false, 0, NULL),
                    ('DEAD', false, 2, '2024-06-01T00:00:00Z'::timestamptz)) AS d(state, tested, attempts, at)
       LEFT JOIN LATERAL (SELECT id, kind FROM events
                          WHERE NOT d.tested ORDER BY id OFFSET d.attempts LIMIT 1) e ON true
       WHERE w.state = 'UNHEALTHY'""",
    """INSERT INTO webhook_attempts (id, delivery_id, number, at, took_ms, status, failure, answer)
       SELECT md5('attempt ' || a.number || d.id)::uuid, d.id, a.number, d.made_at, 12, a.status, a.failure, a.answer
       FROM webhook_deliveries d,
            (VALUES (1, NULL, 'TIMED_OUT', NULL), (2, 200, NULL, 'ok')) AS a(number, status, failure, answer)
       WHERE d.attempts > 0""",
)
RANKING = (
    "INSERT INTO delivery_rankings (day, made_at) VALUES ('2024-07-01', '2024-07-02T00:00:00Z')",
    """INSERT INTO delivery_places (seller_id, day, position, place, kept, due)
       SELECT id, '2024-07-01', row_number() OVER (ORDER BY id), row_number() OVER (ORDER BY id), 7, 9
       FROM (SELECT id FROM sellers ORDER BY id LIMIT 2) first""",
)
ALL = (*TOKENS, *WEBHOOKS, *RANKING)
