/**
 * Lua function `tenure`. A tenure is the time in which one process of Redis is master: its replication id, shortened to 16 digits. It is
 * another one after every restart and every failover, also when a server is master again that has been one before: meanwhile it has
 * taken over the data of whoever was, and these may lack what it had itself acknowledged. Its `run_id` would not tell.
 */
export const TENURE_LUA = `
local function tenure()
  return string.sub(string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)'), 1, 16)
end
`;
