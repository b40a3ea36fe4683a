#!/bin/sh

# Joins the Lua files into one library text:
#
#   join.sh OUT        the text, for redis-cli -x FUNCTION LOAD REPLACE < OUT
#   join.sh --c OUT    the same as a C header

set -eu

usage() {
    echo "usage: $0 [--c] OUT" >&2
    exit 2
}

c=
if [ "${1-}" = --c ]; then
    c=1
    shift
fi

[ $# -eq 1 ] || usage

out=$1
here=$(dirname "$0")

# each file uses what stands before it

files="head attributes failure number text value keys argument market range broken
    record hook_id change moved once outbox barcode bound guard left incomplete settle office client clients
    move office_record group card office_card office_once add import capture hosts lease history
    hold dead emitter outage held sweep resend retell forget ended unlist scan mend requeue
    registered find confirm status"

# What is local in a file is so to Lua as well, which allows for 200 local names in
# one place: of these nothing else uses anything, ...

alone=" clients move office_record group office_card office_once add import capture outage held resend
    retell forget ended unlist scan mend requeue registered find confirm status "

# ... of these the table that has the name of the file, and nothing else

tables=" number text value market hook_id moved once outbox bound guard left incomplete card hosts history "

join() {
    for file in $files; do
        case $alone in
            *" $file "*)
                echo "do"
                cat "$here/$file.lua"
                echo end
                continue
                ;;
        esac

        case $tables in
            *" $file "*)
                echo "local $file"
                echo "do"
                sed "s/^local $file = {/$file = {/" "$here/$file.lua"
                echo end
                ;;
            *)
                cat "$here/$file.lua"
                ;;
        esac
    done
}

# the header: one line of C for each line of od

header() {
    version=$(sed -n 's/^local VERSION = \([0-9][0-9]*\)$/\1/p' \
        "$here/head.lua")

    [ -n "$version" ] || {
        echo "$0: no version in head.lua" >&2
        exit 1
    }

    echo "/* made by redis-scripts/join.sh */"
    echo
    echo "#define NGX_POLYCARD_LIBRARY_VERSION   $version"
    echo "#define NGX_POLYCARD_LIBRARY_TEXT_LEN  \\"
    echo "    sizeof(ngx_polycard_library_text)"
    echo
    echo "static u_char  ngx_polycard_library_text[] = {"
    join | od -An -v -tu1 | sed 's/  */, /g; s/^, /    /; s/$/,/'
    echo "};"
}

for file in $files; do
    [ -r "$here/$file.lua" ] || {
        echo "$0: no $file.lua" >&2
        exit 1
    }
done

# a half-written file is never left under the name

trap 'rm -f "$out.tmp"' EXIT

if [ -n "$c" ]; then
    header > "$out.tmp"
else
    join > "$out.tmp"
fi

mv "$out.tmp" "$out"
