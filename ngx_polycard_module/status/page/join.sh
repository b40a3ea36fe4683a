#!/bin/sh

# Joins the files of the status page into one, as a C header with its
# Content-Security-Policy:
#
#   join.sh --c OUT
#
# Style and script stand in the page itself; the policy allows these two, by
# their SHA-256, and no others.

set -eu

[ $# -eq 2 ] && [ "$1" = --c ] || {
    echo "usage: $0 --c OUT" >&2
    exit 2
}

out=$2
here=$(dirname "$0")

# each file uses what stands before it

scripts="text history judge_redis judge remedies chart figures act desk card list main"

# a half-written file is never left under the name

trap 'rm -f "$out.tmp" "$out.html"' EXIT

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

# a line ends before and after what stands between the tags

hash_of() {
    { echo; "$1"; } | openssl dgst -sha256 -binary | openssl base64 -A
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
    od -An -v -tu1 "$out.html" | sed 's/  */, /g; s/^, /    /; s/$/,/'
    echo "};"
}

page > "$out.html"
header > "$out.tmp"
mv "$out.tmp" "$out"
