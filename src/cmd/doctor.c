/*
 * doctor.c: `rawtop doctor`: what this machine and user allow, and remedies.
 */
#include "cmd/doctor.h"

#include "base/text.h"
#include "cmd/cmd.h"

#include <langinfo.h>
#include <locale.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void doctor_head(const char *title)
{
	printf("%s\n", title);
}

/* Environment variables and interface names are from outside. */
__attribute__((format(printf, 3, 0))) static void
doctor_print_safe(char *buf, size_t size, const char *format, va_list ap)
{
	char plain[1024];
	struct text safe;

	vsnprintf(plain, sizeof(plain), format, ap);
	text_init(&safe, buf, size);
	text_put_safe(&safe, plain, strlen(plain), false);
}

void doctor_find(enum doctor_grade grade, const char *topic, const char *format,
		 ...)
{
	static const char *const marks[] = {
		[DOCTOR_GOOD] = "ok",
		[DOCTOR_NOTE] = "note",
		[DOCTOR_BAD] = "BAD",
	};
	char topic_buf[256], buf[2048];
	struct text safe_topic;
	va_list ap;

	text_init(&safe_topic, topic_buf, sizeof(topic_buf));
	text_put_safe(&safe_topic, topic, strlen(topic), false);
	va_start(ap, format);
	doctor_print_safe(buf, sizeof(buf), format, ap);
	va_end(ap);
	printf("  %-4s  %-18s  %s\n", marks[grade], topic_buf, buf);
}

void doctor_remedy(const char *format, ...)
{
	char buf[2048];
	va_list ap;

	va_start(ap, format);
	doctor_print_safe(buf, sizeof(buf), format, ap);
	va_end(ap);
	printf("        %-18s  -> %s\n", "", buf);
}

/* Is there a compiled description of this terminal in this directory? They
 * are filed under the first letter, or its code in hexadecimal. */
static bool terminfo_has(const char *directory, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%c/%s", directory, name[0], name);
	if (access(path, R_OK) == 0)
		return true;
	snprintf(path, sizeof(path), "%s/%02x/%s", directory,
		 (unsigned)(unsigned char)name[0], name);
	return access(path, R_OK) == 0;
}

static bool terminfo_find(const char *name)
{
	static const char *const standard[] = {
		"/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo",
		"/usr/lib/terminfo", "/usr/local/share/terminfo"};
	const char *home = getenv("HOME"), *own = getenv("TERMINFO");
	char path[256];

	if (own != NULL && terminfo_has(own, name))
		return true;
	snprintf(path, sizeof(path), "%s/.terminfo", home ? home : "");
	if (home != NULL && terminfo_has(path, name))
		return true;
	for (size_t i = 0; i < sizeof(standard) / sizeof(standard[0]); i++)
		if (terminfo_has(standard[i], name))
			return true;
	return false;
}

void doctor_print_terminal(void)
{
	const char *term = getenv("TERM"), *codeset;

	doctor_head("Terminal");
	if (term == NULL || term[0] == '\0') {
		doctor_find(DOCTOR_BAD, "TERM", "not set");
		doctor_remedy("export TERM=xterm-256color, or what fits");
	} else if (strchr(term, '/') != NULL || !terminfo_find(term)) {
		doctor_find(DOCTOR_BAD, "TERM", "%s is not in terminfo", term);
		doctor_remedy("install ncurses-term, or export TERM=xterm");
	} else {
		doctor_find(DOCTOR_GOOD, "TERM", "%s", term);
	}
	if (isatty(STDOUT_FILENO))
		doctor_find(DOCTOR_GOOD, "standard output", "a terminal");
	else
		doctor_find(DOCTOR_NOTE, "standard output",
			    "no terminal: only rawtop flows works here");
	setlocale(LC_ALL, "");
	codeset = nl_langinfo(CODESET);
	if (strcmp(codeset, "UTF-8") == 0) {
		doctor_find(DOCTOR_GOOD, "locale", "UTF-8");
	} else {
		doctor_find(DOCTOR_NOTE, "locale",
			    "%s: the screen is drawn with ASCII", codeset);
		doctor_remedy("export LC_ALL=C.UTF-8");
	}
}

void doctor_print_libraries(void)
{
	doctor_head("Built in");
	doctor_find(DOCTOR_GOOD, "rawtop", "%s", RAWTOP_VERSION);
	doctor_find(DOCTOR_GOOD, "libpcap", "%s", pcap_lib_version());
	doctor_find(DOCTOR_GOOD, "libcap-ng", "yes");
	doctor_find(DOCTOR_GOOD, "ncurses", "yes, wide characters");
}

int cmd_doctor(struct options *o)
{
	(void)o;
	doctor_print_privilege();
	doctor_print_kernel();
	doctor_print_ifaces();
	doctor_print_terminal();
	doctor_print_libraries();
	return cmd_end_stdout();
}
