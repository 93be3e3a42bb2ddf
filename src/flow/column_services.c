#include "flow/column_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SERVICES_PATH "/etc/services"
#define NAME_SIZE     32
#define LINE_SIZE     1024
/* Lines read of a file that may be anything. */
#define LINES_MAX 65536

struct service {
	uint16_t port;
	uint8_t proto;
	bool alias;	/* found by name, not shown */
	uint16_t order; /* of the file: the first name of a port is shown */
	char name[NAME_SIZE];
};

struct column_services {
	unsigned count;
	struct service rows[COLUMN_SERVICES_MAX]; /* by proto, port, order */
};

/* For systems without the file: what is met every day. */
static const char builtin[] = "ftp-data 20/tcp\n"
			      "ftp 21/tcp\n"
			      "ssh 22/tcp\n"
			      "telnet 23/tcp\n"
			      "smtp 25/tcp mail\n"
			      "domain 53/tcp\n"
			      "domain 53/udp\n"
			      "bootps 67/udp\n"
			      "bootpc 68/udp\n"
			      "tftp 69/udp\n"
			      "http 80/tcp www\n"
			      "kerberos 88/tcp\n"
			      "kerberos 88/udp\n"
			      "pop3 110/tcp\n"
			      "sunrpc 111/tcp\n"
			      "sunrpc 111/udp\n"
			      "nntp 119/tcp\n"
			      "ntp 123/udp\n"
			      "netbios-ns 137/udp\n"
			      "netbios-dgm 138/udp\n"
			      "netbios-ssn 139/tcp\n"
			      "imap2 143/tcp imap\n"
			      "snmp 161/udp\n"
			      "snmp-trap 162/udp\n"
			      "bgp 179/tcp\n"
			      "ldap 389/tcp\n"
			      "https 443/tcp\n"
			      "https 443/udp\n"
			      "microsoft-ds 445/tcp\n"
			      "submissions 465/tcp\n"
			      "isakmp 500/udp\n"
			      "syslog 514/udp\n"
			      "printer 515/tcp\n"
			      "submission 587/tcp\n"
			      "ipp 631/tcp\n"
			      "ldaps 636/tcp\n"
			      "domain-s 853/tcp\n"
			      "rsync 873/tcp\n"
			      "imaps 993/tcp\n"
			      "pop3s 995/tcp\n"
			      "openvpn 1194/udp\n"
			      "radius 1812/udp\n"
			      "nfs 2049/tcp\n"
			      "mysql 3306/tcp\n"
			      "ms-wbt-server 3389/tcp\n"
			      "ipsec-nat-t 4500/udp\n"
			      "vxlan 4789/udp\n"
			      "sip 5060/udp\n"
			      "sip-tls 5061/tcp\n"
			      "xmpp-client 5222/tcp\n"
			      "mdns 5353/udp\n"
			      "postgresql 5432/tcp\n"
			      "amqp 5672/tcp\n"
			      "x11 6000/tcp\n"
			      "redis 6379/tcp\n"
			      "http-alt 8080/tcp\n";

/* UDP-Lite has no names of its own: it is UDP with a shorter checksum. */
static uint8_t named_proto(uint8_t proto)
{
	return proto == IPPROTO_UDPLITE ? IPPROTO_UDP : proto;
}

/* Is it a name that fits and is safe to show? */
static bool name_fits(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n >= NAME_SIZE)
		return false;
	for (; *name; name++) {
		if (*name <= 0x20 || *name > 0x7e)
			return false;
	}
	return true;
}

static void services_add(struct column_services *s, const char *name,
			 uint16_t port, uint8_t proto, bool alias)
{
	struct service *row = &s->rows[s->count];

	if (s->count == COLUMN_SERVICES_MAX || !name_fits(name))
		return;
	*row = (struct service){
		.port = port,
		.proto = proto,
		.alias = alias,
		.order = (uint16_t)s->count,
	};
	snprintf(row->name, sizeof(row->name), "%s", name);
	s->count++;
}

