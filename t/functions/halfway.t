# A function that may not run one of its commands changes nothing at all: Redis
# looks at rights write by write, and what one hook was told of must not be
# written without the hook, nor the other way round.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my $phone = '380671112233';

$redis->acl('SETUSER', 'desk', 'on', '>pw', '~*', '+@all');

my $desk = Redis->new(sock => $f->redis->socket, username => 'desk',
    password => 'pw');

sub desk {
    my ($name, @arguments) = @_;

    return eval { $desk->fcall("polycard_$name", 1,
        $Polycard::Functions::PREFIX, @arguments); 1 } ? '' : $@;
}


# all keys as they are

sub state {
    return { map { ($_ => $redis->dump($_)) } $redis->keys('*') };
}

sub start {
    $f->reset;
    $f->hooks_on(sync => 'done');
    $f->acquire;
    $f->call(put_client => $phone, barcode => 'A1', bonus => 1);
    $f->call(put_client => '380671112234', barcode => 'A2');
    $f->call(put_client => '380671112236', name => 'Олена');
    $redis->rpush($f->key('history:233'), "1-1 5 1 clients added $phone");
}

sub first_id { ($f->waiting)[0][0] }


# what is called, and the commands that it writes with

my %calls = (
    put_client => [[$phone, barcode => 'A3', bonus => 5, name => ''],
                   qw( hset hdel xadd )],
    change_bonus => [[$phone, 5, '', 'key'], qw( hset xadd expire )],
    delete_client => [[$phone], qw( del zrem hdel xadd hincrby )],
    add_client => [['380671112235', 'ean13', '20', '', ''],
                   qw( hset set xadd incr zadd )],

    # two records, of which each needs something else

    move_client => [[$phone, '380671112235'],
                    qw( rename zrem hdel hset incr zadd xadd hincrby )],
    merge_clients => [[$phone, '380671112234'],
                      qw( del zrem hdel hset xadd hincrby )],
    put_clients => [['380671112236', 1, bonus => 7, $phone, 2, barcode => '',
                     name => '', '380671112235', 1, name => 'Леся'],
                    qw( hset hdel xadd zrem hincrby incr zadd )],
    forget_client => [[$phone], qw( del zrem hdel xadd zadd lrem )],
    refuse => [[sub { $f->fence }, $phone, \&first_id, 5, 3, 'r', 'a'],
               qw( rpush zadd hset xdel )],
    accept => [[sub { $f->fence }, \&first_id], qw( hset xdel )],
);

for my $name (sort keys %calls) {
    my ($arguments, @commands) = @{ $calls{$name} };

    for my $command (@commands) {
        start();

        my @given = map { ref $_ ? $_->() : $_ } @$arguments;
        my $before = state();

        $redis->acl('SETUSER', 'desk', "-$command");
        my $error = desk($name, @given);
        $redis->acl('SETUSER', 'desk', "+$command");

        like($error, qr/NOPERM .*\b$command in polycard_$name\b/,
            "$name without $command is refused");
        is_deeply(state(), $before, '... and has changed nothing');
    }

    start();
    is(desk($name, map { ref $_ ? $_->() : $_ } @$arguments), '',
        "$name with all rights");
}

# what Redis refuses to a job of the sweep is not taken for a record that is unfit

my %jobs = (resend => sub { $f->call('resend_all') },
            forget => sub { $redis->zadd($f->key('forget'), 1, "$phone 1") });
my %missing = (resend => 'xadd', forget => 'zrem');

for my $job (sort keys %jobs) {
    start();
    $jobs{$job}->();
    $redis->acl('SETUSER', 'desk', "-$missing{$job}");

    my @said = grep { $_ } map { desk(sweep_index => $f->fence, 0, 10) } 1 .. 8;

    like($said[0] // '', qr/NOPERM .*\b$missing{$job}/,
        "$job without $missing{$job} is refused");
    $redis->acl('SETUSER', 'desk', "+$missing{$job}");
}

done_testing();
