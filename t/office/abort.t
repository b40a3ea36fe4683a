# Callers of the office and operators who leave at every stage: what comes later
# finds nobody and harms nobody, nothing is half done, and who comes again with the
# same Idempotency-Key adds nothing twice.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Condition;
use Polycard::FakeRedis;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::HTTP2;
use Polycard::Leaving;
use Polycard::Nginx qw( market services );
use Polycard::OfficeShop;
use Polycard::Record;
use Polycard::Shop qw( json_text );
use Polycard::Test;

not_under('http2', 'it leaves over HTTP/1.1 and HTTP/2 by itself');

my $token = $Polycard::OfficeShop::TOKEN;
my $phone = $Polycard::FakeRedis::PHONE;
my $client = "/office/clients/$phone";

while_redis_answers();
between_two_calls();
a_long_reply();
while_a_body_comes();
nothing_twice();

finish();


# Redis is held up before the reply to a function, or in the middle of it

sub while_redis_answers {
    my %request = (
        get_client     => [ GET => $client ],
        replace_client => [ PUT => $client, { name => 'Olha' } ],
        patch_client   => [ PATCH => $client, { name => 'Olha' } ],
        delete_client  => [ DELETE => $client ],
        change_bonus   => [ POST => "$client/bonus", { change => 1 },
                            'idempotency-key', 'r1' ],
        move_client    => [ POST => "$client/move", { phone => '380671112244' } ],
        merge_clients  => [ POST => "$client/merge", { from => '380671112244' } ],
        set_card       => [ POST => "$client/card", { barcode => '1' } ],
        issue_card     => [ POST => "$client/card", {} ],
        forget_client  => [ POST => "$client/forget" ],
        list_clients   => [ GET => '/office/clients' ],
        list_groups    => [ GET => '/office/groups' ],
        registered     => [ GET => '/office/registered' ],
        read           => [ POST => '/office/registered/read',
                            { upto => '1-1' } ],
        status         => [ GET => '/operator/hooks' ],
        dead           => [ GET => '/operator/dead' ],
        find_hooks     => [ POST => '/operator/hooks/find',
                            { phone => $phone } ],
        requeue        => [ POST => '/operator/dead/1-1/requeue', '' ],
        resend         => [ POST => '/operator/resend', { phone => $phone } ],
        confirm_deletions => [ POST => '/operator/deletions/confirm', {} ],
    );

    # those that are asked again until all is done: first with this reply

    my %again = (
        read       => "*2\r\n:100\r\n:1\r\n",
        find_hooks => "*1\r\n\$1\r\n5\r\n",
        requeue    => ":1\r\n",
        registered => "*0\r\n",
        map({ $_ => "*4\r\n:9\r\n\$1\r\n5\r\n:1\r\n*1\r\n\$1\r\n1\r\n" }
            qw( list_clients list_groups )),
    );
    my %more = (%request,
        requeue    => [ POST => '/operator/dead/requeue', '' ],
        registered => [ GET => '/office/registered?wait=60' ]);

    my (%modes, %held);

    for my $name (keys %request) {
        my $is_it = sub { ($_[1] // '') eq "polycard_$name" };

        $modes{$name} = sub { $is_it->(@_) ? (['hold'], ['good']) : () };
        $modes{"half $name"} = sub {
            return if !$is_it->(@_);

            return "*2\r\n\$4\r\nhal", ['hold'], "f\r\n:1\r\n";
        };
        $modes{"more $name"} = sub {
            return "*2\r\n\$4\r\ndead\r\n:9\r\n"
                if $name eq 'requeue' && ($_[1] // '') eq 'polycard_status';
            return if !$is_it->(@_);
            return $held{$name}++ ? (['hold'], ['good']) : $again{$name};
        };
    }

    # a batch: nothing is answered, or the first line only

    $modes{batch} = sub { $_[0] eq 'FCALL' && $_[1] =~ /patch/
        ? (['hold'], ['good']) : () };
    $modes{'half batch'} = sub {
        return if $_[0] ne 'FCALL' || $_[1] !~ /patch/;
        return $_[3] eq $phone ? "*3\r\n:0\r\n\$1\r\ne\r\n\$0\r\n\r\n"
            : (['hold'], ['good']);
    };

    my $fake = Polycard::FakeRedis->new(modes => \%modes);
    my $nginx = fake_nginx($fake);
    my ($worker) = $nginx->workers;
    my $leaving = Polycard::Leaving->new($nginx,
        other => '/api/v1/web_service/getGroups');

    my $try = sub {
        my ($mode, $name, $way, $request, $logged) = @_;
        my ($method, $path, $body, @header) = @$request;

        $fake->forget;
        $fake->mode($mode);

        my $after = $leaving->leaves($way, [ $method, $path,
                ref $body ? json_text($body) : $body, @header ],
            sub { grep { /^FCALL polycard_\Q$name\E / } $fake->log }, $logged);

        $fake->mode('good');
        is(http_get($nginx, "/api/v1/web_service/getClient", query =>
            { phone => $phone })->status, 200, "$mode: he $way");
        $after->();
    };

    for my $way ($leaving->ways) {
        $try->($_, $_, $way, $request{$_}),
            $try->("half $_", $_, $way, $request{$_}) for sort keys %request;

        for my $name (sort keys %again) {
            $try->("more $name", $name, $way, $more{$name});
        }

        my $lines = join '', map { json_text({ op => 'patch',
            phone => $phone + $_ . '', set => { name => 'x' } }) . "\n" } 0 .. 2;

        $try->($_, 'patch_client', $way, [ POST => '/office/batch', $lines,
            'content-type', 'application/x-ndjson' ],
            qr{/office/batch HTTP/\S+ (?:499|200)}) for 'batch', 'half batch';
    }

    is_deeply([ $nginx->workers ], [ $worker ], 'the worker is still the same');
}


sub fake_nginx {
    my ($fake) = @_;

    return Polycard::Nginx->new(http => market('shop1',
            redis => $fake->address, access_token => 'off', emitter => 'off',
            office_token => 'off', operator_token => 'off',
            card_numbers => 'phone', redis_timeout => '30s')
        . "server {\nlisten 127.0.0.1:%%PORT_0%%;\n"
        . "listen 127.0.0.1:%%PORT_1%% http2;\n" . services('shop1')
        . "location /office/ { polycard_office shop1; }\n"
        . "location /operator/ { polycard_operator shop1; }\n}\n");
}


# A page of a list is several calls: an error if Redis is gone after the first, and
# no way on after records that have no cursor

sub between_two_calls {
    my $record = "*1\r\n\$12\r\n$phone\r\n";
    my $some = "*4\r\n:9\r\n\$1\r\n5\r\n:1\r\n$record";
    my $last = "*4\r\n:9\r\n\$0\r\n\r\n:0\r\n$record";
    my %calls;

    my $mode = sub {
        my ($name, $then) = @_;

        return sub {
            return if ($_[1] // '') !~ /^polycard_list_/;
            return $calls{$name}{ $_[1] }++ ? $then : $some;
        };
    };

    my $fake = Polycard::FakeRedis->new(modes => {
        gone => $mode->(gone => ['close']), last => $mode->(last => $last) });
    my $nginx = fake_nginx($fake);

    for my $path ('/office/clients', '/office/groups') {
        $fake->mode('gone');

        my $answer = http_get($nginx, $path);

        is($answer->status, 503, "$path: Redis is gone after the first call");
        unlike($answer->body, qr/^\[/, '... and no part of a list is sent');
        is($answer->header('X-Total-Count'), undef, '... nor its headers');
        $fake->mode('good');
        wait_until { http_get($nginx, '/api/v1/web_service/getClient',
            query => { phone => $phone })->status == 200 } 'it is back';

        $fake->mode('last');
        $answer = http_get($nginx, $path);
        is_deeply([ $answer->status, scalar @{ $answer->json },
            $answer->header('Link') ], [ 200, 2, undef ],
            '... records without a cursor are the last ones');
        $fake->mode('good');
    }
}


# A Redis that is none says more than fits a piece of the answer to a batch: six
# bytes for each of its own

sub a_long_reply {

    # no answers of a Redis: docs/office.openapi.yaml does not know them
    local $Polycard::Record::MOST = 0;

    my $long = "\x01" x 60_000;
    my %modes = (error => "-ERR $long\r\n",
        text => "*2\r\n" . Polycard::FakeRedis::bulk($long x 10) . "\$1\r\ne\r\n",
        sum => "\$3\r\n1,5\r\n", sums => "*2\r\n:1\r\n\$1\r\ne\r\n");
    my $fake = Polycard::FakeRedis->new(modes => { map {
        my $reply = $modes{$_};
        $_ => sub { return if ($_[1] // '') !~ /_(?:bonus|card)$/; return $reply }
    } keys %modes });
    my $nginx = fake_nginx($fake);
    my ($worker) = $nginx->workers;
    my $lines = join '', map { json_text({ op => 'card', phone => "$phone",
        barcode => $_ }) . "\n" } 'a' .. 'c';

    for my $mode (qw( error text )) {
        $fake->mode($mode);

        my @answers = split /\n/, http_post($nginx, '/office/batch',
            type => 'application/x-ndjson', body => $lines)->body;

        is(scalar(grep { length > 16_384 } @answers), 3,
            "a long $mode: three lines");
    }

    # a sum is a number, or it is unknown what was done

    $lines =~ s/"card"/"bonus"/g;
    $lines =~ s/"barcode":"."/"change":1/g;

    for my $mode (qw( sum sums )) {
        $fake->mode($mode);

        my $batch = http_post($nginx, '/office/batch',
            type => 'application/x-ndjson', body => $lines);

        is(() = $batch->body =~ /"the client base cannot be reached, [^"]*","http":503/g,
            3, "a $mode that is no number: unknown");
        is(http_post($nginx, "$client/bonus", type => 'application/json',
            body => '{"change":1}')->status, 503, '... in a request of its own, too');
    }

    is_deeply([ $nginx->workers ], [ $worker ], '... by the same worker');
}


# between the pieces of a body, over HTTP/1.1 and HTTP/2

sub while_a_body_comes {
    my $nginx = fake_nginx(Polycard::FakeRedis->new);
    my ($worker) = $nginx->workers;
    my $json = '{"name":"Olha","sex":"female"}';
    my $lines = "{\"op\":\"delete\",\"phone\":\"$phone\"}\n" x 5;

    for my $case ([ PUT => $client, $json ], [ PATCH => $client, $json ],
        [ DELETE => $client, $json ], [ POST => "$client/bonus", $json ],
        [ POST => "$client/forget", $json ],
        [ POST => '/operator/resend', $json ],
        [ DELETE => '/operator/dead/1-1', $json ],
        [ POST => '/office/batch', $lines, 'application/x-ndjson' ])
    {
        my ($method, $path, $body, $type) = @$case;

        $type ||= 'application/json';

        for my $length (0, 1, 10, length($body) - 1) {
            my $connection = Polycard::HTTP->connect($nginx);

            $connection->send("$method $path HTTP/1.1\r\nHost: x\r\n"
                . "Content-Type: $type\r\nContent-Length: "
                . length($body) . "\r\n\r\n" . substr $body, 0, $length);
            $connection->wait_until_read;
            $connection->close;

            my $h2 = Polycard::HTTP2->connect($nginx, port => 1);
            my $id = $h2->request($method, $path, 'content-type', $type);

            $h2->frame(0, 0, $id, substr $body, 0, $length) if $length;
            is($h2->status($h2->get('/api/v1/web_service/getGroups')), 200,
                "$method $path and $length bytes, a stream beside");
            $length % 2 ? $h2->reset($id) : $h2->close;
            $h2->close;
        }
    }

    is(http_get($nginx, '/api/v1/web_service/getClient', query =>
        { phone => $phone })->status, 200, 'all is well');
    is_deeply([ $nginx->workers ], [ $worker ], '... with the same worker');
}


# A real Redis, which is busy when they leave

sub nothing_twice {
    my $shop = Polycard::OfficeShop->new;
    my ($worker) = $shop->nginx->workers;
    my @phones = map { "3806711122$_" } 40 .. 49;

    $shop->put_all(map { [ $_, barcode => "c$_", bonus => 0 ] } @phones);

    # a receipt: sent, left, and sent again

    for my $n (1 .. 10) {
        my @request = (body => '{"change":2.5}', token => $token,
            type => 'application/json',
            headers => [ 'Idempotency-Key', "r$n" ]);

        $shop->redis->signal('STOP');

        my $gone = start_post($shop->nginx, "/office/clients/$phones[0]/bonus",
            @request);

        $gone->wait_until_read;
        $gone->close;
        $shop->redis->signal('CONT');

        my $answer = http_post($shop->nginx,
            "/office/clients/$phones[0]/bonus", @request);

        is($answer->json->{total}, 2.5 * $n, "receipt $n is added once");
    }

    # a batch of receipts and other changes, cut at any place

    my $text = join '', map { json_text($_) . "\n" } map {
        my $n = $_;
        my $whose = $phones[1 + $n % 9];

        ({ op => 'patch', phone => $whose, set => { name => "Name $n" } },
         { op => 'bonus', phone => $whose, change => 1, key => "b$n" });
    } 1 .. 180;
    my $head = "POST /office/batch HTTP/1.1\r\nHost: x\r\nAuthorization: "
        . "Bearer $token\r\nContent-Type: application/x-ndjson\r\n"
        . 'Content-Length: ' . length($text) . "\r\n\r\n";

    for (1 .. 30) {
        my $caller = Polycard::HTTP->connect($shop->nginx);

        $caller->send($head . substr $text, 0, rand length $text);
        $caller->wait_until_read if rand > 0.5;
        $caller->close;
    }

    my $whole = sub { $shop->office(POST => 'batch', $text,
        type => 'application/x-ndjson') };

    is(() = $whole->()->body =~ /"status":"OK"/g, 360, 'then all of it');
    is_deeply([ map { $shop->stored($_)->{bonus} } @phones[1 .. 9] ],
        [ (20) x 9 ], '... each receipt counts once');

    my $digest = $shop->digest;

    is(() = $whole->()->body =~ /"status":"OK"/g, 360, 'and once more');
    is($shop->digest, $digest, '... it is the same');
    is_deeply([ $shop->nginx->workers ], [ $worker ], 'the worker is the same');
}
