# A market's day by the manual alone: a nightly file, live changes, receipts that are
# sent twice, a changed phone, a lost card, two records of one client, new clients
# back into his books, a dead letter that is found and sent again, a client who is
# forgotten.  In each of these the caller leaves, a worker, all of nginx or Redis is
# killed while it is under way; whoever lost the answer asks again, as docs/office.md
# says.  At the end nothing is lost and nothing is there twice: in Redis, with the
# gateway, in the books.

use strict;
use warnings;

use lib 't/lib';

use JSON::MaybeXS ();

use Polycard::Browser;
use Polycard::Condition;
use Polycard::HTTP;
use Polycard::OfficeShop;
use Polycard::OperatorShop;
use Polycard::Picture;
use Polycard::Shop qw( json_text );
use Polycard::StatusPage qw( wait_state );
use Polycard::Test;

not_under('http2', 'callers leave in the middle of a request of HTTP/1.1');

my $LINES = 60;

my $shop = Polycard::OperatorShop->new(
    workers => 2,
    redis   => { appendonly => 'yes', appendfsync => 'always' },
    market  => { office_token_file => '%%DIR%%/office', lease => '2s',
                 redis_timeout => '2s', sweep_interval => '5ms',
                 operator_token_file => undef, operator_token => 'off' },
    files   => { office => "$Polycard::OfficeShop::TOKEN\n" },
    server  => "location /office/ { polycard_office shop1; }\n"
        . 'location = /polycard { polycard_status operator=/operator/ '
        . "manual=/manual/; }\n");

$shop->nginx->allow(qr/exited on signal 9/);
$shop->ready;

# What is killed while a request is under way, whose connection is given.  Redis is
# stopped meanwhile but for the last one: what has come to it is done when it goes
# on, and lost if it does not.

my %kill = (
    'the caller leaves' => sub { $_[0]->close },
    'the workers' => sub { kill KILL => $shop->nginx->workers },
    'nginx' => sub { $shop->nginx->kill; cont(); $shop->nginx->start },
    'Redis' => sub { $shop->crash_redis },
    'Redis, a moment later' => sub { cont(); $shop->crash_redis },
);

# what must be stored in the end, and what the market has in its books

my (%want, %books);
my ($round, $kill) = (0);

for my $name (sort keys %kill) {
    $kill = $kill{$name};
    $round++;

    subtest $name => sub {
        nightly_file();
        live_changes();
        receipts();
        changed_phone();
        lost_card();
        merged();
        new_clients();
        dead_letter();
        forgotten();
    };
}

by_the_page();
at_the_end();

finish();


# A client of this round

sub phone { return sprintf '38067%d%06d', $round, $_[0] }


sub office {
    my ($method, $path, $body, %option) = @_;

    return Polycard::OfficeShop::office($shop, $method, $path, $body, %option);
}


sub cont { $shop->redis->signal('CONT') if $shop->redis->alive }


# An answer that is not 5xx: whoever has none asks again

sub again {
    my ($ask) = @_;

    my $answer;

    wait_until {
        $answer = eval { $ask->() };

        return $answer && $answer->complete && $answer->status
            && $answer->status < 500;
    } 60, 'an answer';

    return $answer;
}


# The request is under way when it happens; then it is sent again.

