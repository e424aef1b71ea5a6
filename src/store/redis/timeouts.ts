/** Timeouts of Redis operations. Milliseconds of real time: the injected clock may be fixed. */

/** For one operation, reconnecting included: a 503 within two seconds is better than a page that hangs. */
export const timeoutMs = 1500
/** After the loss of a connection operations wait so long for a new one; later they are refused at once. */
export const graceMs = 1000
/** An operation that times out ends a connection that has been silent for so long. */
export const silentMs = 500
/** For the greeting of a new connection, which a frozen server never sends; at first. */
export const greetingMs = 800
/** For each step of finding several servers at the start, when this process is busy loading; the longest for a new connection later. */
export const findMs = 5000
/** Pauses between attempts to reconnect: doubling from the first to the longest. */
export const firstPauseMs = 50
export const longestPauseMs = 400
/** Least time between two connections, so that one that breaks at once causes no tight loop. */
export const rebuildMs = 250
/** Interval of pings on a silent connection. */
export const pingMs = 1000
/** A connection without a byte either way for so long is closed. Longer than `pingMs`, else an idle one would be. */
export const idleMs = 2000
/** How long closing waits for running operations. */
export const drainMs = 1000
/** For the replicas of a durable write. Redis rounds up to the next 100. */
export const confirmMs = 200
/** For the answers of all sentinels; later those that have answered are enough. */
export const sentinelMs = 300
/** Interval at which the sentinels are asked for another master. */
export const sentinelPollMs = 1000
/** Pause before a command on several keys is sent again, some of which have moved to another node of a cluster already. */
export const tryAgainMs = 20
