# The documents and the sources say the same: directives, log lines and error
# texts, commands of the Makefile, packages; and links lead somewhere.

use strict;
use warnings;

use Polycard::Docs;
use Polycard::Test;

my $root = source_dir();
my @documents = qw( README.md docs/services.md docs/directives.md
    docs/hooks.md docs/operation.md docs/check.md docs/import.md
    docs/installation.md docs/first-market.md docs/security.md docs/sizing.md
    docs/hosts.md docs/office.md docs/operator.md docs/backup.md docs/upgrade.md
    docs/status.md docs/README.md README.uk.md CONTRIBUTING.md
    CHANGELOG.md );

test_commands();
test_packages();
test_links();
test_directives();
test_log_lines();
test_reasons();
test_error_texts();

finish();


sub of_kind {
    my ($document, $pattern) = @_;

    return grep { "$_->{lang} $_->{mark}" =~ /^(?:$pattern)$/ }
        map { blocks($_) } $document ? $document : @documents;
}


# Commands that are not run here

sub test_commands {
    my $makefile = slurp("$root/Makefile");
    my %target = map { $_ => 1 } 'make', $makefile =~ /^([a-z-]+):/mg;
    my $variables = join ' ', $makefile =~ /^#\s+((?:[A-Z_]+=(?:, )?)+)/mg;

    for my $block (of_kind(undef, 'sh build|sh other-tree')) {
        my ($status, $said) = run_command('bash', '-n', '-c', $block->{text});
        is($status, 0, "$block->{file}:$block->{line} is correct shell");
    }

    for my $document (@documents) {
        my $text = slurp("$root/$document");

        for my $target ($text =~ /`make ([a-z-]+)/g,
            map { $_->{text} =~ /^(?:sudo )?make ([a-z-]+)/mg }
                of_kind($document, 'sh build|sh install|sh remove'))
        {
            ok($target{$target}, "$document: make $target is in the Makefile");
        }

        for my $name ($text =~ /`make[^`]* ([A-Z_]+)=/g,
            map { $_->{text} =~ /\b([A-Z_]+)=/g } of_kind($document,
                'sh build'))
        {
            like($variables, qr/\b$name=/, "$document: $name= is a variable");
        }
    }
}


sub test_packages {
    my $dependencies = slurp("$root/t/scripts/install-deps");

    for my $block (of_kind(undef, 'sh packages')) {
        my ($names) = $block->{text} =~ /apt-get install (.*)/s;

        $names =~ s/\\//g;
        like($dependencies, qr/(?<![\w-])\Q$_\E(?![\w-])/,
            "the package $_ is one that make installs") for split ' ', $names;
    }
}


# Links between the documents lead somewhere

sub test_links {
    for my $document (@documents) {
        my ($folder) = $document =~ m{^(.*/)?};
        $folder = '' if !defined $folder;

        for my $link (slurp("$root/$document")
            =~ /\]\(((?!https?:)[^)\s]+)\)/g)
        {
            my ($path, $anchor) = split /#/, $link, 2;
            my $file = length $path ? "$root/$folder$path"
                : "$root/$document";

            ok(-e $file, "$document: $link exists") or next;
            next if !defined $anchor;

            my %anchors = map { anchor($_) => 1 } slurp($file)
                =~ /^#+ (.*)$/mg;
            ok($anchors{$anchor}, "$document: $link has that heading");
        }
    }
}


sub anchor {
    my ($heading) = @_;

    $heading = lc $heading;
    $heading =~ s/[^a-z0-9_ -]//g;
    $heading =~ tr/ /-/;

    return $heading;
}


# Directives: documented are those of the sources, with their context and
# number of parameters

sub test_directives {
    my $sources = "$root/ngx_polycard_module";
    my %source;
    my $many = 1000;    # a bound with a name, where "..." is documented

    my $module = slurp("$sources/ngx_polycard_module.c");

    while ($module =~ /\{ ngx_string\("(\w+)"\),\s*([A-Z0-9_|]+),/g) {
        my ($name, $flags) = ($1, $2);

        $source{$name} = join ' ', $flags =~ /MAIN_CONF/ ? 'http' : 'location',
            $flags =~ /TAKE(\d)$/ ? "$1-$1"
            : $flags =~ /NOARGS/ ? '0-0'
            : $flags =~ /CONF_ANY/ ? "0-$many" : $flags;
    }

    my $market = slurp("$sources/conf/market.c")
        . slurp("$sources/conf/hook.c");
    my $tls = slurp("$sources/conf/tls.c");

    # a table for each connection that may have TLS

    for my $first ($tls =~ /^    ngx_polycard_tls_directives\("(\w+)",/mg) {
        $market .= $tls =~ s{ngx_string\(name(?: "(\w+)")?\)}
                            {'ngx_string("' . $first . ($1 // '') . '")'}ger;
    }

    while ($market =~ /\{ ngx_string\("(\w+)"\), (\d+), (\w+),/g) {
        my ($name, $min, $max) = ($1, $2, $3);

        $source{$name} = "polycard_market $min-"
            . ($max =~ /^\d+$/ ? $max : $many);
    }

    my %documented;
    my $text = slurp("$root/docs/directives.md");

    for my $part (split /^### /m, $text) {
        next if $part !~ /^(\w+)\n\n\*\*Syntax:\*\*/;
        my $name = $1;

        my ($context) = $part =~ /^\*\*Context:\*\* `(\w+)`$/m;
        my ($min, $max, $none) = (99, 0);

        for my $syntax ($part =~ /^\*\*Syntax:\*\* `(.*)`\\?$/mg) {
            my $open = $syntax =~ s/ \.\.\.$//;
            my ($named, @words) = split ' ', $syntax =~ s/ \{ \.\.\. \}$//r
                =~ s/ \| \w+//gr;
            my $optional = grep { /^\[/ } @words;

            $none = 1 if !@words;

            is($named, $name, "$name: its syntax");
            $min = @words - $optional if @words - $optional < $min;
            $max = @words if @words > $max;
            $max = $many if $open;
        }

        # of several in brackets one is needed
        $min ||= 1 if $max && !$none;

        like($part, qr/^\*\*Default:\*\* (?:-|`$name .*`)$/m,
            "$name: its default");
        like($text, qr/^(?:-|  )[^\n]*\[$name\]\(#$name\)/m,
            "$name: in the list at the beginning");

        $documented{$name} = ($context || 'no context') . " $min-$max";
    }

    ok(keys %source > 10, 'directives were found in the sources');
    is_deeply(\%documented, \%source, 'documented are those of the sources');
}


# Log lines: all but "emerg", which is nginx -t's

sub test_log_lines {
    my (%source, %documented);
    my %shared = map { defines(slurp($_)) }
        glob "$root/ngx_polycard_module/{,*/}*.h";

    for my $file (glob "$root/ngx_polycard_module/{,*/}*.c") {
        my $text = slurp($file);
        my %define = (%shared, defines($text));

        while ($text =~ /ngx_(?:conf_)?log_error\((\w+),\s*[\w>-]+,\s*\w+,
                         \s*((?:"(?:[^"\\]|\\.)*"\s*(?:\w+\s+)?)+)/gx)
        {
            my ($level, $line) = (lc $1, $2);

            next if $level eq 'ngx_log_emerg';

            $level =~ s/^ngx_log_//;
            $level =~ s/^err$|^level$/error/;
            $line =~ s/(?<=\s|")(NGX_\w+)\s/"$define{$1}"/g;
            $line = join '', $line =~ /"((?:[^"\\]|\\.)*)"/g;
            $line =~ s/\\"/"/g;
            $line =~ s/%\*?[A-Za-z]+/X/g;

            $source{"$level: $line"} = 1;
        }
    }

    for my $document (qw( docs/directives.md docs/operation.md )) {
        my ($part) = slurp("$root/$document")
            =~ /^\| level \| line \|(.*?)\n\n/ms;

        while ($part =~ /^\| `(\w+)` \| `(.*?)` \| (.*) \|$/mg) {
            my ($level, $line, $do) = ($1, $2, $3);

            # where to, is seen by test_links()
            like($do, qr/^\[.*\]\((?:operation\.md)?#\w/,
                "crit: $line: has a runbook") if $level eq 'crit';

            $line =~ s/\b[A-Z]{4,}\b/X/g;
            $documented{"$level: $line"} = 1;
        }
    }

    ok(keys %source > 5, 'log lines were found in the sources');
    is_deeply([ sort keys %documented ], [ sort keys %source ],
        'documented are those of the sources');
}


sub defines {
    my ($text) = @_;

    return $text =~ /^#define (\w+) +"([^"]*)"$/mg;
}


# Why Redis is away, as far as the module says it and not the system: what is
# given to drop(), and what a function returns

sub test_reasons {
    my %reasons;

    for my $name (qw( connection channel channel_error parser greeting )) {
        my $text = slurp("$root/ngx_polycard_module/redis/$name.c");

        $reasons{$_} = 1 for $text =~ /redis_drop\(redis, "([^"]*)"\)/g,
            $text =~ /return [^;"]*"([^"]*)"/g, $text =~ /\? "([^"]*)"/g,
            $text =~ /: "([^"]*)"/g;
    }

    my ($documented) = slurp("$root/docs/directives.md")
        =~ /^\| reason \|(.*?)\n\n/ms;

    cmp_ok(keys %reasons, '>', 10, 'reasons were found in the sources');
    ok(index($documented, "`$_`") >= 0, "documented: $_")
        for sort keys %reasons;
}


# Error texts: each that a caller can see is in docs/services.md, and no other

sub test_error_texts {
    my %source;

    # texts that begin with a parameter's name stand there without it
    my $names = qr/(?:phone|barcode|sex|birthday|bonus|name|loyalty_group_id)/;

    my $error = slurp("$root/ngx_polycard_module/http/error.c");
    my ($table) = $error =~ /error_texts\[\] = \{(.*?)\n\};/s;

    $source{$_} = 1 for $table =~ /"([^"]+)"/g;

    # of the office and of operators alone

    my $others = qr{/http/(?:refusal|tree)\.c$};

    for my $file (grep { !/$others/ }
        glob "$root/ngx_polycard_module/{api,http}/*.c")
    {
        my $text = slurp($file);

        $source{$_} = 1 for $text =~ /(?:request_fail|input_fail)\((?:[^;"]*)
                                      "((?:[^"\\]|\\.)*)"/gx,
            $text =~ /(?:ctx|issued)->error = "([^"]*)"/g,
            $text =~ /(?:return|:|\?)\s+(?:NULL : )?"([a-z][^"]* [^"]*)"/g;
    }

    for my $file (map { "$root/ngx_polycard_module/core/$_.c" }
        qw( attributes input json form multipart ))
    {
        my $text = slurp($file);

        $source{$_} = 1 for $text =~ /input_fail\((?:[^;"]*)"([^"]*)"/g,
            $text =~ /\[\] =\s*"(the [^"]*)"/g,
            $text =~ /(?:return|:|=)\s+"([a-z]+ [^"]*)"/g;
    }

    # what no caller can provoke: scratch memory is always large enough, and
    # nobody sends a group
    delete @source{ 'the request is too large',
        'must be discount or bonuses', 'must be true or false', 'is empty' };

    my $services = slurp("$root/docs/services.md");
    my %documented = map { $_ => 1 }
        $services =~ /^\| (?:\d{3}|other) \| `([^`]+)` \|/mg;

    ok(keys %source > 30, 'error texts were found in the sources');

    for my $text (sort keys %source) {
        ok((grep { $_ eq $text || /^$names \Q$text\E$/ } keys %documented),
            "documented: $text");
    }

    for my $text (sort keys %documented) {
        ok((grep { $text eq $_ || $text =~ /^$names \Q$_\E$/ } keys %source),
            "in the sources: $text");
    }
}
