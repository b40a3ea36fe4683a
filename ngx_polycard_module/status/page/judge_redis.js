/* What is wrong with the Redis of a market: findings as in judge.js. */

/* by the first word of the error: what it means, and what to do */

const REFUSALS = {
    NOREPLICAS: ['too few replicas are connected',
        'Nothing is written, so that nothing is lost: min-replicas-to-write '
        + 'says how many there must be. addClient is answered with 503, and no '
        + 'hook is sent. Start the replicas that are missing, or see what '
        + 'keeps them behind: INFO replication names those that are there.'],
    MISCONF: ['it cannot save its data',
        'Its disk is full or may not be written to: its log says which. '
        + 'addClient is answered with 503, and no hook is sent. Once a save '
        + 'succeeds (BGSAVE), it takes writes again.'],
    OOM: ['its memory is full',
        'addClient is answered with 503, and the back office cannot write '
        + 'either; hooks are sent. Give it more memory (maxmemory), or '
        + 'remove what else is in it.'],
    READONLY: ['it is a replica',
        'That is normal for some seconds when another server takes over. If '
        + 'it lasts, the address does not lead to the master: point it '
        + 'there, by the name, the proxy or the Sentinels. nginx looks it up '
        + 'again once a second.'],
    MASTERDOWN: ['it is a replica without its master',
        'That is normal for some seconds when another server takes over. If '
        + 'it lasts, no server has taken over: make one the master '
        + '(REPLICAOF NO ONE), or start the old one.'],
    LOADING: ['it is loading its data',
        'It has just been started. That takes some seconds for each gigabyte, '
        + 'and passes by itself; its log says how far it is.'],
    NOPERM: ['its user lacks a right',
        'What needs the right is answered with 503, or waits. The error log '
        + 'of nginx names the command, the user and what it needs: give it to '
        + 'the user with ACL SETUSER, or load the lines of polycard.acl '
        + 'again.'],
    NOAUTH: ['it wants a password',
        'Requests are answered with 503, and no hook is sent. Give the '
        + 'market redis_password_file, and redis_user if it has one of its '
        + 'own, and reload nginx.'],
    WRONGPASS: ['user or password is wrong',
        'Requests are answered with 503, and no hook is sent. Compare '
        + 'redis_user and redis_password_file with the users of Redis (ACL '
        + 'LIST); after a change of the file nginx must be reloaded.'],
    BUSY: ['a script occupies it',
        'A script or function, which is not ours, runs without an end: '
        + 'requests are answered with 503 or 504. End it with SCRIPT KILL or '
        + 'FUNCTION KILL, and see who has called it.']
};


/* with these nobody gets a connection: there is a Redis, so "see that it runs" would
 * lead astray */

const AT_THE_DOOR = ['NOAUTH', 'WRONGPASS', 'LOADING'];


function isAtTheDoor(redis) {
    return redis.state === 'down' && AT_THE_DOOR.includes(redis.refuses);
}


/* known also where Redis answers to those who read */

function judgeRefusal(market) {
    const word = market.redis.refuses;

    if (word && REFUSALS[word]) {
        const [why, text] = REFUSALS[word];

        return { id: 'refused', level: 'act', word: 'Redis refuses',
            grace: isAtTheDoor(market.redis) ? 3 : 20, text,
            title: 'Redis refuses commands, because ' + why + ' (' + word
                + ').' };
    }
}


function judgeRedis(market, status) {
    const redis = market.redis;
    const since = redis.away_since !== null
        ? ' since ' + sinceText(redis.away_since, status.time)
        : redis.age === null ? '' : ' (last answer: '
            + sinceText(status.time - redis.age, status.time) + ')';

    const bad = {
        down: ['Redis away', 'cannot be reached',
            'Requests are answered with 503, and no hook is sent. See that '
            + 'Redis runs and that nginx may connect to it; the error log of '
            + 'nginx says what failed.'],
        slow: ['Redis slow', 'does not answer in time',
            'Requests are answered with 503 or 504. See what Redis is busy '
            + 'with: its SLOWLOG names long commands, and a full disk or '
            + 'memory shows in its log.'],
        error: ['Redis error', 'answers with an error',
            'Requests may be answered with 503, and hooks may wait. The error '
            + 'log of nginx says which error it is, also where another '
            + 'library has the name of the module’s functions.']
    }[redis.state];

    if (bad && !isAtTheDoor(redis)) {
        const [word, is, text] = bad;

        return { id: 'redis', level: 'act', word, text, grace: 3,
            title: 'Redis ' + is + since + '.' };
    }

    if (redis.state === 'unknown') {
        return { id: 'redis', level: 'info', word: 'starting',
            title: 'Redis has not been asked yet.',
            text: 'The first answer takes a moment after a start.' };
    }

    if (redis.connected < redis.workers) {
        return { id: 'workers', level: 'look', word: 'Redis', grace: 20,
            title: countText(redis.workers - redis.connected, 'worker has',
                'workers have') + ' no connection to Redis.',
            text: 'Other workers have one, so perhaps Redis is at its '
                + 'maxclients, or nginx at its worker_connections. The error '
                + 'log of nginx says what failed.' };
    }
}


function judgeReplicas(market) {
    if (market.redis.writes_without_replicas) {
        return { id: 'replicas', level: 'look', word: 'replicas',
            title: 'Redis takes writes without its replicas.',
            text: 'If it is cut off while one of them takes over, all writes '
                + 'that it takes meanwhile are lost. Set min-replicas-to-write '
                + 'to 1 and min-replicas-max-lag to 5, in redis.conf of all of '
                + 'them and by CONFIG SET. From then on nothing is written '
                + 'while no replica is connected: have two.' };
    }
}


/* null where Redis does not say it, and where no emitter of this nginx asks */

function judgeKeeping(market) {
    if (market.redis.append_only === false) {
        return { id: 'memory', level: 'look', word: 'kept in memory',
            title: 'Redis has no append only file: its restart would lose '
                + 'clients.',
            text: 'And the hooks that wait: all of them, or what came after '
                + 'the last save. Call CONFIG SET appendonly yes and CONFIG '
                + 'REWRITE, or set it where this Redis is managed. Do not '
                + 'only write it into redis.conf and restart: Redis would '
                + 'begin empty.' };
    }
}


function judgeEviction(market) {
    if (market.redis.evicts) {
        return { id: 'evicts', level: 'look', word: 'eviction',
            title: 'Redis deletes records when its memory is full.',
            text: 'Clients would be gone, and the gateway would be told so. '
                + 'Call CONFIG SET maxmemory-policy noeviction and CONFIG '
                + 'REWRITE; where other programs need another policy, give '
                + 'the market a Redis of its own.' };
    }
}


/* nginx loads its own over an older one, which takes a moment after a start */

function judgeLibrary(market, status) {
    const there = market.redis.library_version;
    const here = status.library_version;
    const versions = 'version ' + there + ', this nginx has ' + here;

    if (there > here) {
        return { id: 'library', level: 'look', word: 'old module',
            title: 'Redis holds the functions of a newer module: ' + versions
                + '.',
            text: 'Another nginx of this market has it: install it here too. '
                + 'The services work meanwhile.' };
    }

    if (there !== null && there < here && status.uptime > BEGIN) {
        return { id: 'library', level: 'look', word: 'old functions',
            grace: 20,
            title: 'Redis holds the functions of an older module: ' + versions
                + '.',
            text: 'This nginx could not load its own, for which its user needs '
                + '“+function|load”: the error log says what failed. If '
                + 'somebody has put the older ones there since, reload nginx, '
                + 'and it loads its own.' };
    }
}
