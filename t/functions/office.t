# polycard_get_client, polycard_replace_client, polycard_patch_client, and those
# for groups; conditions.

use strict;
use warnings;

use lib 't/lib';

use Encode qw( encode );

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my ($phone, $other) = qw( 380671112233 380671112234 );
my %full = (
    surname => 'Шевченко', name => 'Тарас', middlename => 'Григорович',
    email => 'taras@example.com', sex => 'male', birthday => '18140309',
    barcode => '4820000000017', bonus => '12550.75', discount => '7.5',
    loyalty_group_id => '3', id => '17',
);
my %gold = (title => 'Золота', loyaltyType => 'discount',
    loyaltyQuantity => '7.5', active => 'true');
my $stale = 'STALE the record is not as the condition says';

sub stored { $f->stored($_[0]) }
sub etag   { $f->call(get_client => $_[0])->[1] }

sub told {
    return [ map { my %h = @$_; join ' ', @h{qw( object action )},
        map { defined $h{$_} ? "$_=$h{$_}" : () }
        qw( name barcode change title ) } $f->take('outbox') ];
}

# identity, missing, unread, attributes

sub got {
    my ($identity, $etag, $missing, $unread, %values)
        = @{ $f->call(@_) };

    like($etag, qr/^[0-9a-f]{32}$/, "@_: an ETag");

    return [ $identity, $missing, $unread, \%values ];
}


# read

$f->hooks_on;
$f->call(put_client => $phone, %full);
is_deeply(got(get_client => $phone), [ $phone, '', '', \%full ], 'as stored');
is_deeply([ map { $_->[0] } [ $f->call(get_client => $phone)->[4] ] ],
    [ 'surname' ], '... in the order of table 1');
is($f->call(get_client => $phone)->[-2], 'id', '... the number last');
is_deeply(got(get_client => 'barcode', $_), got(get_client => $phone),
    'by the card') for '4820000000017', " 4820000000017\xc2\xa0";

for my $point (9 .. 13, 0x20, 0x85, 0xa0, 0x1680, 0x180e, 0x2000 .. 0x200d, 0x2028,
    0x2029, 0x202f, 0x205f, 0x2060, 0x3000, 0xfeff)
{
    my $space = encode('UTF-8', chr $point);

    is($f->call(get_client => 'barcode', "${space}4820000000017$space")->[0], $phone,
        sprintf '... between white space of U+%04X', $point);
}

is_deeply($f->call(get_client => $phone), $f->call(get_client => $phone),
    'twice the same');

$redis->hset($f->key("client:$phone"), name => '', bonus => '130,75',
    sex => 'x', birthday => '20230230', vip => 'own', email => "\xff");
{
    my %seen = (%full, bonus => '130,75', sex => 'x', birthday => '20230230',
        email => "\xff");

    delete $seen{name};
    is_deeply(got(get_client => $phone), [ $phone, '', 'sex birthday bonus',
        \%seen ], 'what cannot be read is named, what is empty is not there');
}

for my $bad ('', "1\n1", 'x' x 256, undef) {
    $redis->hdel($f->key("client:$phone"), 'barcode');
    $redis->hset($f->key("client:$phone"), barcode => $bad) if defined $bad;
    is(got(get_client => $phone)->[1], 'barcode', 'not whole, and why');
}

$f->refused('NOTFOUND no such client', get_client => @$_)
    for [ $other ], [ 'barcode', '4820000000017' ], [ 'barcode', '1' ],
    [ 'barcode', ' ' ], [ 'barcode', '' ];
$f->refused('barcode is longer than 255 characters', get_client => 'barcode',
    'x' x 256);
$f->refused('phone must be 380 and 9 digits', get_client => @$_)
    for [], [ '' ], [ 'barcode' ];
$f->refused('too many arguments', get_client => $phone, '');
$redis->set($f->key("client:$other"), 'x');
$f->refused('CONFLICT the record of this phone is not a hash',
    get_client => $other);

my %flags = map { my %one = @$_; ($one{name} => $one{flags}) }
    @{ { @{ $redis->function('LIST')->[0] } }->{functions} };

is_deeply($flags{"polycard_get_$_"}, [ 'no-writes' ],
    "get_$_ also where nothing may be written") for qw( client group );


