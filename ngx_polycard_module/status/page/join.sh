#!/bin/sh

# Joins the files of the status page:
#
#   join.sh OUT        the page as it is sent
#   join.sh --c OUT    the same as a C header, with its Content-Security-Policy
#
# Style and script stand in the page itself; the policy allows these two, by
# their SHA-256, and no others.

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
tmp=$out.tmp

# each file uses what stands before it

scripts="text history judge chart figures card main"

trap 'rm -f "$tmp" "$tmp".*' EXIT

# what stands between the tags, without a newline that was not hashed

style() {
    cat "$here/page.css"
}

script() {
    echo "'use strict';"
    echo
    echo "(() => {"
    for name in $scripts; do
        cat "$here/$name.js"
    done
    echo "})();"
}

# @style@ and @script@ in page.html, each alone on its line

page() {
    while IFS= read -r line; do
        case "$line" in
            *@style@*) printf '<style>\n'; style; printf '</style>\n' ;;
            *@script@*) printf '<script>\n'; script; printf '</script>\n' ;;
            *) printf '%s\n' "$line" ;;
        esac
    done < "$here/page.html"
}

hash_of() {
    { echo; "$1"; } | openssl dgst -sha256 -binary | openssl base64 -A
}

bytes() {
    od -An -v -tu1 "$1" | sed 's/  */, /g; s/^, /    /; s/$/,/'
}

header() {
    style=$(hash_of style)
    script=$(hash_of script)

    echo "/* made by status/page/join.sh */"
    echo
    echo "#define NGX_POLYCARD_PAGE_POLICY  \\"
    echo "    \"default-src 'none'; connect-src 'self'; img-src data:; \"  \\"
    echo "    \"style-src 'sha256-$style'; \"  \\"
    echo "    \"script-src 'sha256-$script'; \"  \\"
    echo "    \"frame-ancestors 'none'; base-uri 'none'; form-action 'none'\""
    echo
    echo "static u_char  ngx_polycard_page[] = {"
    bytes "$1"
    echo "};"
}

page > "$tmp.html"

if [ -n "$c" ]; then
    header "$tmp.html" > "$tmp"
else
    mv "$tmp.html" "$tmp"
fi

mv "$tmp" "$out"
