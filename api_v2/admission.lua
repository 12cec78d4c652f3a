-- Admits one request to /api/v2 in one round trip: the address's counter, the key, its account and tier, their
-- counters, and the cached balance. The records are written by accounts and wallets (kit/records.py).
--
-- KEYS  1 the address's counter   2 the address's counter of balance polls   3 the key's record, or "" for no key
--       4, 5 what is noted of keys' use: how many requests, and when the last (accounts/cached.py)
-- ARGV  1 now, ms   2 limit per address   3 limit of balance polls per address   4 limit per key   (0: no limit)
--       5 "1" when tiers limit   6 "1" when the request is free (a balance poll)
--       7 "1" when it was counted for the address before (the second look, after a record was missing)
--       8 the address as 32 hexadecimal digits
--       9, 10, 11 the prefixes of account, tier and balance records
--       12 what the request is for a key of the standard dialect, by its form alone: "free", or "paid", or "" for
--          nobody's, as its key is not in the form
-- Answers {verdict, ip n, ip reset, key n, key reset, key limit, tier n, tier reset, tier limit,
--          account, key id, prefix, dialect, read only, balance}, as far as it got.

local now = tonumber(ARGV[1])
local WINDOW = 60000

local function peek(name)
    local counter = redis.call('HMGET', name, 'n', 'r')
    local reset = tonumber(counter[2] or '0')
    if reset > now then return tonumber(counter[1]), reset end
    return 0, now + WINDOW
end

local function spend(name, used, reset)
    redis.call('HSET', name, 'n', used + 1, 'r', string.format('%.0f', reset))
    if used == 0 then redis.call('PEXPIRE', name, WINDOW * 2) end
    return used + 1
end

local function full(used, limit) return limit > 0 and used >= limit end

local free, again = ARGV[6] == '1', ARGV[7] == '1'
local ip_limit = tonumber(ARGV[2])
local ip_n, ip_r = peek(KEYS[1])
local ip_counted = again and not free

if full(ip_n, ip_limit) and not ip_counted then return {'ip', ip_n, ip_r} end
if free and not again then
    local polls, polls_r = peek(KEYS[2])
    if full(polls, tonumber(ARGV[3])) then return {'polls', polls, polls_r} end
    spend(KEYS[2], polls, polls_r)
end
local function count_ip()
    if not ip_counted then
        ip_n = spend(KEYS[1], ip_n, ip_r)
        ip_counted = true
    end
end
if not free then count_ip() end

local function unknown()
    count_ip()
    return {'unknown', ip_n, ip_r}
end

if KEYS[3] == '' then return unknown() end
local key = redis.call('HMGET', KEYS[3],
    'u', 'ended', 'account', 'id', 'prefix', 'dialect', 'ro', 'ips', 'rpm', 'exp')
-- A value that has ended never opens anything again, so its tombstone is believed for as long as it is kept.
if key[2] == '1' then return unknown() end
if not key[1] or tonumber(key[1]) <= now then return {'miss', ip_n, ip_r} end
local standard = key[6] == 'standard'
if standard and ARGV[12] == '' then return unknown() end
local expires = tonumber(key[10])
if expires > 0 and expires <= now then return unknown() end
if key[8] ~= '' then
    local allowed = false
    for first, last in string.gmatch(key[8], '(%x+)-(%x+)') do
        if ARGV[8] >= first and ARGV[8] <= last then allowed = true end
    end
    if not allowed then return unknown() end
end

local account = redis.call('HMGET', ARGV[9] .. key[3], 'u', 'tier', 'suspended')
if not account[1] or tonumber(account[1]) <= now then return {'miss', ip_n, ip_r} end
local tier = redis.call('HMGET', ARGV[10] .. account[2], 'u', 'rpm')
if not tier[1] or tonumber(tier[1]) <= now then return {'miss', ip_n, ip_r} end

if free and standard and ARGV[12] == 'paid' then
    free = false
    count_ip()
end

local key_counter, tier_counter = 'l:k:' .. key[4], 'l:t:' .. key[3]
local key_n, key_r = peek(key_counter)
local tier_n, tier_r = peek(tier_counter)
local key_limit = tonumber(ARGV[4])
if key_limit > 0 and key[9] ~= '0' then key_limit = tonumber(key[9]) end
local tier_limit = ARGV[5] == '1' and tonumber(tier[2]) or 0

local verdict = 'ok'
if account[3] == '1' then
    verdict = 'suspended'
elseif not free then
    if full(key_n, key_limit) then
        verdict = 'key'
    else
        key_n = spend(key_counter, key_n, key_r)
        if full(tier_n, tier_limit) then
            verdict = 'tier'
        else
            tier_n = spend(tier_counter, tier_n, tier_r)
        end
    end
end

if verdict == 'ok' then
    redis.call('HINCRBY', KEYS[4], key[4], 1)
    redis.call('HSET', KEYS[5], key[4], ARGV[1])
end

local balance = ''
if free then
    local cached = redis.call('HMGET', ARGV[11] .. key[3], 'u', 'b')
    if cached[1] and tonumber(cached[1]) > now then balance = cached[2] end
end
return {verdict, ip_n, ip_r, key_n, key_r, key_limit, tier_n, tier_r, tier_limit,
    key[3], key[4], key[5], key[6], key[7], balance}
