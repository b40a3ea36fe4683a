# Workbooks of Excel (.xlsx), as bytes, with anything in them.
#
#   my $bytes = workbook(rows => [ [ 'phone', 'name' ], [ $phone, 'x' ] ]);
#
#   rows       a cell is a text, undef where there is none, or a hash: v (what
#              is in <v>), t (its type), s (which format), xml (instead)
#   formats    [ 'dd.mm.yyyy', ... ], which s counts from 1
#   inline     texts stand in their cells
#   sheets     names; the rows are those of the first
#   hidden     ... so many of them are not shown
#   date1904   days count from 1904
#   parts      { path => XML or undef, ... } instead of ours
#   stored     nothing is packed

package Polycard::Workbook;

use strict;
use warnings;

use Exporter qw( import );

use IO::Compress::Zip qw( :constants $ZipError );

our @EXPORT = qw( workbook zip_archive );

my $HEAD = qq(<?xml version="1.0" encoding="UTF-8"?>\n);
my $MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
my $RELATION = 'http://schemas.openxmlformats.org/officeDocument/2006/'
    . 'relationships';


sub workbook {
    my (%book) = @_;

    my @sheets = @{ $book{sheets} || [ 'Sheet1' ] };
    my (@strings, %index);
    my %part = ('_rels/.rels' => relations(
            [ rId1 => 'officeDocument', 'xl/workbook.xml' ]),
        'xl/workbook.xml' => book(\%book, @sheets),
        'xl/_rels/workbook.xml.rels' => relations(
            [ rStyles => 'styles', 'styles.xml' ],
            [ rStrings => 'sharedStrings', '/xl/sharedStrings.xml' ],
            map { [ "rId$_", 'worksheet', "worksheets/sheet$_.xml" ] }
                1 .. @sheets),
        'xl/styles.xml' => styles(@{ $book{formats} || [] }));

    my $rows = join '', map { row($_ + 1, $book{rows}[$_], \%book, \@strings,
        \%index) } 0 .. $#{ $book{rows} };

    for my $i (1 .. @sheets) {
        $part{"xl/worksheets/sheet$i.xml"} = qq($HEAD<worksheet xmlns="$MAIN">)
            . '<sheetData>' . ($i == 1 ? $rows : '')
            . '</sheetData></worksheet>';
    }

    $part{'xl/sharedStrings.xml'} = qq($HEAD<sst xmlns="$MAIN">)
        . join('', map { "<si>$_</si>" } @strings) . '</sst>';

    my %all = (%part, %{ $book{parts} || {} });

    return zip_archive($book{stored}, map { [ $_, $all{$_} ] }
        grep { defined $all{$_} } sort keys %all);
}


# members as [ name, bytes ]

sub zip_archive {
    my ($stored, @members) = @_;

    my ($bytes, $zip);
    my $method = $stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE;

    for my $member (@members) {
        my @options = (Name => $member->[0], Method => $method, Time => 1e9);

        if ($zip) {
            $zip->newStream(@options) or die $ZipError;
        } else {
            $zip = IO::Compress::Zip->new(\$bytes, @options) or die $ZipError;
        }

        $zip->print($member->[1]);
    }

    $zip->close or die $ZipError;

    return $bytes;
}


sub relations {
    return $HEAD . '<Relationships>' . join('', map {
        qq(<Relationship Id="$_->[0]" Type="$RELATION/$_->[1]" )
        . qq(Target="$_->[2]"/>) } @_) . '</Relationships>';
}


sub book {
    my ($book, @sheets) = @_;

    my $hidden = $book->{hidden} || 0;

    return qq($HEAD<workbook xmlns="$MAIN" xmlns:r="$RELATION">)
        . ($book->{date1904} ? '<workbookPr date1904="1"/>' : '') . '<sheets>'
        . join('', map { my $state = $_ <= $hidden ? 'state="hidden" ' : '';
            qq(<sheet name="$sheets[$_ - 1]" sheetId="$_" ${state}r:id="rId$_"/>)
            } 1 .. @sheets) . '</sheets></workbook>';
}


sub styles {
    my (@formats) = @_;

    # a number is one that Excel knows

    my @id = (0, map { $formats[$_] =~ /^\d+$/a && $formats[$_] !~ /^0/
        ? $formats[$_] : 164 + $_ } 0 .. $#formats);

    return qq($HEAD<styleSheet xmlns="$MAIN"><numFmts>)
        . join('', map { qq(<numFmt numFmtId="$id[$_ + 1]" formatCode=")
            . escaped($formats[$_]) . '"/>' } grep { $id[$_ + 1] >= 164 }
            0 .. $#formats)
        . '</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>'
        . join('', map { qq(<xf numFmtId="$_"/>) } @id)
        . '</cellXfs></styleSheet>';
}


sub row {
    my ($n, $cells, $book, $strings, $index) = @_;

    my $text = '';
    my $column = 'A';

    for my $cell (@$cells) {
        my $place = $column++ . $n;

        next if !defined $cell;

        my %cell = ref $cell ? %$cell
            : $book->{inline} ? (t => 'inlineStr', xml => '<is>'
                . marked($cell) . '</is>')
            : (t => 's', v => shared($cell, $strings, $index));

        $text .= qq(<c r="$place") . join('', map { qq( $_="$cell{$_}") }
            grep { defined $cell{$_} } qw( s t )) . '>'
            . (defined $cell{xml} ? $cell{xml} : "<v>$cell{v}</v>") . '</c>';
    }

    return @$cells ? qq(<row r="$n">$text</row>) : '';
}


sub shared {
    my ($text, $strings, $index) = @_;

    if (!defined $index->{$text}) {
        push @$strings, marked($text);
        $index->{$text} = $#$strings;
    }

    return $index->{$text};
}


sub marked {
    return '<t xml:space="preserve">' . escaped($_[0]) . '</t>';
}


sub escaped {
    my ($text) = @_;

    my %entity = ('&' => 'amp', '<' => 'lt', '>' => 'gt', '"' => 'quot');

    return $text =~ s/([&<>"])/&$entity{$1};/gr;
}


1;
