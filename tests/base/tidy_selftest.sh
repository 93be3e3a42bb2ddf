#!/bin/sh
# tests/tidy.sh itself: every rule fires on a bad sample, with the right file
# and line, and a tidy tree with near misses of each passes.
set -eu
srcdir=$(cd "${srcdir:-.}" && pwd)
CC=${CC:-cc}
dir=$(mktemp -d "${TMPDIR:-/tmp}/tidy_selftest.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
failed=0

# tree: a fresh tree that is in order, every near miss included.
tree() {
	rm -rf src ui tests -- *.a
	mkdir -p src/base src/pipe src/wire src/flow src/port src/engine \
		src/lab src/cmd ui tests/base
	printf '#include <stdatomic.h>\n' >src/base/atom.h
	printf '#include "base/atom.h"\n#include "ring.h"\n' >src/pipe/ring.c
	printf '#include "wire/view.h"\n#include "pipe/ring.h"\n' \
		>src/flow/table.c
	printf '#include "flow/columns.h"\n#include "engine/snapshot.h"\n' \
		>ui/app.c
	printf '#include "ui/app.h"\n#include "cmd/cmd.h"\n' >src/main.c
	printf '#include <curses.h>\n' >ui/term.c
	printf 'static struct guard {\n\tint fd;\n} guard;\n' >ui/guard.c
	cat >src/base/near.c <<-'END'
	/* exit( is for others; so is <stdatomic.h>; a TODOLIST, XXXX.
	 * #ifdef, packed and static int x; in a comment. */
	#ifdef __linux__
	static const int table[] = {1};
	#endif
	static volatile sig_atomic_t stop;
	static int near_helper(int n);

	void near_miss(void)
	{
		static const char words[] = "exit(1) __packed";

		_exit(on_exit(words));
	}
	END
}

# expect WHERE RULE: the tree has exactly this one fault.
expect() {
	if sh "$srcdir/tests/tidy.sh" "$dir" >out 2>&1; then
		echo "FAIL $2 does not fire at $1"
		failed=1
	elif [ "$(wc -l <out)" -ne 1 ] || ! grep -q "^$1: $2: " out; then
		echo "FAIL $2 should fire at $1, and nothing else:"
		cat out
		failed=1
	else
		echo "ok   $(cat out)"
	fi
}

# bad FILE LINE RULE TEXT: the text appended to FILE breaks RULE at its LINE.
bad() {
	tree
	start=0
	[ ! -f "$1" ] || start=$(wc -l <"$1")
	# shellcheck disable=SC2059 # the escapes are meant
	printf "$4" >>"$1"
	expect "$1:$((start + $2))" "$3"
}

# function_of N: a function of N lines between its braces.
function_of() {
	printf 'int f(void)\n{\n'
	awk -v n="$1" 'BEGIN { while (n-- > 0) print "\tg();" }'
	printf '}\n'
}

tree
if sh "$srcdir/tests/tidy.sh" "$dir" >out 2>&1; then
	echo "ok   a tidy tree passes"
else
	echo "FAIL a tidy tree is refused:"
	cat out
	failed=1
fi

bad src/base/x.c 1 floor '#include "pipe/ring.h"\n'
bad src/pipe/x.c 2 floor '#include "base/err.h"\n#include "wire/view.h"\n'
bad src/wire/x.h 1 floor '#include "flow/key.h"\n'
bad src/flow/x.c 1 floor '#include "port/source.h"\n'
bad src/engine/x.c 1 floor '#include "lab/lab.h"\n'
bad src/engine/x.c 1 floor '#include "ui/app.h"\n'
bad src/port/x.def 1 floor '# include "cmd/options.h"\n'
bad src/base/x.c 1 floor '#include "attic/old.h"\n'
bad ui/x.c 1 floor '#include "pipe/ring.h"\n'
bad ui/x.c 1 floor '#include "engine/engine.h"\n'
bad ui/x.c 1 floor '#include "cmd/cmd.h"\n'
bad src/flow/x.c 1 include '#include "../base/err.h"\n'
bad src/flow/x.c 1 include '#include "key.c"\n'
bad src/base/x.c 1 atomic '#include <stdatomic.h>\n'
bad tests/base/x.c 1 atomic '#include <stdatomic.h>\n'
bad src/flow/x.c 1 atomic 'extern _Atomic int x;\n'
bad src/flow/x.c 3 atomic 'void f(void)\n{\n\t__atomic_load_n(&x, 0);\n}\n'
bad ui/pane.c 1 curses '#include <ncursesw/curses.h>\n'
bad src/cmd/x.c 1 curses '#include <curses.h>\n'
bad src/port/x.c 3 exit 'void f(void)\n{\n\texit(1);\n}\n'
bad ui/x.c 3 exit 'void f(void)\n{\n\tif (x) exit (1);\n}\n'
bad src/base/x.c 1 global 'static int count;\n'
bad src/base/x.c 1 global 'static struct table tables[4] = {\n};\n'
bad src/base/x.c 3 global 'void f(void)\n{\n\tstatic char buf[9];\n}\n'
bad ui/x.c 1 global 'static struct guard {\n\tint fd;\n} guard;\n'
bad src/base/x.c 3 ifdef 'void f(void)\n{\n#ifdef X\n#endif\n}\n'
bad src/base/x.c 3 ifdef 'void f(void)\n{\n# if X\n#endif\n}\n'
bad src/wire/x.h 1 packed 'struct x {int a;} __attribute__((packed));\n'
bad src/wire/x.h 1 packed '#pragma pack(1)\n'
bad src/base/x.c 1 word '/* TODO: this */\n'
bad src/base/x.sh 2 word '\n# FIXME\n'
bad tests/base/x.c 1 word '/* XXX */\n'
bad src/base/x.c 1 word '/* Good enough for now. */\n'
bad src/base/x.def 1 word 'X("not implemented")\n'
bad src/base/x.c 1 space 'int x; \n'
bad src/base/x.mk 1 space 'a = b\t\n'
bad src/base/x.c 1 space '/* x */\302\240\n'
bad src/base/x.c 1 space '/* x\342\200\256 */\n'

tree
function_of 60 >src/base/x.c
function_of 61 >>src/base/x.c
expect src/base/x.c:65 size

tree
awk 'BEGIN { while (n++ < 601) print "int x" n ";" }' >src/base/x.c
expect src/base/x.c:601 size

# Symbols of the built library: a global that no source rule can see.
tree
cat >global.c <<-'END'
	#include <signal.h>
	static volatile sig_atomic_t stop;
	static const char *const names[] = {"a", "b"};
	int hits;
	int f(int i);
	int f(int i) { return stop + names[i][0]; }
END
# shellcheck disable=SC2086 # CC may hold options
if $CC -fPIE -c -o global.o global.c 2>/dev/null &&
	ar rc librawtop.a global.o; then
	expect "librawtop.a:global.o:0" global
else
	echo "FAIL $CC or ar does not work"
	failed=1
fi
exit $failed
