#!/bin/sh
# Holds the house together: fails where an include arrow points up, where a
# thing is used outside the one file that may use it, and where a file, a
# function or a word is not what the style allows. Prints FILE:LINE: RULE: what.
#
# Usage: tests/tidy.sh [SOURCE-DIRECTORY]   (else $srcdir, else the current)
# Libraries built in the current directory have their symbols looked at, too.
set -eu
root=${1:-${srcdir:-.}}
archives="librawtop.a libcmd.a libui.a"

# Lines in a file and in a function, of the program and of its tests.
file_max=600
function_max=60
test_file_max=800
test_function_max=80

# Functions that may be longer, "FILE FUNCTION" each, and why:
# step_rare is one switch over all protocols, two lines a protocol; cut in two
# it would lose the compiler's check that none is forgotten.
long_functions='src/wire/view.c step_rare'

# A mutable global is what a signal handler sets, and known by its type, or
# one of these: "FILE NAME" each, and why:
# guard is what a handler of a fatal signal needs to give the terminal back.
flag_type='volatile sig_atomic_t'
# fault is what a handler of SIGBUS needs to mend a map.
# flows_interrupted is the signal flag, read by the record thread too.
globals='ui/guard.c guard
src/base/fault.c fault
src/cmd/flows.c flows_interrupted'

list=$(mktemp "${TMPDIR:-/tmp}/tidy.XXXXXX")
trap 'rm -f "$list"' EXIT
trap 'exit 1' HUP INT TERM

(cd "$root" && find src ui tests doc -type f \( -name '*.[ch]' -o \
	-name '*.def' -o -name '*.sh' -o -name '*.py' -o -name '*.mk' \) \
	2>/dev/null && ls dev configure.ac Makefile.am 2>/dev/null) |
	LC_ALL=C sort >"$list" || true
if ! grep -q '^src/' "$list"; then
	echo "tidy: no sources under $root" >&2
	exit 1
fi

# shellcheck disable=SC2016 # the $ are awk's
program='
function complain(rule, what)
{
	printf "%s:%d: %s: %s\n", file, line, rule, what
	bad++
}

# The folder that a file belongs to; src/main.c lives with the commands.
function room_of(path,    part)
{
	split(path, part, "/")
	if (part[1] == "ui" || part[1] == "tests")
		return part[1]
	if (part[1] == "src")
		return part[2] ~ /\./ ? "cmd" : part[2]
	return ""
}

# The room that a quoted include names, as seen from `room`.
function room_included(name, room,    part)
{
	if (name == "config.h")
		return ""
	if (split(name, part, "/") == 1)
		return name == "options.def" ? "cmd" : room
	return room_of(part[1] == "ui" || part[1] == "tests" || \
		       part[1] == "src" ? name : "src/" name)
}

# What the screen may know: what it draws, what it asks for, words. Tables
# (.def) are read by whoever includes the header made of them.
function ui_sees(name)
{
	return name ~ /\.def$/ || name ~ /^(ui|base|wire)\// || name ~ /^[^\/]*$/ || \
	       name ~ /^engine\/(snapshot|command)\.h$/ || \
	       name == "flow/columns.h"
}

function check_include(name,    to)
{
	if (name ~ /(^|\/)\.\.?\//) {
		complain("include", "no relative path: " name)
		return
	}
	if (name ~ /\.c$/)
		complain("include", "no source file: " name)
	if (room == "tests" || room == "")
		return
	to = room_included(name, room)
	if (to == "" || to == room)
		return
	if (!(to in floor))
		complain("floor", "unknown room: " name)
	else if (floor[to] > floor[room])
		complain("floor", room " (" floor[room] ") looks up to " \
			 name " (" floor[to] ")")
	else if (floor[to] == floor[room])
		complain("floor", room " and " to \
			 " live on one floor: " name)
	else if (room == "ui" && !ui_sees(name))
		complain("floor", "the screen does not see " name)
}

# Without the words of strings and comments.
function code_of(text)
{
	if (in_comment) {
		if (!match(text, /\*\//))
			return ""
		text = substr(text, RSTART + 2)
		in_comment = 0
	}
	gsub(/"([^"\\]|\\.)*"/, "\"\"", text)
	gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, " ", text)
	sub(/\/\/.*/, "", text)
	if (match(text, /\/\*/)) {
		text = substr(text, 1, RSTART - 1)
		in_comment = 1
	}
	return text
}

function check_function_end(    length_max, key)
{
	length_max = room == "tests" ? test_function_max : function_max
	key = file " " name
	if (line - begun - 1 > length_max && !(key in long_ok)) {
		line_saved = line
		line = begun
		complain("size", "function " name " has " \
			 line_saved - begun - 1 " lines, more than " \
			 length_max)
		line = line_saved
	}
	begun = 0
}