sub through {
    my ($method, $path, $body, %option) = @_;

    my $ask = sub { http_request($shop->nginx, $method, $path,
        token => $Polycard::OfficeShop::TOKEN, type => 'application/json',
        %option, body => ref $body ? json_text($body) : $body // '') };

    $shop->redis->signal('STOP');

    my $connection = connected();

    $connection->send($connection->request_bytes($method, $path,
        token => $Polycard::OfficeShop::TOKEN, type => 'application/json',
        %option, body => ref $body ? json_text($body) : $body // ''));
    $connection->wait_until_read;
    $kill->($connection);
    cont();

    return again($ask);
}


sub connected {
    my $connection;

    wait_until { $connection = eval { Polycard::HTTP->connect($shop->nginx) } }
        'nginx';

    return $connection;
}


sub is_status {
    my ($answer, $wanted, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    ok($answer && $answer->status =~ /^(?:$wanted)$/, $what)
        or diag($answer ? $answer->raw : 'no answer');
}


# All lines are answered and none has to be sent again

sub whole_batch {
    my ($text, @headers) = @_;

    my $lines = $text =~ tr/\n//;

    return again(sub {
        my $answer = office(POST => 'batch', $text,
            type => 'application/x-ndjson', headers => \@headers);
        my @failed = $answer->body =~ /"http":5/g;

        return $answer->body =~ tr/\n// == $lines && !@failed ? $answer : undef;
    });
}


sub nightly_file {
    my @all = map {
        my %set = (name => "Name $_", barcode => "$round-$_", bonus => 100);

        $want{phone($_)} = { %set };
        { op => 'put', phone => phone($_), set => \%set };
    } 1 .. $LINES;
    my @key = ('Idempotency-Key', "night-$round");

    push @all, moved_and_merged();

    my $text = join '', map { json_text($_) . "\n" } @all;
    my $connection = connected();
    my ($head) = $connection->request_bytes('POST', '/office/batch',
        token => $Polycard::OfficeShop::TOKEN, type => 'application/x-ndjson',
        headers => \@key, body => $text);

    # it happens when some lines are answered and others have not been sent

    $connection->send(substr $head, 0, length($head) - length($text) / 2);
    $connection->receive;
    $kill->($connection);
    cont();

    for my $time ('the nightly file', '... and all of it again') {
        my $answer = whole_batch($text, @key);

        is(() = $answer->body =~ /"status":"OK"/g, @all, $time);
    }
}


# what must not be done again when the whole is sent again

sub moved_and_merged {
    my ($old, $new, $stays, $goes) = map { phone($_) } 701 .. 704;
    my $put = sub { { op => 'put', phone => $_[0], set => { name => $_[1],
        barcode => "$round-$_[1]", bonus => 100 } } };

    $want{$new} = { name => 'Moved', barcode => "$round-Moved", bonus => 105 };
    $want{$stays} = { name => 'Stays', barcode => "$round-Stays", bonus => 200 };

    return ($put->($old, 'Moved'), { op => 'bonus', phone => $old, change => 5 },
        { op => 'move', phone => $old, to => $new }, $put->($stays, 'Stays'),
        $put->($goes, 'Goes'), { op => 'merge', phone => $stays, from => $goes });
}


sub live_changes {
    for my $n (1 .. 3) {
        my %set = (email => "n$n\@example.com", sex => 'male');

        is_status(through(PATCH => '/office/clients/' . phone($n), \%set), 200,
            "a live change: $n");
        $want{phone($n)} = { %{ $want{phone($n)} }, %set };
    }
}


sub receipts {
    my $path = '/office/clients/' . phone(4) . '/bonus';
    my @key = (headers => [ 'Idempotency-Key', "receipt-$round" ]);
    my @spend = (headers => [ 'Idempotency-Key', "spend-$round" ]);

    is(through(POST => $path, { change => 24.5 }, @key)->json->{total}, 124.5,
        'a receipt');
    is(again(sub { http_request($shop->nginx, 'POST', $path, @key,
        token => $Polycard::OfficeShop::TOKEN, type => 'application/json',
        body => '{"change":24.5}') })->json->{total}, 124.5, '... sent twice');
    is(through(POST => $path, { change => -100, floor => 0 }, @spend)
        ->json->{total}, 24.5, 'bonuses are spent');
    is(through(POST => $path, { change => -100, floor => 0 }, @spend)
        ->json->{total}, 24.5, '... once');
    $want{phone(4)}{bonus} = 24.5;
}


# 404: it was done

sub changed_phone {
    my $answer = through(POST => '/office/clients/' . phone(5) . '/move',
        { phone => phone(905) });

    is_status($answer, '200|404', 'a changed phone');
    $want{phone(905)} = delete $want{phone(5)};
    is(again(sub { office(GET => 'clients/' . phone(905)) })->json->{name},
        'Name 5', '... is his');
}


sub lost_card {
    my $path = '/office/clients/' . phone(6) . '/card';

    is(through(POST => $path, { barcode => "$round-new" })->json->{code},
        "$round-new", 'a lost card, and one of the market');

    # the next number, but not two: only if nobody has changed the record

    my $etag = again(sub { office(GET => 'clients/' . phone(6)) })
        ->header('ETag');

    is_status(through(POST => $path, {}, headers => [ 'If-Match', $etag ]),
        '200|412', '... and the next number');

    my $record = again(sub { office(GET => 'clients/' . phone(6)) })->json;

    like($record->{barcode}, qr/^20\d{11}$/, '... which he has');
    is_status(again(sub { office(GET => "clients?barcode=$round-new") }), 404,
        '... the lost one is void');

    # or once by a key

    my $code = through(POST => $path, {}, headers => [ 'Idempotency-Key',
        "card-$round" ])->json->{code};

    is(again(sub { office(GET => 'clients/' . phone(6)) })->json->{barcode}, $code,
        '... and another one');
    is(through(POST => $path, {}, headers => [ 'Idempotency-Key',
        "card-$round" ])->json->{code}, $code, '... once');
    $want{phone(6)}{barcode} = $code;
}


sub merged {
    is_status(through(POST => '/office/clients/' . phone(7) . '/merge',
        { from => phone(8) }), '200|404', 'two records of one client');
    $want{phone(7)}{bonus} = 200;
    delete $want{phone(8)};
}


# The gateway asks again until it has an answer, and gets the same

sub new_clients {
    for my $n (101, 102) {
        my $phone = phone($n);
        my $answer = through(POST => "$Polycard::Shop::PATH/addClient",
            { phone => $phone, name => "New $n" });

        is_status($answer, 200, 'a new client');
        $want{$phone} = { name => "New $n", id => $answer->json->{id},
            barcode => $answer->json->{code} };
        is($answer->json->{code} . '', again(sub { $shop->add({
            phone => $phone, name => "New $n" }) })->json->{code},
            '... who is asked for again');
    }

    my $last;

    for my $one (@{ again(sub { office(GET => 'registered?wait=5') })->json }) {
        $books{ $one->{phone} } = { id => $one->{id}, name => $one->{name},
            barcode => $one->{barcode} };
        $last = $one->{record};
    }

    is_status(through(POST => '/office/registered/read', { upto => $last }),
        200, 'those who are in the books are read');
    is(again(sub { office(GET => 'registered') })->body, '[]', '... all');
}


sub refuse {
    my ($n, $name) = @_;

    my $dead = $shop->status->{dead};

    $shop->rules([ "\"name\":\"$name\"",
        { status => 422, body => '{"Status":"Error"}' } ]);
    is_status(again(sub { office(PATCH => 'clients/' . phone($n),
        { name => $name }) }), 200, 'a change that the gateway refuses');
    $want{phone($n)}{name} = $name;
    wait_until { $shop->status->{dead} > $dead } 60, 'a dead letter';
    $shop->rules;
}


sub dead_letter {
    refuse(9, "Refused $round");

    my ($dead) = @{ again(sub { $shop->operator(GET => 'dead') })->json };

    like($dead->{reason}, qr/422/, 'it is found, with its reason');
    is_status(through(POST => "/operator/dead/$dead->{id}/requeue"), '200|404',
        '... and sent again');

    # what Redis has lost with that is there again, and announced again

    wait_until {
        return $shop->is_drained if !$shop->status->{dead};

        again(sub { $shop->operator(POST => 'dead/requeue') });
        return 0;
    } 60, '... and is taken';
}


sub forgotten {
    is_status(through(POST => '/office/clients/' . phone(10) . '/forget'),
        '200|404', 'a client is forgotten');
    delete $want{phone(10)};
}


# who has only a browser

sub by_the_page {
    my $browser = Polycard::Browser->new(width => 1200, height => 900);
    my $click = sub {
        return $browser->script('
            const one = [...document.querySelectorAll("button")].find(one =>
                one.checkVisibility() && one.textContent.trim() === arguments[0]);
            if (one) one.click(); return one ? 1 : 0', $_[0]);
    };

    refuse(11, 'Refused by the gateway');
    $browser->open('http://127.0.0.1:' . $shop->nginx->port . '/polycard');
    wait_state($browser, 'a dead letter is a finding',
        sub { $_[0]{cards}{shop1}{findings}{dead} });
    wait_until { $click->('Requeue it') } 'the page offers it';
    wait_until { $click->('Requeue all') } '... asks';
    wait_until { $browser->text('.said') =~ /^1 dead letter was requeued\.$/ }
        '... and says what it did';
    wait_until { !$shop->status->{dead} } 60, '... which is so';
}


sub at_the_end {
    local $Polycard::Picture::RETOLD = 1;

    Polycard::Picture::wait_same($shop, 60);

    my $mirror = Polycard::Picture::mirror($shop);
    my %is = map { (/(\d+)$/)[0] => JSON::MaybeXS->new->decode($mirror->{$_}) }
        grep { /^client 38067/ } keys %$mirror;

    delete $_->{phone} for values %is;
    $_->{bonus} = sprintf '%.2f', $_->{bonus} for grep { exists $_->{bonus} }
        values %want;

    my %stored = map { my %one = %{ $want{$_} }; delete $one{id}; ($_ => \%one) }
        keys %want;

    is_deeply(\%is, \%stored, 'all is stored, once');

    my %card;

    $card{ $_->{barcode} }++ for values %is;
    is_deeply([ grep { $card{$_} > 1 } keys %card ], [], 'no card has two');

    my %registered = map { $_ => $want{$_} } grep { defined $want{$_}{id} }
        keys %want;

    is_deeply(\%books, \%registered, 'the books have who was registered');

    my $redis = $shop->client;

    for my $n (1 .. $round) {
        my $phone = sprintf '38067%d%06d', $n, 10;
        my @left;

        (wait_until {
            @left = map { my $key = $_; map { "$key: $_" }
                holds($redis, $key, $phone) } $redis->keys('*');
            return !@left;
        } 60, "nothing is left of who was forgotten: $n") or diag("@left");
    }
}


sub holds {
    my ($redis, $key, $phone) = @_;

    my %read = (
        string => sub { $redis->get($key) },
        list   => sub { $redis->lrange($key, 0, -1) },
        hash   => sub { $redis->hgetall($key) },
        zset   => sub { $redis->zrange($key, 0, -1) },
        stream => sub { map { @{ $_->[1] } }
            @{ $redis->xrange($key, '-', '+') } },
    );
    my $read = $read{ $redis->type($key) } or return 0;

    return grep { defined && /$phone/ } $key, $read->();
}
