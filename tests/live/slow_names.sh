#!/usr/bin/env bash
# Host names in an expression that nobody answers for: the one name server is
# an address behind a cable that leads nowhere. Neither the screen nor a start
# without one waits longer than it says, and both can be left at once.
srcdir=${srcdir:-.}
. "$srcdir/tests/live/lib.sh"

# Also a mount namespace, for the resolver's files.
if [ -z "${RAWTOP_IN_NAMESPACE:-}" ]; then
	command -v tmux >/dev/null || skip "tmux is not installed"
	export PATH=$PATH:/usr/sbin:/sbin
	flags=-mn
	[ "$(id -u)" -eq 0 ] || flags=-Urmn
	unshare $flags true 2>/dev/null || skip "namespaces are off"
	RAWTOP_IN_NAMESPACE=1 exec unshare $flags -- "$0" "$@"
fi

ip link set lo up
ip link add silent0 type veth peer name silent1
ip addr add 192.0.2.1/24 dev silent0
ip link set silent0 up
ip link set silent1 up
ip neigh add 192.0.2.53 lladdr 02:00:00:00:00:35 dev silent0 nud permanent
echo "nameserver 192.0.2.53" >"$scratch/resolv.conf"
echo "hosts: files dns" >"$scratch/nsswitch.conf"
mount --bind "$scratch/resolv.conf" /etc/resolv.conf
mount --bind "$scratch/nsswitch.conf" /etc/nsswitch.conf

export TMUX_TMPDIR=$scratch LC_ALL=C.UTF-8
unset TMUX
tm() {
	TERM=xterm-256color tmux -L slow -f /dev/null "$@"
}
leave() {
	tm kill-server 2>/dev/null
	finish
}
trap leave EXIT

# Tries for so many tenths of a second. What is promised at once has three
# seconds here, on a busy machine: less than the five that compiling may take.
until_true() {
	local tries=$1
	shift
	for _ in $(seq "$tries"); do
		"$@" && return 0
		sleep 0.1
	done
	return 1
}
shown() {
	tm capture-pane -p | grep -qE "$1"
}
hidden() {
	! shown "$1"
}
promise() {
	local said=$1
	shift
	if until_true "$@"; then
		ok "$said"
	else
		not_ok "$said"
		tm capture-pane -p 2>/dev/null | sed 's/^/    /'
	fi
}

# Without a screen.
./rawtop flows -i lo host slow.example </dev/null >/dev/null \
	2>"$scratch/flows.err" &
waiting=$!
children+=("$waiting")
told() {
	grep -q "compiling the filter expression.* s at most" \
		"$scratch/flows.err"
}
promise "a start that waits for names says so" 40 told
kill -INT "$waiting"
gone() {
	! kill -0 "$waiting" 2>/dev/null
}
promise "Ctrl-C ends it at once" 30 gone
wait "$waiting"
./rawtop flows -i lo host slow.example </dev/null >/dev/null \
	2>"$scratch/flows.err"
status=$?
if [ "$status" -eq 1 ] && grep -q "took longer than 5 s.*use addresses" \
	"$scratch/flows.err"; then
	ok "the wait is bounded, and what to do is said"
else
	not_ok "the wait is bounded, and what to do is said: status $status"
fi

# With one.
tm new-session -d -x 100 -y 30 "./rawtop -i lo udp 2>$scratch/screen.err"
promise "the screen is there" 100 shown 'bpf udp '
tm send-keys f
tm send-keys C-u
tm send-keys -l 'host slow.example'
tm send-keys Enter
promise "the prompt says that it compiles" 30 shown 'compiling'
tm send-keys C-a
tm send-keys -l 'src '
promise "keys are taken meanwhile: typing gives it up" 30 \
	hidden 'compiling'
promise "and edits the text" 30 shown 'src host slow.example'
tm send-keys Enter
promise "it compiles again" 30 shown 'compiling'
tm resize-window -x 90 -y 20
narrow() {
	[ "$(tm capture-pane -p | wc -l)" -eq 20 ] && shown 'compiling' &&
		shown '^.*bpf udp '
}
promise "the screen is drawn meanwhile" 30 narrow
tm send-keys Escape
promise "Esc leaves the old expression in force" 30 shown 'bpf udp '
promise "and the prompt" 30 hidden 'capture .BPF.'
tm send-keys f
tm send-keys C-u
tm send-keys -l 'host slow.example'
tm send-keys Enter
promise "one that is not given up is refused in time" 80 \
	shown 'took longer than 5 s'
tm send-keys Escape
tm send-keys f
tm send-keys C-u
tm send-keys -l 'host 192.0.2.1'
tm send-keys Enter
promise "addresses are taken though names still hang" 30 \
	shown 'bpf host 192.0.2.1'
tm send-keys q
over() {
	! tm has-session 2>/dev/null
}
promise "it quits at once though names still hang" 30 over
exit $((failures > 0))
