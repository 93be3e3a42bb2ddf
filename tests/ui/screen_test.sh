#!/bin/sh
# Drives the real screen in a real terminal (tmux) over a made-up world, as a
# person would. Every check waits for what it expects, up to a bound; none
# sleeps and hopes.
set -u

DEMO=${UI_DEMO:-./tests/ui/ui_demo}
command -v tmux >/dev/null 2>&1 || {
	echo "skipped: tmux is not installed"
	exit 77
}
[ -x "$DEMO" ] || {
	echo "skipped: $DEMO is not built"
	exit 77
}
DEMO=$(cd "$(dirname "$DEMO")" && pwd)/$(basename "$DEMO")
DIR=$(mktemp -d) || exit 99
SERVER=rawtop-ui-$$
PASSED=0
FAILED=0
TMUX_TMPDIR=$DIR
LC_ALL=C.UTF-8
TZ=UTC
# The sanitizers must not take the fatal signals that are tried here.
ASAN_OPTIONS=handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:detect_leaks=0
export TMUX_TMPDIR LC_ALL TZ ASAN_OPTIONS
unset TMUX NO_COLOR TERM

tm() {
	TERM=xterm-256color tmux -L "$SERVER" -f /dev/null "$@"
}

cleanup() {
	tm kill-server >/dev/null 2>&1
	rm -rf "$DIR"
}
trap cleanup EXIT
trap 'exit 99' INT TERM

screen() {
	tm capture-pane -p 2>/dev/null
}

ok() {
	PASSED=$((PASSED + 1))
	echo "ok: $1"
}

not_ok() {
	FAILED=$((FAILED + 1))
	echo "NOT OK: $1"
	echo "--- the screen:"
	screen
	echo "---"
	[ $FAILED -lt 4 ] || {
		echo "too much is broken to go on"
		exit 1
	}
}

# until_true COMMAND…: tries for 20 s.
until_true() {
	n=0
	while [ $n -lt 200 ]; do
		"$@" && return 0
		sleep 0.1
		n=$((n + 1))
	done
	return 1
}

shown() { screen | grep -q -e "$1"; }
hidden() { ! shown "$1"; }
status_is() { [ -s "$DIR/status" ] && [ "$(cat "$DIR/status")" = "$1" ]; }
ended() { [ -s "$DIR/status" ]; }
# Gone, or dead and not asked for yet: not every first process of a container
# does.
process_gone() {
	! kill -0 "$1" 2>/dev/null || grep -q '^State:	Z' "/proc/$1/status"
}

# expect PROMISE PATTERN / expect_not PROMISE PATTERN
expect() {
	if until_true shown "$2"; then ok "$1"; else not_ok "$1"; fi
}
expect_not() {
	if until_true hidden "$2"; then ok "$1"; else not_ok "$1"; fi
}

keys() { tm send-keys "$@"; }
text() { tm send-keys -l "$1"; }

# start [VAR=VALUE…] -- ARGUMENTS: runs the demo in the shell of the terminal.
# Its process id comes to $DIR/pid, its exit status to $DIR/status, what the
# terminal was set to before and after to $DIR/before and $DIR/after.
start() {
	rm -f "$DIR/status" "$DIR/pid"
	env=
	while [ "$1" != -- ]; do
		env="$env $1"
		shift
	done
	shift
	cat >"$DIR/run" <<END
trap : INT QUIT
clear
stty -g >"$DIR/before"
env$env sh -c 'echo \$\$ >"$DIR/pid"; exec "$DEMO" $*' 2>"$DIR/errors"
status=\$?
stty -g >"$DIR/after"
echo "over \$status"
echo \$status >"$DIR/status"
END
	keys "sh $DIR/run" Enter
}

# The process is up and the screen is drawn.
begun() {
	until_true test -s "$DIR/pid" && until_true shown "${1:-Proto}"
}

pid() { cat "$DIR/pid"; }

