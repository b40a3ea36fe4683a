# Whatever the order of plain commands, functions and captures: index, card
# numbers, shadow and outbox follow from the live records alone.
#
# Environment: POLYCARD_SEED, POLYCARD_ROUNDS.

use strict;
use warnings;

use lib 't/lib';

use Math::BigFloat;

use Polycard::Test;
use Polycard::Functions;

my $seed = $ENV{POLYCARD_SEED} || time;
my $rounds = $ENV{POLYCARD_ROUNDS} || 150;
my $f = Polycard::Functions->new;
my $redis = $f->client;

note "POLYCARD_SEED=$seed";
srand($seed);

my @phones = map { sprintf '38067111%04d', 1000 + $_ * 7 } 1 .. 12;
my @fields = qw( surname name middlename email sex birthday barcode bonus
    discount loyalty_group_id );
my @cards = map { "29000$_" } 1 .. 6;

# what may be stored in a field, and what it is worth

my %worth = (
    (map { $_ => { 'Оля' => 'Оля', "\xff" => "\xff", '' => undef,
        'q"\\' => 'q"\\' } } qw( surname name middlename email )),
    sex => { male => 'male', female => 'female', x => undef, '' => undef },
    birthday => { '20240229' => '20240229', '20230229' => undef },
    barcode => { (map { $_ => $_ } @cards), '' => undef, "a\nb" => undef },
    (map { $_ => { '10.50' => '10.5', '10.5' => '10.5', '7' => '7',
        '-3.25' => '-3.25', '1e1' => '10', '0.30000000000000004' => '0.3',
        '0' => '0', 'inf' => undef, '0x10' => undef } }
        qw( bonus discount )),
    loyalty_group_id => { 1 => '1', 22 => '22', '-1' => undef },
);


sub one_of { return $_[rand @_] }


# The model: what is announced, and in which order clients became known.  It
# looks at the live record only, as the contract says (B21); what cannot be read
# there is as it was announced (B26).

my (%announced, @order);

sub live {
    my ($phone) = @_;

    my $key = $f->key("client:$phone");
    my $type = $redis->type($key);

    return 'gone' if $type eq 'none';
    return 'broken' if $type ne 'hash';

    my %stored = $redis->hgetall($key);
    my %worths;

    for my $field (@fields) {
        next if !defined $stored{$field};

        my $value = $stored{$field};

        # sums made by change_bonus are in their shortest form

        $worths{$field} = exists $worth{$field}{$value}
            ? $worth{$field}{$value} : $value;
        $worths{$field} //= $announced{$phone}{$field}
            if $value ne '' && $field ne 'barcode' && $announced{$phone};
        delete $worths{$field} if !defined $worths{$field};
    }

    return defined $worths{barcode} ? \%worths : 'broken';
}

# A card that a function has closed is the client's end (B28).

sub learn {
    my ($phone, $closed) = @_;

    my $live = live($phone);

    $live = 'gone' if $closed && $live eq 'broken';

    if (ref $live) {
        push @order, $phone if !$announced{$phone};
        $announced{$phone} = $live;

    } elsif ($live eq 'gone') {
        delete $announced{$phone};
        @order = grep { $_ ne $phone } @order;
    }
}


# What may happen to a client.  Functions are told apart from plain commands:
# after them everything is in line without a capture.

sub plain {
    my ($phone) = @_;

    my $key = $f->key("client:$phone");
    my $dice = rand;

    if ($dice < 0.1) {
        $redis->del($key);

    } elsif ($dice < 0.15) {
        $redis->set($key, 'garbage');

    } elsif ($redis->type($key) eq 'string') {
        $redis->del($key);

    } elsif ($dice < 0.35) {
        $redis->hdel($key, one_of(@fields));

    } else {
        for (1 .. 1 + rand 3) {
            my $field = one_of(@fields, 'barcode', 'bonus');

            $redis->hset($key, $field, one_of(sort keys %{ $worth{$field} }));
        }
    }
}

# what is given to a function: most of it can be stored

sub given {
    my %given;

    for (1 .. 1 + rand 3) {
        my $field = one_of(@fields, 'barcode');

        $given{$field} = one_of(sort keys %{ $worth{$field} });
        redo if !defined $worth{$field}{ $given{$field} } && rand() < 0.7;
    }

    return %given;
}

