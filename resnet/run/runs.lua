-- What happens to runs in Redis, each call in one piece, so that nobody sees or does half of it. Python's side and the
-- words are in redis_store.py; nothing is read out of what a job tells, asks or comes to: for this file it is text.
--
--   KEYS    in front of our keys' names; RQ's list of what waits; in front of the keys of RQ's jobs
--   ARGV    what to do; its arguments
--
--   <ours>run:<key>    a hash: job, bounds, reader, try, phase, share, problem, result, many (values told so far), taken
--   <ours>told:<key>   a list: the newest of these values
--   <ours>running      run -> until when its worker's word counts     <ours>workers   the same of each worker
--   <ours>ended        run -> when it was last asked for              <ours>counted   phase -> how many ended in it
--   <ours>server       which start of the Redis server this is   <ours>memory   since when it has forgotten nothing

local ours, list, rq = KEYS[1], KEYS[2], KEYS[3]
local taken = list .. ':intermediate'  -- where RQ puts what a worker takes from the list
local LEASE = 5            -- seconds that a worker may say nothing: it speaks five times in each
local FORGET = 24 * 3600   -- seconds without being asked for or told, then a run is forgotten

local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local going = {waiting = true, running = true}

local function run(key) return ours .. 'run:' .. key end
local function told(key) return ours .. 'told:' .. key end
local function get(key, field) return redis.call('HGET', run(key), field) end
local function job_id(key) return key .. '-' .. get(key, 'try') end
local function key_of(id) return string.match(id, '^(.*)%-%w+$') end

local function remember(key)
  redis.call('EXPIRE', run(key), FORGET)
  redis.call('EXPIRE', told(key), FORGET)
end

local function finish(key, phase, problem)
  redis.call('HSET', run(key), 'phase', phase, 'problem', problem)
  redis.call('ZREM', ours .. 'running', key)
  redis.call('ZADD', ours .. 'ended', now, key)
  redis.call('HINCRBY', ours .. 'counted', phase, 1)
  remember(key)
  local most = cjson.decode(get(key, 'bounds')).kept
  while redis.call('ZCARD', ours .. 'ended') > most do
    local oldest = redis.call('ZPOPMIN', ours .. 'ended')[1]
    if not going[get(oldest, 'phase')] then redis.call('DEL', run(oldest), told(oldest)) end
  end
end

-- Whose worker says nothing any more is lost. While Redis was not there no worker could speak, so that time counts not.
local function sweep()
  local server = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
  if redis.call('GET', ours .. 'server') ~= server then
    redis.call('SET', ours .. 'server', server)
    for _, set in ipairs({'running', 'workers'}) do
      for _, one in ipairs(redis.call('ZRANGE', ours .. set, 0, -1)) do
        redis.call('ZADD', ours .. set, now + LEASE, one)
      end
    end
  end
  for _, key in ipairs(redis.call('ZRANGE', ours .. 'running', '-inf', now, 'BYSCORE')) do
    redis.call('ZREM', ours .. 'running', key)
    if get(key, 'phase') == 'running' then finish(key, 'lost', '') end
  end
  redis.call('ZREMRANGEBYSCORE', ours .. 'workers', '-inf', now)
end

-- How many are in front of one that waits. Between the list and its worker's first word it is in neither: for longer
-- only if that worker has died.
local function place(key)
  local found = redis.call('LPOS', list, job_id(key))
  if found then return found + redis.call('LLEN', taken) + redis.call('ZCARD', ours .. 'running') end
  redis.call('HSETNX', run(key), 'taken', now)
  if now - get(key, 'taken') > LEASE then
    redis.call('LREM', taken, 0, job_id(key))
    finish(key, 'lost', '')
  end
  return 0
end

local function memory()
  redis.call('SET', ours .. 'memory', now, 'NX')
  return redis.call('GET', ours .. 'memory')
end

-- try, many, done: what the asker has seen already, so that it is not sent again
local function view(key, try, many, done)
  local before = 0
  if get(key, 'phase') == 'waiting' then before = place(key) end
  local found = redis.call('HMGET', run(key), 'phase', 'share', 'problem', 'try', 'many', 'result')
  if not found[1] then return nil end
  if not going[found[1]] then
    redis.call('ZADD', ours .. 'ended', 'XX', now, key)
    remember(key)
  end
  local fresh = tonumber(found[5])
  if found[4] == try then fresh = fresh - many else done = '' end
  local values = {}
  if fresh > 0 then values = redis.call('LRANGE', told(key), -fresh, -1) end
  return {found[1], before, found[2], found[3], found[4], tonumber(found[5]), values, done == '1' and '' or found[6] or ''}
end