same_terminal() {
	cmp -s "$DIR/before" "$DIR/after" &&
		[ "$(tm display-message -p '#{alternate_on}#{mouse_any_flag}#{keypad_flag}#{cursor_flag}')" = 0001 ]
}

# left_clean PROMISE STATUS
left_clean() {
	if until_true status_is "$2" && until_true same_terminal; then
		ok "$1"
	else
		echo "status $(cat "$DIR/status" 2>/dev/null)"
		not_ok "$1"
	fi
}

quit() {
	keys Escape
	keys Escape
	keys q
	until_true ended || not_ok "q quits"
}

tm new-session -d -x 80 -y 24 "PS1='$ ' sh" || {
	echo "skipped: tmux cannot start here"
	exit 77
}
tm set-option -g status off >/dev/null
until_true shown '\$' || {
	not_ok "a terminal to test in"
	exit 1
}

# A look around.
start -- --still --banner Welcome
begun
expect "the banner is shown" '^ Welcome$'
expect "flows are listed with rates" '10.0.0.1:54321 .*10.0 Mb/s'
expect "the status line tells losses and help" 'drop 0/0/0  ? help$'
keys j
expect_not "the banner goes with the first key" Welcome
keys I
expect "I inverts the order" 'Rate▲'
keys I
keys '<'
expect "< moves the column that orders" 'State▲'
keys s
expect "s opens the picker" '^Order the list by'
keys G
keys k
keys Enter
expect "Enter picks the column" 'Idle▲'
keys ':'
text 'sort ra'
keys BSpace
keys BSpace
text rate
keys Enter
expect "a command goes by name" 'Rate▼'

# Filters.
keys /
text 'port:77'
expect "the filter is a line that one types" '^filter: port:77$'
text x
expect "an error is shown at its place" '\^'
keys BSpace
text 77
expect_not "the list follows as one types" '8888'
keys Enter
expect "the filter folds into a chip" '/port:7777 .*3 of 40 flows'
keys Escape
expect "Esc clears the filter" ':8888'
keys f
text 'udp bad'
keys Enter
expect "a bad BPF expression is refused with its words" 'syntax error'
keys C-u
text 'udp'
keys Enter
expect "a good one is in force" ' bpf udp '
keys f
keys C-u
text 'host slow.example'
keys Enter
expect "one that takes its time says so" 'compiling'
keys Escape
expect "Esc gives it up" 'stays as it was'
expect "and leaves the old one in force" ' bpf udp '

# Details, help, health.
keys /
text 'port:22'
keys Enter
keys Enter
expect "Enter shows a flow whole" '^\[2001:db8:aaaa:bbbb:cccc:dddd:eeee:1\]:50000 → \[2001:db8::53\]:22'
keys '?'
expect "? explains the view" '^Help: details of a flow'
keys Escape
keys Escape
keys Escape
keys 6
expect "6 shows the health" '^Sources'
keys G
expect "the health scrolls" '^tcp  *truncated 2'
keys BTab
expect "Shift-Tab leads back to the flows" '^Proto'

# The mouse: a wheel, a row, a header (SGR and X10 forms come by tmux).
keys g
tm send-keys -l "$(printf '\033[<65;10;10M')"
if until_true hidden '10.0.0.1:54321'; then
	ok "the wheel scrolls"
else
	# A terminal type that knows the old form only.
	tm send-keys -l "$(printf '\033[Ma**')"
	expect_not "the wheel scrolls" '10.0.0.1:54321'
fi
quit
left_clean "after q the terminal is as before" 0

# Values go on, or not.
start -- --spawn 1
begun
keys Space
expect "a pause counts what comes meanwhile" 'PAUSED +[1-9]'
keys Space
expect_not "and ends" PAUSED
keys o
expect "o freezes the order" FROZEN
keys o
expect_not "and lets it live" FROZEN