sub put {
    my ($name, $phone, @condition) = @_;

    my %given = given();
    my $error = $f->error($name => $phone, @condition, %given);

    learn($phone, ($given{barcode} // '') eq ''
        && (exists $given{barcode} || $name eq 'replace_client'))
        if $error eq '';

    return $error;
}

# two clients in one step

sub pair {
    my ($name, $phone) = @_;

    my $other = one_of(@phones);
    my $error = $f->error($name => $phone, $other);

    learn($_) for $error eq '' ? ($phone, $other) : ();

    return $error;
}

# a function that learns for itself what became of the client

sub closing {
    my ($name, $phone) = @_;

    my $error = $f->error($name => $phone);

    learn($phone, 1) if $error eq '';

    return $error;
}

# What is known is answered as the first time, and nothing is done.  The model knows
# what each key was used for, and how that ended.

my (%keys, @broken_keys);

sub keyed {
    my ($phone, $line) = @_;

    my ($what, $other) = (one_of(qw( patch move merge bonus close delete )),
        one_of(@phones));
    my @asked = @{ {
        patch  => [ patch_client => $phone, '', surname => one_of('Оля', 'q') ],
        move   => [ move_client => $phone, $other ],
        merge  => [ merge_clients => $phone, $other ],
        bonus  => [ change_bonus => $phone, one_of(1, 2) ],
        close  => [ close_card => $phone ],
        delete => [ delete_client => $phone ],
    }->{$what} };
    my $key = one_of('A', 'B');
    my $name = $line ? "$key line $line" : "$key $phone";
    my $known = $keys{$name};
    my $before = $f->digest;
    my $error = $f->error(once => $key, $line, @asked);
    my $reply = json_of($error eq '' ? $f->{reply} : $error, $line);

    if ($known && ($known->{done} || $known->{asked} eq "@asked")) {
        my $should = $known->{asked} eq "@asked" ? $known->{reply}
            : json_of('REUSED the key was used for another request', $line);

        push @broken_keys, "$name @asked: $reply, not $should"
            if $reply ne $should || $f->digest ne $before;

        return 'known';
    }

    my $none = $what eq 'delete' && $error eq '' && !$f->{reply};

    push @broken_keys, "$name @asked: $error" if $error =~ /^REUSED/;
    $keys{$name} = { asked => "@asked", reply => $reply,
        done => $error eq '' && !$none } if $line || $error eq '' && !$none;

    learn($_, $what eq 'close') for $error ne '' ? ()
        : $what =~ /^m/ ? ($phone, $other) : $phone;

    return $error eq '' ? '' : "refused";
}

sub json_of {
    my ($reply, $line) = @_;

    my $text = join ' ', ref $reply ? @$reply : $reply;

    $text =~ s/\b[0-9a-f]{32}\b//g if $line;

    return $text;
}

# what gives out card numbers has most of its outcomes in the answer

my %issued;

sub issued {
    my ($name, @arguments) = @_;

    my $error = $f->error($name => @arguments);

    $issued{"$name $f->{reply}[0]"}++ if $error eq '';

    return $error;
}

my %function = (
    put    => sub { put('put_client', $_[0]) },
    replace => sub { put('replace_client', $_[0], one_of('', '*', '-')) },
    patch  => sub { put('patch_client', $_[0], one_of('', '*', '-')) },
    move   => sub { pair('move_client', $_[0]) },
    merge  => sub { pair('merge_clients', $_[0]) },
    close  => sub { closing('close_card', $_[0]) },
    card   => sub { $f->error(set_card => $_[0], one_of(@cards)) },
    issue  => sub { issued(issue_card => $_[0], 'ean13', '21', '', '') },
    bonus  => sub { $f->error(change_bonus => $_[0], one_of('0.01', -5, 7)) },

    # a key that is known is answered, and nothing is looked at

    once   => sub {
        my $error = $f->error(change_bonus => $_[0], one_of('0.01', -5, 7),
            '', one_of('a', 'b', 'c'));

        $f->call(capture => $_[0]) if $error eq '';

        return $error;
    },

    # one of the others, as a request with a key, or as a line of a batch with one

    keyed  => sub { keyed($_[0], one_of('', 1)) },

    delete => sub { $f->error(delete_client => $_[0]) },
    forget => sub { $f->error(forget_client => $_[0]) },
    ean13  => sub { issued(add_client => $_[0], 'ean13', '20', '', '',
                      name => one_of('Оля', 'Іван'), bonus => 7) },
    pool   => sub { $redis->rpush($f->key('cards'), one_of(@cards))
                      if rand() < 0.3;
                    issued(add_client => $_[0], 'pool', '', '', '') },
    phone  => sub { issued(add_client => $_[0], 'phone', '', '', '') },
);


# The gateway: what hooks make of it

# (amounts are added up apart: a hook of the whole record tells the new one
# before the hook of the amount does)

my (%told, %amount, @confused);

sub hear {
    for my $hook ($f->take('outbox')) {
        my ($object, $action, $phone, %data) = @{$hook}[1, 3, 5, 6 .. $#$hook];

        if ($object eq 'bonuses') {
            my $sum = Math::BigFloat->new(
                $amount{$phone}{$data{attribute}} || 0)->badd($data{change});

            push @confused, "@$hook"
                if !$told{$phone} || $sum != $data{total};
            $amount{$phone}{$data{attribute}} = $data{total};

            if ($action eq 'deleted') {
                delete $told{$phone}{$data{attribute}};
            } else {
                $told{$phone}{$data{attribute}} = $data{total};
            }

            next;
        }

        $amount{$phone} = { %data } if $action eq 'added';

        push @confused, "@$hook" if ($action eq 'added') == exists
            $told{$phone};

        if ($action eq 'deleted') {
            push @confused, "@$hook" if hash_text($told{$phone})
                ne hash_text(\%data);
            delete $told{$phone};
        } else {
            $told{$phone} = \%data;
        }
    }
}


sub hash_text {
    my ($hash) = @_;

    return join '|', map { "$_=$hash->{$_}" } sort keys %{ $hash || {} };
}


sub shadow_text {
    my ($phone) = @_;

    my $announced = $announced{$phone};

    return join '|', map {
        defined $announced->{$_} ? "s:$announced->{$_}" : 'absent' } @fields;
}


sub shown_shadow {
    my ($json) = @_;

    return join '|', @{ $redis->eval(<<'END', 0, $json) };
local values = cjson.decode(ARGV[1])
for i, value in ipairs(values) do
    values[i] = value and 's:' .. value or 'absent'
end
return values
END
}


# Everything that is wrong with the helper keys

sub faults {
    my @faults;

    my %shadow = map { $f->client->hgetall($_) }
        $redis->keys($f->key('shadow:') . '[0-9]*');

    for my $phone (@phones) {
        my $has = exists $shadow{$phone};

        push @faults, "$phone: shadow " . ($has ? 'left' : 'missing')
            if $has != exists $announced{$phone};
        push @faults, "$phone: shadow $shadow{$phone}"
            if $has && shown_shadow($shadow{$phone}) ne shadow_text($phone);
        push @faults, "$phone: told " . hash_text($told{$phone})
            if hash_text($told{$phone}) ne hash_text($announced{$phone});
    }

    my @index = $redis->zrange($f->key('clients'), 0, -1);

    push @faults, "index @index" if "@index" ne "@order";

    # whoever is there and not among them is noted

    my %there = map { $_ => 1 } @index,
        grep { $redis->exists($f->key("client:$_")) } @phones;
    my %index = map { $_ => 1 } @index;
    my @noted = sort $redis->zrange($f->key('incomplete'), 0, -1);

    push @faults, "noted @noted"
        if "@noted" ne join ' ', sort grep { !$index{$_} } keys %there;

    my %holder = map { $f->client->hgetall($_) }
        $redis->keys($f->key('barcodes:*'));

    for my $card (keys %holder) {
        my $known = $announced{$holder{$card}};

        push @faults, "card $card of $holder{$card}"
            if !$known || $known->{barcode} ne $card;
    }

    for my $phone (@phones) {
        my $live = live($phone);

        next if !ref $live;

        my $holder = $holder{$live->{barcode}};
        my $theirs = $holder && live($holder);

        push @faults, "$phone: card $live->{barcode} is nobody's"
            if !$theirs;
        push @faults, "$phone: card $live->{barcode} of $holder"
            if $theirs && (!ref $theirs
                || $theirs->{barcode} ne $live->{barcode});
    }

    my %added = map { $f->client->hgetall($_) }
        $redis->keys($f->key('added:*'));

    push @faults, map { "fingerprint of $_" }
        grep { live($_) eq 'gone' } keys %added;

    return @faults;
}


$f->hooks_on(sync => 'done');

my (@faults, %outcomes);
my @names = sort keys %function;

for my $round (1 .. $rounds) {
    for (1 .. 1 + rand 10) {
        my $phone = one_of(@phones);

        if (rand() < 0.5) {
            plain($phone);

        } else {
            my $name = one_of(@names, ('move') x 3);    # rarely possible
            my $error = $function{$name}->($phone);

            $outcomes{"$name $error"}++;
            learn($phone) if $error eq '';
        }

        if (rand() < 0.2) {
            $phone = one_of(@phones);
            $f->call(capture => $phone);
            learn($phone);
        }
    }

    # twice: a card number changes hands when its new holder is looked at

    for (1 .. 2) {
        $f->call(capture => @phones);
        learn($_) for @phones;
    }

    hear();
    push @faults, map { "round $round: $_" } faults();

    last if @faults || @confused;
}

ok(!@faults, 'the helper keys follow from the live records')
    or diag(map { "$_\n" } "POLYCARD_SEED=$seed", @faults);
ok(!@confused, 'the hooks follow one from another')
    or diag(map { "$_\n" } "POLYCARD_SEED=$seed", @confused);

for my $name (@names) {
    ok($outcomes{"$name "}, "$name succeeded now and then");
}

ok($issued{$_}, "$_ now and then") for map({ "add_client $_" }
    qw( created carded exists )), 'issue_card issued';

cmp_ok($outcomes{'keyed known'}, '>', 0, 'keys were used again');
is("@broken_keys[0 .. ($#broken_keys > 2 ? 2 : $#broken_keys)]", '',
    '... and answered as the first time') or diag("POLYCARD_SEED=$seed");
cmp_ok(scalar(keys %outcomes), '>', @names, 'and there were errors');
note map { "$outcomes{$_} $_\n" } sort keys %outcomes;
note map { "$issued{$_} $_\n" } sort keys %issued;

finish();