-- Everybody's first before anybody's second: as turn() in runs.py.
local function turn(waiting, reader)
  local rounds, mine = {}, 0
  for _, id in ipairs(waiting) do
    if reader ~= '' and get(key_of(id), 'reader') == reader then mine = mine + 1 end
  end
  for _, id in ipairs(waiting) do
    local one = get(key_of(id), 'reader') or ''
    local round = rounds[one] or 0
    if round > mine then return mine, id end
    if one ~= '' then rounds[one] = round + 1 end
  end
  return mine, nil
end

local calls = {}

function calls.submit(key, job, bounds, reader, try)
  sweep()
  local phase = get(key, 'phase')
  if phase == 'waiting' then place(key); phase = get(key, 'phase') end
  if phase == 'waiting' or phase == 'running' or phase == 'done' then return {memory(), 'found', view(key, '', 0, '')} end
  local waiting, most = redis.call('LRANGE', list, 0, -1), cjson.decode(bounds)
  local mine, behind = turn(waiting, reader)
  if reader ~= '' and mine >= most.each then return {memory(), 'turn'} end
  if #waiting >= most.waiting then return {memory(), 'full'} end
  redis.call('DEL', run(key), told(key))
  redis.call('ZREM', ours .. 'ended', key)
  redis.call('HSET', run(key), 'job', job, 'bounds', bounds, 'reader', reader, 'try', try, 'phase', 'waiting',
    'share', '0', 'problem', '', 'many', 0)
  remember(key)
  if behind then redis.call('LINSERT', list, 'BEFORE', behind, job_id(key)) else redis.call('RPUSH', list, job_id(key)) end
  return {memory(), 'new', view(key, '', 0, '')}
end

function calls.state(key, try, many, done)
  sweep()
  return {memory(), view(key, try, tonumber(many), done)}
end

function calls.cancel(key)
  sweep()
  if not going[get(key, 'phase')] then return end
  redis.call('LREM', list, 0, job_id(key))
  if get(key, 'phase') == 'waiting' then redis.call('DEL', rq .. job_id(key)) end
  finish(key, 'cancelled', '')
end

function calls.counts()
  sweep()
  return {redis.call('LLEN', list), redis.call('ZCARD', ours .. 'running'), redis.call('HGETALL', ours .. 'counted'),
    redis.call('ZCARD', ours .. 'workers')}
end

-- What follows is said by workers.

local function mine(key, try) return get(key, 'try') == try end

local function hold(key)
  redis.call('ZADD', ours .. 'running', now + LEASE, key)
  if get(key, 'phase') ~= 'running' then
    redis.call('HSET', run(key), 'phase', 'running')
    redis.call('ZREM', ours .. 'ended', key)  -- it was said to be lost, and its worker has come back
  end
  remember(key)
end

local function open(key, try)
  local phase = get(key, 'phase')
  return mine(key, try) and (going[phase] or phase == 'lost')
end

function calls.here(worker)
  redis.call('ZADD', ours .. 'workers', now + LEASE, worker)
  sweep()
end

function calls.begin(key, try)
  redis.call('LREM', taken, 0, key .. '-' .. try)
  if not open(key, try) then return nil end
  hold(key)
  sweep()
  return redis.call('HMGET', run(key), 'job', 'bounds')
end

function calls.tell(key, try, before, share, ...)
  local said = 'again'
  if redis.call('EXISTS', run(key)) == 1 then
    if not open(key, try) then return 'stop' end
    if get(key, 'many') == before then
      said = 'on'
      redis.call('HSET', run(key), 'share', share)
      for _, value in ipairs({...}) do
        redis.call('RPUSH', told(key), value)
        redis.call('HINCRBY', run(key), 'many', 1)
      end
      redis.call('LTRIM', told(key), -cjson.decode(get(key, 'bounds')).told, -1)
    end
    hold(key)
  end
  sweep()
  return said
end

-- Redis has forgotten the run, or the last of what it told: its worker has not.
function calls.restore(key, try, job, bounds, many, share, ...)
  if redis.call('EXISTS', run(key)) == 1 and not open(key, try) then return end
  redis.call('DEL', told(key))
  redis.call('HSET', run(key), 'job', job, 'bounds', bounds, 'try', try, 'share', share, 'problem', '', 'many', many)
  for _, value in ipairs({...}) do redis.call('RPUSH', told(key), value) end
  hold(key)
end

function calls.finish(key, try, phase, problem, result)
  if not open(key, try) then return end
  if phase == 'done' then redis.call('HSET', run(key), 'share', '1', 'result', result) end
  finish(key, phase, problem)
end

return calls[ARGV[1]](unpack(ARGV, 2))