# replaced: complete

$f->reset;
$f->hooks_on;

my ($created, $etag, $missing) = @{ $f->call(replace_client => $phone, '',
    %full) };

is_deeply([ $created, $missing ], [ 1, '' ], 'replace: a new client');
is($etag, etag($phone), '... with its ETag');
is_deeply(stored("client:$phone"), \%full, '... is stored');
is_deeply(told(), [ 'clients added name=Тарас barcode=4820000000017' ],
    '... and told');

$redis->hset($f->key("client:$phone"), vip => 'own');
is($f->call(replace_client => $phone, '', name => 'Леся', barcode => 'B1')
    ->[0], 0, 'replaced');
is_deeply(stored("client:$phone"), { name => 'Леся', barcode => 'B1',
    id => 17, vip => 'own' }, '... all but the number and what is no attribute');
is_deeply(told(), [ 'clients changed name=Леся barcode=B1',
    'bonuses deleted change=-12550.75', 'bonuses deleted change=-7.5' ],
    '... and told');
$f->call(replace_client => $phone, '', name => 'Леся', barcode => 'B1',
    id => '');
is_deeply(stored("client:$phone"), { name => 'Леся', barcode => 'B1',
    vip => 'own' }, '... the number if it is named');
is_deeply(told(), [], '... which is no change for Polycard');

is_deeply([ @{ $f->call(replace_client => $phone, '', name => 'Леся') }[0,
    2] ], [ 0, 'barcode' ], 'without a card: not whole');
is_deeply(told(), [ 'clients deleted name=Леся barcode=B1' ],
    '... the card is closed');


# patched

is($f->call(patch_client => $phone, '', barcode => 'B2')->[2], '',
    'patch: whole again');
is_deeply(told(), [ 'clients added name=Леся barcode=B2' ], '... is added');
is($f->call(patch_client => $phone, '', sex => 'female', name => '')->[0], 0,
    'patched');
is_deeply(stored("client:$phone"), { barcode => 'B2', sex => 'female',
    vip => 'own' }, '... what is named');
told();
$etag = etag($phone);
is_deeply($f->call(patch_client => $phone, ''), [ 0, $etag, '' ],
    'nothing named: nothing changed');
is_deeply($f->call(patch_client => $phone, '', sex => 'female'),
    [ 0, $etag, '' ], 'the same again');
is_deeply(told(), [], '... is no change');
is_deeply([ @{ $f->call(patch_client => $other, '', name => 'Ганна') }[0, 2] ],
    [ 1, 'barcode' ], 'a new client, not whole');


# ETags: each attribute, and the number; not what is the market's own

my %etags = map {
    $f->call(patch_client => $phone, '', %full);
    $f->call(patch_client => $phone, '', $_ => $_ eq 'barcode' ? 'B3' : '');
    (etag($phone) => $_);
} sort keys %full;

is(scalar(keys %etags), scalar(keys %full), 'each attribute changes the ETag');
$f->call(patch_client => $phone, '', %full);
ok(!$etags{$etag = etag($phone)}, '... and none is as before');
$redis->hset($f->key("client:$phone"), vip => 'more');
is(etag($phone), $etag, "the market's own fields do not");
$redis->hset($f->key("client:$phone"), bonus => '12550.750');
isnt(etag($phone), $etag, 'it is of what is stored, not of its worth');


# conditions

$f->reset;
$f->hooks_on;
$f->call(replace_client => $phone, '-', %full);
$etag = etag($phone);
$f->refused($stale, replace_client => $phone, $_, barcode => 'x')
    for '-', 'ff', '0' x 32, substr($etag, 0, 31), "$etag$etag", 'ff -';
$f->refused($stale, patch_client => $other, $_, barcode => 'x')
    for '*', $etag, ' ';
is($f->error(patch_client => $phone, $_, name => 'x' . int rand 1e9), '',
    "holds: $_") for '*', 'ff *', '- *';
is($f->error(patch_client => $phone, 'ff ' . etag($phone), name => 'y'), '',
    '... one of two');
is($f->error(patch_client => $other, "$etag -", name => 'y'), '',
    '... none there');
