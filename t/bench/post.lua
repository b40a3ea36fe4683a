-- What wrk posts to the gateway: wrk ... -s post.lua URL -- FILE. FILE has a
-- body in each line; the head is that of a hook.

function init(args)
    local requests, last = {}, 0

    wrk.method = 'POST'
    wrk.headers['Content-Type'] = 'application/json'
    wrk.headers['User-Agent'] = 'ngx_polycard_module'
    wrk.headers['Accept'] = 'application/json'
    wrk.headers['webhook-timestamp'] = '1795521600'

    for body in io.lines(args[1]) do
        wrk.headers['webhook-id'] = ('1795521600%03d-0'):format(#requests)
        requests[#requests + 1] = wrk.format(nil, '/hook', nil, body)
    end

    request = function()
        last = last % #requests + 1

        return requests[last]
    end
end


function done(summary)
    local errors = summary.errors

    print(('outcome: requests=%d duration=%d refused=%d broken=%d'):format(
          summary.requests, summary.duration, errors.status,
          errors.connect + errors.read + errors.write + errors.timeout))
end