# Sizes.
for size in "1 1" "2 1" "1 2" "20 3" "39 7" "200 60" "3 2" "80 1" "1 30" \
	"132 43" "5 5" "40 8"; do
	tm resize-window -x "${size% *}" -y "${size#* }"
done
tm resize-window -x 20 -y 3
expect "a very small screen has totals" 'drop 0/0/0'
tm resize-window -x 80 -y 24
expect "after a storm of sizes the screen is whole" '^ rawtop .* flows$'
expect "… down to its last line" 'drop 0/0/0  ? help$'
if kill -0 "$(pid)"; then ok "and nothing ended"; else not_ok "and nothing ended"; fi

# Stopped and continued.
keys C-z
stopped() { grep -q '^State:.T' "/proc/$(pid)/status"; }
if until_true stopped; then ok "Ctrl-Z stops it"; else not_ok "Ctrl-Z stops it"; fi
keys fg Enter
expect "continued, it draws itself again" 'drop 0/0/0  ? help$'
keys C-c
left_clean "Ctrl-C quits at once" 0

# Every end gives the terminal back.
for signal in TERM HUP INT; do
	start -- --still
	begun
	kill -$signal "$(pid)"
	left_clean "SIG$signal ends it cleanly" 0
done
for signal in SEGV:139 ABRT:134 BUS:135 FPE:136 QUIT:131 ILL:132; do
	start -- --still
	begun
	kill "-${signal%:*}" "$(pid)"
	left_clean "SIG${signal%:*} kills it, and the terminal is given back" \
		"${signal#*:}"
done
start -- --crash 11
left_clean "a fault of its own gives the terminal back" 139

# Terminals and locales.
start LC_ALL=C -- --still
begun
expect "in the C locale all is ASCII" 'Ratev'
if screen | LC_ALL=C grep -q '[^ -~]'; then
	not_ok "no byte above 0x7e"
else
	ok "no byte above 0x7e"
fi
quit
start TERM=vt100 -- --still
begun
expect "a vt100 will do" '^Proto'
quit
coloured() { tm capture-pane -pe | grep -q "$(printf '\033')\\[[0-9;]*3[1-7]m"; }
tm resize-window -x 140 -y 24
start -- --still --lossy
begun
if until_true coloured; then ok "there are colours"; else not_ok "there are colours"; fi
quit
start NO_COLOR=1 -- --still --lossy
begun
until_true shown 'drop 1234567/89/7'
if coloured; then not_ok "NO_COLOR has none"; else ok "NO_COLOR has none"; fi
quit
tm resize-window -x 80 -y 24
start TERM=dumb -- --still
until_true ended
if status_is 1 && grep -q 'TERM=dumb cannot place the cursor' "$DIR/errors"; then
	ok "a dumb terminal is refused in words"
else
	not_ok "a dumb terminal is refused in words"
fi
start TERM=nonsense -- --still
until_true ended
if status_is 1 && grep -q 'TERM=nonsense is not a type' "$DIR/errors"; then
	ok "an unknown terminal is refused in words"
else
	not_ok "an unknown terminal is refused in words"
fi
start -- '--still </dev/null'
begun
keys q
left_clean "keys come from the terminal when standard input is a file" 0

# The terminal goes away: with SIGHUP and without.
start -- --still
begun
first=$(pid)
tm kill-server
if until_true process_gone "$first"; then
	ok "when the terminal is lost it ends"
else
	kill -KILL "$first"
	not_ok "when the terminal is lost it ends"
fi
tm new-session -d -x 80 -y 24 "PS1='$ ' sh"
until_true shown '\$'
keys "trap '' HUP" Enter
start -- --still
begun
first=$(pid)
tm kill-server
if until_true process_gone "$first"; then
	ok "… even when SIGHUP is ignored"
else
	kill -KILL "$first"
	not_ok "… even when SIGHUP is ignored"
fi

echo "$PASSED promises held, $FAILED broken"
[ "$FAILED" -eq 0 ]