$f->refused($stale, delete_client => $phone, $etag);
is($f->call(delete_client => $phone, etag($phone)), 1, 'deleted if it is so');
$f->refused($stale, delete_client => $phone, '*');
is($f->call(delete_client => $phone, '-'), 0, '... and was not there');
$redis->set($f->key("client:$phone"), 'x');
$f->refused($stale, delete_client => $phone, $_) for '-', $etag;
is($f->call(delete_client => $phone, '*'), 1, 'what is no hash is there');
$f->refused('condition must be *, - or ETags', patch_client => $phone, $_,
    name => 'x') for '"ff"', 'W/ff', 'xyz', "*\n", 'f' x 1025;


# all errors are named at once, and nothing changes

for my $call ('put_client', 'replace_client', 'patch_client') {
    my @head = ($phone, $call eq 'put_client' ? () : '');

    $f->refused('sex must be male or female; bonus must be a number; unknown '
        . 'attribute age; name is longer than 255 characters; '
        . 'a value is missing after email', $call => @head, sex => 'x',
        surname => 'right', bonus => '1,5', age => 7, name => 'x' x 256,
        'email');
    $f->refused('name is given twice', $call => @head, name => 'a', name => '');
    $f->refused(join('; ', ('unknown attribute x') x 32), $call => @head,
        map { (x => 1) } 1 .. 100);
}

$f->call(put_client => $other, barcode => 'A1');
told();
$f->refused('CONFLICT barcode is in use by another client', $_ => $phone, '',
    barcode => 'A1') for qw( replace_client patch_client );
$f->refused('a new client needs an attribute', $_ => $phone, '')
    for qw( replace_client patch_client );
$f->refused('a new client needs an attribute', patch_client => $phone, '',
    name => '');
$f->refused('nothing would be left of this client', replace_client => $other,
    '', name => '');
$redis->set($f->key("client:$phone"), 'x');
$f->refused('CONFLICT the record of this phone is not a hash', $_ => $phone,
    '', name => 'x') for qw( replace_client patch_client );
$f->refused('phone must be 380 and 9 digits', $_ => '38', '', name => 'x')
    for qw( replace_client patch_client );
$redis->del($f->key('clients'));
$redis->set($f->key('clients'), 'x');
$f->refused('BROKEN the key clients is of a wrong type', patch_client => $other,
    '', name => 'x');


# groups

$f->reset;
$f->hooks_on;
($created, $etag, $missing) = @{ $f->call(replace_group => 3, '-', %gold) };
is_deeply([ $created, $missing ], [ 1, '' ], 'a group');
is_deeply(got(get_group => 3), [ 3, '', '', \%gold ], '... as stored');
is($f->call(get_group => 3)->[1], $etag, '... with its ETag');
is_deeply(told(), [ 'loyalty_groups added title=Золота' ], '... told');
$f->refused($stale, patch_group => 3, 'ff', title => 'x');
is($f->call(patch_group => 3, $etag, active => '')->[0], 0, 'patched');
is($f->call(replace_group => 3, '*', map { $_ => $gold{$_} }
    grep { $_ ne 'active' } keys %gold)->[0], 0,
    'replaced');
is_deeply(stored('group:3'), { %gold{qw( title loyaltyType
    loyaltyQuantity )} }, '... without the optional one');
$f->refused('title is missing; loyaltyQuantity is missing',
    replace_group => @$_, loyaltyType => 'bonuses') for [ 3, '' ], [ 4, '' ];
$f->refused('title is missing', patch_group => 3, '', title => '');
$f->refused('loyaltyType must be discount or bonuses; active must be true or '
    . 'false', patch_group => 3, '', loyaltyType => 'x', active => 'x');
$redis->hdel($f->key('group:3'), 'title');
is_deeply(got(get_group => 3)->[1], 'title', 'not whole, and why');
$f->refused('NOTFOUND no such group', get_group => 9);
$f->refused('id must be a whole number', get_group => 'x');
$redis->set($f->key('group:9'), 'x');
$f->refused('CONFLICT the record of this group is not a hash', @$_)
    for [ get_group => 9 ], [ patch_group => 9, '', %gold ];
told();
is($f->call(delete_group => 3, '*'), 1, 'deleted');
is_deeply(told(), [ 'loyalty_groups deleted title=Золота' ], '... as told last');

finish();
