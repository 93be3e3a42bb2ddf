#!/usr/bin/env bash
# --help and the man page say what the tables say, and the page is sound.
set -u
page=doc/rawtop.8
top=${srcdir:-.}
failures=0
verdict() { # verdict STATUS PROMISE
	if [ "$1" -eq 0 ]; then
		echo "ok   $2"
	else
		echo "FAIL $2"
		failures=$((failures + 1))
	fi
}

help=$(for c in watch flows lab doctor; do ./rawtop $c --help; done)
names=$(sed -n 's/^OPTION([a-z_0-9]*, *[^,]*, *"\([^"]*\)".*/\1/p' \
	"$top/src/cmd/options.def")
[ "$(echo "$names" | wc -l)" -gt 15 ]
verdict $? "the table of options is read"
for name in $names; do
	grep -q -- "--$name\b" <<<"$help"
	verdict $? "--$name is in --help"
	# An option stands once in the page, as a term of its own.
	escaped=${name//-/\\\\-}
	[ "$(grep -c "^\(.fB.-.\\\\fR, \)\?\\\\fB\\\\-\\\\-$escaped\\\\fR" \
		"$page")" -eq 1 ]
	verdict $? "--$name is in the man page"
done

# every_name NAME FILE PATTERN: what the pattern finds in a table is a term.
every_name() {
	local term missing=
	while read -r term; do
		grep -qxF -- ".B ${term//-/\\-}" "$page" || missing+=" $term"
	done < <(sed -n "$3" "$top/$2")
	[ -z "$missing" ] || echo "missing:$missing"
	[ -z "$missing" ]
	verdict $? "every $1 is in the man page"
}
every_name "record field" src/flow/record.def 's/^RECORD(\([a-z_0-9]*\),.*/\1/p'
every_name "filter term" src/flow/filter.def 's/^TERM([^,]*, *"\([^"]*\)".*/\1/p'
every_name "column" src/flow/columns.def 's/^COLUMN([^,]*, *"\([^"]*\)".*/\1/p'
every_name "exit status" src/base/exit.def 's/^EXIT([^,]*, *\([0-9]*\),.*/\1/p'
every_name "key of made traffic" src/port/made.def 's/^MADE(\([a-z_0-9]*\),.*/\1/p'
every_name "key" ui/keys.def 's/^KEY([^,]*, *"[^"]*", *[A-Z_]*, *"\([^"]*\)".*/\1/p'

for c in watch flows lab doctor; do
	[ "$(./rawtop $c --help | awk 'length > 79' | wc -l)" -eq 0 ]
	verdict $? "$c --help fits 80 columns"
done

! grep -n ' $' <<<"$help"
verdict $? "no line of --help ends with a blank"

# What excludes what: what is for live traffic, and what takes its place.
excluded=$(sed -n 's/^OPTION([a-z]*, *[^,]*, *"\([a-z]*\)".*LIVE_ONLY.*/\1/p' \
	"$top/src/cmd/options.def")
[ "$(echo "$excluded" | wc -l)" -ge 4 ]
verdict $? "the table of options says what is for live traffic only"
flows_help=$(./rawtop flows --help | tr -s ' \n' ' ')
for name in $excluded; do
	grep -q -- "--$name [^()]*([^()]*not with --read, --made)" \
		<<<"$flows_help" &&
		grep -q -- "--read [^()]*(not with [^()]*--$name" <<<"$flows_help"
	verdict $? "--help: --$name and --read exclude each other"
	sed -n "/^\(.fB.-.\\\\fR, \)\?\\\\fB\\\\-\\\\-$name\\\\fR/,/^\.TP/p" "$page" |
		grep -q 'not go with .fB.-.-read.fR, .fB.-.-made.fR'
	verdict $? "... and the man page"
done

# The page without a warning, where there is something to read it.
if command -v groff >/dev/null; then
	warnings=$(groff -man -ww -Tutf8 "$page" 2>&1 >/dev/null)
	[ -z "$warnings" ] || echo "$warnings"
	[ -z "$warnings" ]
	verdict $? "groff has nothing to complain of"
fi
if command -v mandoc >/dev/null; then
	mandoc -Tlint -Werror "$page"
	verdict $? "mandoc finds no error"
fi
[ "$failures" -eq 0 ]