function check_code(code)
{
	if (code ~ /^{/)
		begun = line
	else if (code ~ /^}/ && begun)
		check_function_end()
	else if (begun && code ~ /^[ \t]*#[ \t]*if/)
		complain("ifdef", "#if inside a function")
	else if (!begun && match(code, /^[a-zA-Z_].*\(/)) {
		name = substr(code, 1, RLENGTH - 1)
		sub(/\(.*/, "", name)
		sub(/.*[ *]/, "", name)
	}
	if (file != "src/base/atom.h" && \
	    code ~ /_Atomic|[^a-z]__atomic_|[^a-z]__sync_|[^_a-z]atomic_/)
		complain("atomic", "only src/base/atom.h has atomics")
	if (room != "tests" && floor[room] < 6 && \
	    code ~ /(^|[^a-zA-Z0-9_])exit[ \t]*\(/)
		complain("exit", "only the commands end the process")
	if (code ~ /__attribute__.*packed|__packed|#[ \t]*pragma[ \t]+pack/)
		complain("packed", "no packed structs: read bytes by bits.h")
	if (room != "tests" && code ~ /^[ \t]*static[ \t]/ && \
	    code !~ /const|\(/ && code ~ /[;={][ \t]*$/)
		check_static(code)
}

function check_static(code,    name)
{
	name = code
	sub(/[ \t]*[=;{[].*/, "", name)
	sub(/.*[ \t*]/, "", name)
	if (index(code, flag_type) == 0 && !((file " " name) in global_ok))
		complain("global", "mutable: " code)
}

function check_words(text,    lower)
{
	lower = tolower(text)
	if (text ~ /(^|[^A-Za-z0-9_])(TODO|FIXME|HACK)([^A-Za-z0-9_]|$)/ || \
	    text ~ /(^|[^A-Za-z0-9_.X])XXX([^A-Za-z0-9_X]|$)/)
		complain("word", "unfinished business: " text)
	if (lower ~ /(^|[^a-z])for now([^a-z]|$)/ || lower ~ /not implemented/)
		complain("word", "finish it or leave it out: " text)
}

# Bytes of UTF-8: no-break and other wide spaces, zero width, bidirectional.
function check_bytes(text)
{
	if (text ~ /[ \t\r\f]$/ || \
	    text ~ /(\302\240|\342\200[\200-\213]|\343\200\200)$/)
		complain("space", "white space at the end of the line")
	if (text ~ /\342\200[\216\217\252-\256]|\342\201[\246-\251]/)
		complain("space", "bidirectional control character")
}

function check_file(    status, text, code, is_c)
{
	room = room_of(file)
	is_c = file ~ /\.[ch]$/
	line = begun = in_comment = 0
	while ((status = (getline text < (root "/" file))) > 0) {
		line++
		check_bytes(text)
		if (file !~ /tidy(_selftest)?\.sh$/)
			check_words(text)
		if (!is_c && file !~ /\.def$/)
			continue
		code = code_of(text)
		if (match(text, /^[ \t]*#[ \t]*include[ \t]*"[^"]*"/)) {
			text = substr(text, 1, RLENGTH - 1)
			sub(/.*"/, "", text)
			check_include(text)
		} else if (text ~ /^[ \t]*#[ \t]*include[ \t]*<stdatomic.h>/ && \
			   file != "src/base/atom.h")
			complain("atomic", "only src/base/atom.h has atomics")
		else if (text ~ /^[ \t]*#[ \t]*include.*curses.*\.h>/ && \
			 file != "ui/term.c")
			complain("curses", "only ui/term.c knows the terminal")
		if (is_c)
			check_code(code)
	}
	close(root "/" file)
	if (status < 0) {
		line = 0
		complain("read", "cannot be read")
	}
	check_size()
}

function check_size(    lines_max)
{
	lines_max = room == "tests" ? test_file_max : file_max
	if (file ~ /\.(c|h)$/ && line > lines_max)
		complain("size", line " lines, more than " lines_max)
}

BEGIN {
	split("base 1 pipe 2 wire 2 priv 2 flow 3 port 3 name 3 engine 4 " \
	      "lab 4 ui 5 cmd 6 tests 7", word, " ")
	for (i = 1; i in word; i += 2)
		floor[word[i]] = word[i + 1] + 0
	n = split(globals, word, "\n")
	for (i = 1; i <= n; i++)
		global_ok[word[i]]
	n = split(long_functions, word, "\n")
	for (i = 1; i <= n; i++)
		long_ok[word[i]]
}

{
	file = $0
	check_file()
}

END {
	exit bad > 0
}
'

failed=0
LC_ALL=C awk -v root="$root" -v flag_type="$flag_type" \
	-v globals="$globals" \
	-v long_functions="$long_functions" \
	-v file_max=$file_max -v test_file_max=$test_file_max \
	-v function_max=$function_max \
	-v test_function_max=$test_function_max \
	"$program" "$list" || failed=1

# What can be written to at run time, by the symbols of a built library.
# Sanitizers add data of their own, so such builds are not looked at.
writable_symbols()
{
	nm "$1" 2>/dev/null | grep -q '__[atu][bs]san_\|__sanitizer_\|__gcov' &&
		return 0
	nm -A -f sysv "$1" 2>/dev/null |
		LC_ALL=C awk -F'|' -v known="$2" '
	BEGIN {
		n = split(known, word, " ")
		for (i = 1; i <= n; i++)
			ok[word[i]]
	}
	$7 ~ /^ *(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && \
	$7 !~ /\.data\.rel\.ro/ && $4 !~ /SECTION/ {
		name = $1
		sub(/ *$/, "", name)
		object = name
		sub(/:[^:]*$/, "", object)
		sub(/.*:/, "", name)
		plain = name
		sub(/\.[0-9]+$/, "", plain)
		if (plain in ok)
			next
		printf "%s:0: global: mutable: %s\n", object, name
		bad++
	}
	END { exit bad > 0 }'
}

# The names that the rule on sources has let pass.
known=$(cd "$root" && grep '^\(src\|ui\)/.*\.c$' "$list" |
	xargs sed -n "s/^static $flag_type \([a-z_0-9]*\);.*/\1/p")
known=$(echo $known $(echo "$globals" | sed 's/.* //'))
for archive in $archives; do
	[ ! -f "$archive" ] || writable_symbols "$archive" "$known" || failed=1
done

[ $failed -eq 0 ] && echo "tidy: $(wc -l <"$list") files in order"
exit $failed
