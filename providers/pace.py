"""The pace of our calls to one provider, as the parts of a conditional UPDATE; the one definition of it.

This is the generic cell rate algorithm (ITU-T I.371) kept in one column: `next_call_at` is when the next call may be
made, and a call puts it off by 60 s / calls_per_minute. What was not used for up to a second may be used at once.
The statement has the provider as `v` and the parameter `now`; whoever spends a call without making it has lost it.

    UPDATE providers_provider v SET {SPEND} WHERE v.id = … AND {PACED} RETURNING v.id
"""

# There is room for a call now.
PACED = "(v.calls_per_minute IS NULL OR v.next_call_at IS NULL OR v.next_call_at <= %(now)s)"

# One call is spent; a provider without a pace has nothing to spend.
SPEND = (
    "next_call_at = greatest(v.next_call_at, %(now)s::timestamptz - interval '1 second')"
    " + interval '60 seconds' / v.calls_per_minute"
)