/* "443/tcp"; false when it is not that, or a protocol without ports. */
static bool parse_port(const char *text, uint16_t *port, uint8_t *proto)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);
	int n;

	if (end == text || *end != '/' || number > 65535)
		return false;
	n = flow_proto_number(end + 1);
	if (n < 0 || !flow_has_ports((uint8_t)n))
		return false;
	*port = (uint16_t)number;
	*proto = (uint8_t)n;
	return true;
}

/* "https 443/tcp www-s # …": services(5). What is not that is passed over. */
static void services_add_line(struct column_services *s, char *line)
{
	static const char blanks[] = " \t\r\n";
	char *rest = NULL, *name, *where, *alias;
	uint16_t port;
	uint8_t proto;

	line[strcspn(line, "#")] = '\0';
	name = strtok_r(line, blanks, &rest);
	where = strtok_r(NULL, blanks, &rest);
	if (!name || !where || !parse_port(where, &port, &proto))
		return;
	services_add(s, name, port, proto, false);
	while ((alias = strtok_r(NULL, blanks, &rest)))
		services_add(s, alias, port, proto, true);
}

static void services_read(struct column_services *s, FILE *file)
{
	char line[LINE_SIZE];

	for (unsigned i = 0; i < LINES_MAX && fgets(line, sizeof(line), file);
	     i++)
		services_add_line(s, line);
}

static void services_add_builtin(struct column_services *s)
{
	const char *p = builtin;
	char line[LINE_SIZE];

	while (*p) {
		size_t n = strcspn(p, "\n");

		memcpy(line, p, n);
		line[n] = '\0';
		services_add_line(s, line);
		p += n + 1;
	}
}

/* By protocol, port, whether it is shown, then as the file has it. */
static int compare_services(const void *left, const void *right)
{
	const struct service *a = left, *b = right;

	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if (a->alias != b->alias)
		return a->alias ? 1 : -1;
	return (a->order > b->order) - (a->order < b->order);
}

struct column_services *column_services_load(const char *path)
{
	struct column_services *s = calloc(1, sizeof(*s));
	FILE *file;

	if (!s)
		return NULL;
	file = fopen(path ? path : SERVICES_PATH, "re");
	if (file) {
		services_read(s, file);
		fclose(file);
	}
	if (s->count == 0)
		services_add_builtin(s);
	qsort(s->rows, s->count, sizeof(s->rows[0]), compare_services);
	return s;
}

void column_services_free(struct column_services *s)
{
	free(s);
}

const char *column_service(const struct column_services *s, uint8_t proto,
			   uint16_t port)
{
	unsigned low = 0, high;

	if (!s)
		return NULL;
	proto = named_proto(proto);
	/* The first row of (proto, port), if there is one. */
	for (high = s->count; low < high;) {
		unsigned middle = low + (high - low) / 2;
		const struct service *row = &s->rows[middle];

		if (row->proto < proto ||
		    (row->proto == proto && row->port < port))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == s->count || s->rows[low].proto != proto ||
	    s->rows[low].port != port || s->rows[low].alias)
		return NULL;
	return s->rows[low].name;
}

unsigned column_service_ports(const struct column_services *s, const char *name,
			      uint16_t *ports, unsigned max)
{
	unsigned count = 0;

	for (unsigned i = 0; s && i < s->count && count < max; i++) {
		const struct service *row = &s->rows[i];
		unsigned j = 0;

		if (strcasecmp(row->name, name) != 0)
			continue;
		while (j < count && ports[j] != row->port)
			j++;
		if (j == count)
			ports[count++] = row->port;
	}
	return count;
}

void column_services_mark(const struct column_services *s, uint8_t proto,
			  const char *part, uint64_t bits[COLUMN_PORT_WORDS])
{
	uint16_t last_port = 0;
	bool any = false;

	proto = named_proto(proto);
	for (unsigned i = 0; s && i < s->count; i++) {
		const struct service *row = &s->rows[i];
		bool shown = !row->alias && !(any && row->port == last_port);

		if (row->proto != proto)
			continue;
		any = true;
		last_port = row->port;
		if (shown && strcasestr(row->name, part))
			bits[row->port / 64] |= UINT64_C(1) << row->port % 64;
	}
}
